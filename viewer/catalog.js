// Owns the labels of actions and target types, and the names of actors and targets seen so far.

import { askCatalog } from "./api.js";

/** @import { Actor, EntryRow, Target } from "./answers.d.ts" */

/**
 * A name of the API, and how the page shows it. Target types have no group.
 *
 * @typedef {{ name: string, label: string, group?: string }} Labelled
 * @typedef {"actions" | "target_types"} ListName
 */

/** @type {Record<ListName, Map<string, Labelled>>} */
const labels = { actions: new Map(), target_types: new Map() };
/** @type {{ actors: Map<string, Actor>, targets: Map<string, Target> }} */
const seen = { actors: new Map(), targets: new Map() };

/**
 * Fetches the labels, once. Without them the page shows the names of the API.
 *
 * @param {AbortSignal} signal
 */
export async function loadLabels(signal) {
  const catalog = await askCatalog(signal).catch(() => ({ actions: [], target_types: [] }));
  for (const one of catalog.actions) labels.actions.set(one.name, one);
  for (const one of catalog.target_types) labels.target_types.set(one.name, one);
}

/**
 * The label of an action, for example `Member invited`.
 *
 * @param {string} name
 */
export function actionLabel(name) {
  return labels.actions.get(name)?.label ?? name;
}

/**
 * The label of a target type, for example `API key`.
 *
 * @param {string} name
 */
export function typeLabel(name) {
  return labels.target_types.get(name)?.label ?? name;
}

/**
 * Some names with their labels: those of the catalogue in its order, then all others.
 *
 * @param {ListName} list
 * @param {string[]} names
 */
export function inOrder(list, names) {
  const known = [...labels[list].values()].filter((one) => names.includes(one.name));
  const others = names
    .filter((name) => !labels[list].has(name))
    .map((name) => ({ name, label: name, group: "Other" }));
  return [...known, ...others];
}

/**
 * All names of the catalogue.
 *
 * @param {ListName} list
 */
export function allNames(list) {
  return [...labels[list].keys()];
}

/**
 * Remembers the actors and targets of entries. The first name seen of each stays.
 *
 * @param {EntryRow[]} entries
 */
export function remember(entries) {
  for (const { actor, target } of entries) {
    if (!seen.actors.has(actor.id)) seen.actors.set(actor.id, actor);
    const key = `${target.type}/${target.id}`;
    if (!seen.targets.has(key)) seen.targets.set(key, target);
  }
}

/** The actors seen so far. */
export function seenActors() {
  return [...seen.actors.values()];
}

/** The targets seen so far. */
export function seenTargets() {
  return [...seen.targets.values()];
}

/**
 * What to call an actor or target: its name, or its id if it has none.
 *
 * @param {{ name?: string, id: string }} named
 */
export function nameOfSeen({ name, id }) {
  return name ?? id;
}
