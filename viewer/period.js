// Owns the periods that the filters offer in place of two dates. A period ends with the newest
// entry, so it has no last day.

import { say } from "./texts.js";
import { daysAgo, firstOfMonth } from "./time.js";

/** @import { Filters } from "./address.js" */

/** @typedef {Pick<Filters, "from" | "to">} Range */

/** @type {[name: string, label: string, from: () => string][]} */
const PERIODS = [
  ["any", say.periods.any, () => ""],
  ["today", say.periods.today, () => daysAgo(0)],
  ["7-days", say.periods.week, () => daysAgo(6)],
  ["30-days", say.periods.days30, () => daysAgo(29)],
  ["90-days", say.periods.days90, () => daysAgo(89)],
  ["month", say.periods.month, firstOfMonth],
];
/** What is chosen while the dates are no period. */
const OTHER = ["other", say.periods.other];

/** The options of the menu, each with the value that it has. */
export function periodOptions() {
  const options = PERIODS.map(([name, label]) => new Option(label, name));
  const other = new Option(OTHER[1], OTHER[0]);
  other.disabled = true;
  return [...options, other];
}

/**
 * The dates of a period; undefined if there is none of that name.
 *
 * @param {string} name
 * @returns {Range | undefined}
 */
export function rangeOf(name) {
  const found = PERIODS.find(([one]) => one === name);
  return found && { from: found[2](), to: "" };
}

/**
 * The name of the period that these dates are.
 *
 * @param {Range} range
 */
export function periodOf({ from, to }) {
  const found = to === "" && PERIODS.find(([, , first]) => first() === from);
  return found ? found[0] : OTHER[0];
}
