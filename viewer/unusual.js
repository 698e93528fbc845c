// Owns how it is said in few words that an entry is unusual: the label of each reason, and the badge
// of a row.

import { el } from "./dom.js";
import { say } from "./texts.js";

/** @import { EntryRow } from "./answers.d.ts" */

/** @type {Partial<Record<string, string>>} */
const REASONS = say.unusual.reasons;

/**
 * What is new where the reason is a new actor, by its type.
 *
 * @type {Partial<Record<string, string>>}
 */
const NEW_ACTORS = say.unusual.newActors;

/**
 * The label of a reason, for example `New network`. One that the page does not know has its name.
 *
 * @param {string} reason
 * @param {string} [actorType] the type of the actor whose entry it is, if it is of one
 */
export function reasonLabel(reason, actorType = "") {
  const ofActor = reason === "new_actor" ? NEW_ACTORS[actorType] : undefined;
  return ofActor ?? REASONS[reason] ?? reason;
}

/**
 * That an entry is unusual, and why, on one line; empty if it is not unusual or not judged.
 *
 * @param {Pick<EntryRow, "actor" | "unusual">} entry
 */
export function unusualWords({ actor, unusual: reasons = [] }) {
  const labels = reasons.map((one) => reasonLabel(one, actor.type));
  return labels.length === 0 ? "" : say.unusual.said(labels.join(", "));
}

/**
 * A badge with the first reason and how many more there are; null if there is none. Its title has
 * them all, and so has its text for a screen reader.
 *
 * @param {Pick<EntryRow, "actor" | "unusual">} entry
 */
export function unusualBadge(entry) {
  const [reason, ...others] = entry.unusual ?? [];
  if (reason === undefined) return null;
  const first = reasonLabel(reason, entry.actor.type);
  const seen = others.length > 0 ? `${first} +${others.length}` : first;
  const words = unusualWords(entry);
  return el(
    "span",
    { class: "badge unusual", title: words },
    el("span", { "aria-hidden": "true" }, seen),
    el("span", { class: "hidden" }, words),
  );
}
