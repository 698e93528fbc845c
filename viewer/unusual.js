// Owns how it is said in few words that an entry is unusual: the label of each reason, and the badge
// of a row.

import { el } from "./dom.js";
import { say } from "./texts.js";

/** @type {Partial<Record<string, string>>} */
const REASONS = say.unusual.reasons;

/**
 * The label of a reason, for example `New network`. One that the page does not know has its name.
 *
 * @param {string} reason
 */
export function reasonLabel(reason) {
  return REASONS[reason] ?? reason;
}

/**
 * That an entry is unusual, and why, on one line; empty if it is not unusual or not judged.
 *
 * @param {string[]} [reasons]
 */
export function unusualWords(reasons = []) {
  return reasons.length === 0 ? "" : say.unusual.said(reasons.map(reasonLabel).join(", "));
}

/**
 * A badge with the first reason and how many more there are; null if there is none. Its title has
 * them all, and so has its text for a screen reader.
 *
 * @param {string[]} [reasons]
 */
export function unusualBadge(reasons = []) {
  if (reasons.length === 0) return null;
  const [first, ...others] = reasons.map(reasonLabel);
  const seen = others.length > 0 ? `${first} +${others.length}` : first;
  const words = unusualWords(reasons);
  return el(
    "span",
    { class: "badge unusual", title: words },
    el("span", { "aria-hidden": "true" }, seen),
    el("span", { class: "hidden" }, words),
  );
}
