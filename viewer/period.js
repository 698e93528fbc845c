// Owns the periods that the filters offer in place of two dates. A period ends with the newest
// entry, so it has no last day.

import { daysAgo, firstOfMonth } from "./time.js";

/** @import { Filters } from "./address.js" */

/** @typedef {Pick<Filters, "from" | "to">} Range */

/** @type {[name: string, label: string, from: () => string][]} */
const PERIODS = [
  ["any", "Any time", () => ""],
  ["today", "Today", () => daysAgo(0)],
  ["7-days", "Last 7 days", () => daysAgo(6)],
  ["30-days", "Last 30 days", () => daysAgo(29)],
  ["90-days", "Last 90 days", () => daysAgo(89)],
  ["month", "This month", firstOfMonth],
];
/** What is chosen while the dates are no period. */
const OTHER = ["other", "Other dates"];

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
