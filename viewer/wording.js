// Owns how exports are described in words: which entries, which format, how large, how far. A list
// that is empty has the same words for its filters.

import { actorKind, actorName } from "./actors.js";
import { actorOfFilter } from "./address.js";
import { actionLabel, nameOfSeen, seenActor, seenTargets, typeLabel } from "./catalog.js";
import { choiceWords } from "./chosen.js";
import { el, shown } from "./dom.js";
import { LOCALE } from "./language.js";
import { OUTCOMES } from "./outcome.js";
import { say } from "./texts.js";
import { localMinute, localTime, utcTime } from "./time.js";

/**
 * @import { Export, ExportFilters } from "./answers.d.ts"
 * @import { Child } from "./dom.js"
 */

/** @type {Partial<Record<string, string>>} */
const FORMATS = { csv: "CSV", ndjson: "NDJSON" };
const SIZES = ["kB", "MB", "GB", "TB"];

/**
 * The format of an export, for example `CSV, gzip`.
 *
 * @param {Pick<Export, "format" | "compression">} of
 */
export function formWords({ format, compression }) {
  return `${FORMATS[format] ?? format}${compression === "gzip" ? ", gzip" : ""}`;
}

/**
 * Filters in words, one chip for each that is set.
 *
 * @param {ExportFilters} filters
 */
export function filterChips(filters) {
  const { action, target_type: type, target_id, outcome, ip_address, unusual, from, to } = filters;
  const actor = actorOfFilter(filters);
  const target = seenTargets().find((one) => one.type === type && one.id === target_id);
  /** @type {Child[][]} */
  const chips = [];
  /** @type {(name: string, text: string, labelOf: (name: string) => string) => void} */
  const add = (name, text, labelOf) =>
    chips.push(say.exports.filter(name, shown(choiceWords(text, labelOf))));
  if (action) add(say.fields.action, action, actionLabel);
  if (type) add(say.fields.targetType, type, typeLabel);
  if (target_id) {
    const name = shown(target ? nameOfSeen(target) : target_id);
    chips.push(say.exports.filter(say.fields.target, name));
  }
  if (outcome) add(say.fields.outcome, outcome, (name) => OUTCOMES[name] ?? name);
  if (actor) {
    const name = shown(actorName(seenActor(actor) ?? actor));
    chips.push(say.exports.filter(actorKind(actor.type), name));
  }
  if (ip_address)
    chips.push(say.exports.filter(say.fields.ipAddress, shown(ip_address, { class: "code" })));
  if (unusual) chips.push([say.unusual.only]);
  if (from) chips.push(say.exports.from(momentOf(from)));
  if (to) chips.push(say.exports.before(momentOf(to)));
  if (chips.length === 0) chips.push([say.exports.noFilter]);
  const items = chips.map((parts) => el("li", { class: "chip" }, parts));
  return el("ul", { class: "chips", role: "list", "aria-label": say.exports.filters }, items);
}

/**
 * How far an export in progress is.
 *
 * @param {Export} of
 */
export function progressWords({ state, rows_written: written, rows_expected: expected }) {
  if (state === "queued") return say.exports.waiting;
  if (expected === null) return say.exports.written(written);
  return say.exports.writtenOf(written, expected);
}

/**
 * A size for people, for example `1.2 MB`.
 *
 * @param {number} bytes
 */
export function sizeWords(bytes) {
  if (bytes < 1_000) return say.exports.bytes(bytes);
  let [size, unit] = [bytes / 1_000, 0];
  for (; size >= 999.5 && unit < SIZES.length - 1; unit += 1) size /= 1_000;
  const digits = size < 9.95 ? 1 : 0;
  const format = { minimumFractionDigits: digits, maximumFractionDigits: digits };
  return `${new Intl.NumberFormat(LOCALE, format).format(size)} ${SIZES[unit]}`;
}

/** @param {string} instant */
function momentOf(instant) {
  const isMinute = Date.parse(instant) % 60_000 === 0;
  const words = isMinute ? localMinute(instant) : localTime(instant);
  return el("time", { datetime: instant, title: utcTime(instant) }, words);
}
