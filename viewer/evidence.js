// Owns what the open entry says of why it is unusual: each reason with a sentence, which is made of
// facts that the service gives.

import { actorName } from "./actors.js";
import { el, shown } from "./dom.js";
import { textsOf } from "./facts.js";
import { jsonText, member } from "./json.js";
import { listParts, listed } from "./text.js";
import { say } from "./texts.js";
import { hourRanges, localDay, localMinute, utcDay, utcHour, utcTime } from "./time.js";
import { reasonLabel } from "./unusual.js";

/**
 * @import { Evidence } from "./answers.d.ts"
 * @import { Child } from "./dom.js"
 * @import { JsonNode } from "./json.js"
 * @import { WhyUnusual } from "./texts.js"
 */

/** @typedef {{ name: string, occurredAt: string }} Unusual Whose entry it is, and of when. */

const HOUR_SECONDS = 3_600;
const DAY_HOURS = 24;

/** @type {Partial<Record<string, (facts: WhyUnusual) => Child[]>>} */
const SENTENCES = say.unusual.why;

/**
 * Why an entry is unusual; null if it is not, or not judged.
 *
 * @param {JsonNode} entry
 */
export function unusualOf(entry) {
  const evidence = member(entry, "unusual");
  if (evidence?.kind !== "array" || evidence.elements.length === 0) return null;
  const text = textsOf(entry);
  const [type = "", id = ""] = [text("actor", "type"), text("actor", "id")];
  const name = actorName({ type, id, name: text("actor", "name") });
  const of = { name, occurredAt: text("occurred_at") ?? "" };
  /** @type {Evidence[]} */
  const all = JSON.parse(jsonText(evidence));
  const reasons = all.map((one) => {
    // The service may have reasons that the page does not know, and may have forgotten the counts.
    const isTold = one.hour === undefined || one.count !== undefined;
    const words = isTold ? SENTENCES[one.reason]?.(factsFor(one, of)) : undefined;
    const label = reasonLabel(one.reason, type);
    return [el("dt", {}, label), el("dd", {}, words ?? shown(one.detail))];
  });
  const list = el("dl", {}, reasons.flat());
  return el("div", { class: "why unusual" }, el("h3", {}, say.unusual.title), list);
}

/**
 * The names of the reasons alone, as lists and exports have them.
 *
 * @param {JsonNode} evidence
 * @returns {JsonNode}
 */
export function reasonsIn(evidence) {
  const elements = evidence.kind === "array" ? evidence.elements : [];
  return { kind: "array", elements: elements.flatMap((one) => member(one, "reason") ?? []) };
}

/**
 * The facts in the reader's words. Each reason has those that its sentence takes.
 *
 * @param {Evidence} evidence
 * @param {Unusual} of
 * @returns {WhyUnusual}
 */
function factsFor(evidence, { name, occurredAt }) {
  const { known_since: since, last_active_day: day, hour, count = 0 } = evidence;
  return {
    who: shown(name),
    network: shown(evidence.network ?? "", { class: "code" }),
    known: knownNetworks(evidence),
    since: since && timeAs(since, localDay(since)),
    day: day && el("time", { datetime: day }, say.unusual.inUtc(utcDay(day))),
    at: utcHour(new Date(occurredAt).getUTCHours()),
    hours: hoursInUtc(evidence.known_hours ?? []),
    hour: hour && timeAs(hour, localMinute(hour)),
    count,
    actions: evidence.known_action_count ?? 0,
    usual: say.unusual.usual(evidence.busiest_before ?? 0),
    late: lateness(evidence.recorded_after_seconds ?? 0),
  };
}

/**
 * @param {string} instant
 * @param {string} words
 */
function timeAs(instant, words) {
  return el("time", { datetime: instant, title: utcTime(instant) }, words);
}

/**
 * The networks that are named, and how many more there are.
 *
 * @param {Evidence} evidence
 * @returns {Child[]}
 */
function knownNetworks({ known_networks: named = [], known_network_count: count = 0 }) {
  if (named.length === 0) return [say.unusual.noNetwork];
  const more = count - named.length;
  const words = more > 0 ? [...named, say.unusual.moreNetworks(more)] : named;
  return listParts(words).map(({ type, value }) => {
    const isName = type === "element" && !(more > 0 && value === words.at(-1));
    return isName ? shown(value, { class: "code" }) : value;
  });
}

/**
 * Hours of the day in UTC as ranges, such as `09:00–12:00, 14:00–15:00 and 18:00–19:00`.
 *
 * @param {number[]} hours
 */
function hoursInUtc(hours) {
  return listed(hourRanges(hours).map(([from, to]) => `${utcHour(from)}–${utcHour(to)}`));
}

/**
 * A time in days, or in hours if it is less than one, rounded down.
 *
 * @param {number} seconds
 */
function lateness(seconds) {
  const hours = Math.floor(seconds / HOUR_SECONDS);
  const days = Math.floor(hours / DAY_HOURS);
  return days > 0 ? say.unusual.days(days) : say.unusual.hours(hours);
}
