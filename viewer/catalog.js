// Owns the labels of actions and target types, and what is known of the people and things that were seen.

import { askCatalog } from "./api.js";

const labels = { actions: new Map(), target_types: new Map() };
const seen = { actors: new Map(), targets: new Map() };

/** Fetches the labels, once. Without them the names of the API stand in their place. */
export async function loadLabels(signal) {
  const catalog = await askCatalog(signal).catch(() => ({ actions: [], target_types: [] }));
  for (const list of ["actions", "target_types"]) for (const one of catalog[list]) labels[list].set(one.name, one);
}

/** The label of an action, for example `Member invited`. */
export function actionLabel(name) {
  return labels.actions.get(name)?.label ?? name;
}

/** The label of a target type, for example `API key`. */
export function typeLabel(name) {
  return labels.target_types.get(name)?.label ?? name;
}

/** The names of the list in the catalogue's order, then others, as `{ name, label, group }`. */
export function inOrder(list, names) {
  const known = [...labels[list].values()].filter((one) => names.includes(one.name));
  const others = names.filter((name) => !labels[list].has(name)).map((name) => ({ name, label: name, group: "Other" }));
  return [...known, ...others];
}

/** All names of the list in the catalogue. */
export function allNames(list) {
  return [...labels[list].keys()];
}

/** Remembers who and what an entry names, the latest name first. */
export function remember(entries) {
  for (const { actor, target } of entries) {
    if (!seen.actors.has(actor.id)) seen.actors.set(actor.id, actor);
    const key = `${target.type}/${target.id}`;
    if (!seen.targets.has(key)) seen.targets.set(key, target);
  }
}

/** The people that were seen. */
export function seenActors() {
  return [...seen.actors.values()];
}

/** The targets that were seen. */
export function seenTargets() {
  return [...seen.targets.values()];
}

/** A person or thing in words: its name, else its id. */
export function nameOfSeen({ name, id }) {
  return name ?? id;
}
