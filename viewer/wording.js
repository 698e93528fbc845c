// Owns exports in words: which entries, in which form, how large, how far.

import { actionLabel, nameOfSeen, seenActors, seenTargets, typeLabel } from "./catalog.js";
import { el, shown } from "./dom.js";
import { counted, grouped } from "./text.js";
import { localMinute, localTime, utcTime } from "./time.js";

const FORMATS = { csv: "CSV", ndjson: "NDJSON" };
const SIZES = ["kB", "MB", "GB", "TB"];

/** The form of an export, for example `CSV, gzip`. */
export function formWords({ format, compression }) {
  return `${FORMATS[format] ?? format}${compression === "gzip" ? ", gzip" : ""}`;
}

/** What filters let through, one chip for each of them; `filters` have the API's names and values. */
export function filterChips(filters) {
  const { action, target_type: type, target_id: target, actor_id: actor, from, to } = filters;
  const seenActor = seenActors().find(({ id }) => id === actor);
  const seenTarget = seenTargets().find((one) => one.type === type && one.id === target);
  const chips = [
    action && ["Action: ", shown(actionLabel(action))],
    type && ["Target type: ", shown(typeLabel(type))],
    target && ["Target: ", shown(seenTarget ? nameOfSeen(seenTarget) : target)],
    actor && ["User: ", shown(seenActor ? nameOfSeen(seenActor) : actor)],
    from && ["From ", momentOf(from)],
    to && ["Before ", momentOf(to)],
  ];
  const set = chips.filter(Boolean).map((parts) => el("li", { class: "chip" }, parts));
  const none = el("li", { class: "chip" }, "No filter: the whole log");
  return el("ul", { class: "chips", role: "list", "aria-label": "Filters" }, set.length > 0 ? set : none);
}

/** How far an export is that is under way. */
export function progressWords({ state, rows_written: written, rows_expected: expected }) {
  if (state === "queued") return "Waiting to start.";
  if (expected === null) return `${counted(written, "entry", "entries")} written so far`;
  return `${grouped(written)} of ${counted(expected, "entry", "entries")} written`;
}

/** A size for people, for example `1.2 MB`. */
export function sizeWords(bytes) {
  if (bytes < 1_000) return counted(bytes, "byte", "bytes");
  let [size, unit] = [bytes / 1_000, 0];
  for (; size >= 999.5 && unit < SIZES.length - 1; unit += 1) size /= 1_000;
  return `${size.toFixed(size < 9.95 ? 1 : 0)} ${SIZES[unit]}`;
}

function momentOf(instant) {
  const isMinute = Date.parse(instant) % 60_000 === 0;
  return el("time", { datetime: instant, title: utcTime(instant) }, isMinute ? localMinute(instant) : localTime(instant));
}
