// Owns the labels of actions and target types, and the names of actors and targets seen so far.

import { askCatalog } from "./api.js";
import { READ, primaryOf } from "./language.js";
import { say } from "./texts.js";

/**
 * @import { Actor, CatalogAction, CatalogTargetType, EntryRow, Target } from "./answers.d.ts"
 */

/**
 * A name of the API, and how the page shows it. Target types have no group and no description.
 *
 * @typedef {{
 *   name: string,
 *   label: string,
 *   group?: string,
 *   description?: string,
 *   retired?: true,
 * }} Labelled
 * @typedef {"actions" | "target_types"} ListName
 */

/** The language that a label without a tag is taken to be in. */
const LABEL_LANGUAGE = "en";

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
  /** @type {(list: ListName, all: (CatalogAction | CatalogTargetType)[]) => void} */
  const keep = (list, all) => {
    for (const one of all) labels[list].set(one.name, { ...one, label: labelIn(one, READ) });
  };
  keep("actions", catalog.actions);
  keep("target_types", catalog.target_types);
}

/**
 * The label in the first of the languages that has one: by the exact tag, then by the primary
 * language. It is `label` where none has one, and where the next language is English.
 *
 * @param {{ label: string, labels?: Record<string, string> }} of
 * @param {readonly string[]} languages BCP 47 tags, the preferred one first
 */
export function labelIn({ label, labels: translated = {} }, languages) {
  const byTag = new Map(Object.entries(translated).map(([tag, one]) => [tag.toLowerCase(), one]));
  for (const language of languages) {
    const tag = language.toLowerCase();
    const primary = primaryOf(tag);
    const found = byTag.get(tag) ?? byTag.get(primary);
    if (found !== undefined) return found;
    if (primary === LABEL_LANGUAGE) return label;
  }
  return label;
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
 * What an action means; undefined if the catalogue does not say.
 *
 * @param {string} name
 */
export function actionDescription(name) {
  return labels.actions.get(name)?.description;
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
 * Some names with their labels: those of the catalogue in its order, then all others. A retired one
 * says so.
 *
 * @param {ListName} list
 * @param {string[]} names
 */
export function inOrder(list, names) {
  const wanted = new Set(names);
  const known = [...labels[list].values()]
    .filter((one) => wanted.has(one.name))
    .map((one) => (one.retired ? { ...one, label: say.filters.retired(one.label) } : one));
  const others = names
    .filter((name) => !labels[list].has(name))
    .map((name) => ({ name, label: name, group: say.filters.otherGroup }));
  return [...known, ...others];
}

/**
 * All names of the catalogue that new entries may have.
 *
 * @param {ListName} list
 */
export function currentNames(list) {
  return [...labels[list].values()].filter((one) => !one.retired).map(({ name }) => name);
}

/**
 * Remembers the actors and targets of entries. The first name seen of each stays.
 *
 * @param {EntryRow[]} entries
 */
export function remember(entries) {
  for (const { actor, on_behalf_of: other, target, targets = [] } of entries) {
    rememberActors(other ? [actor, other] : [actor]);
    for (const one of [target, ...targets])
      if (!seen.targets.has(keyOf(one))) seen.targets.set(keyOf(one), one);
  }
}

/**
 * Remembers actors that the directory named. The first name seen of each stays.
 *
 * @param {Actor[]} actors
 */
export function rememberActors(actors) {
  for (const one of actors) if (!seen.actors.has(keyOf(one))) seen.actors.set(keyOf(one), one);
}

/** @param {{ type: string, id: string }} of */
function keyOf({ type, id }) {
  return `${type}/${id}`;
}

/** The actors seen so far. */
export function seenActors() {
  return [...seen.actors.values()];
}

/**
 * The actor as it was seen, with its name; undefined if it was not.
 *
 * @param {{ type: string, id: string }} of
 */
export function seenActor(of) {
  return seen.actors.get(keyOf(of));
}

/** The targets seen so far. */
export function seenTargets() {
  return [...seen.targets.values()];
}

/**
 * What to call a target: its name, or its id if it has none.
 *
 * @param {{ name?: string, id: string }} named
 */
export function nameOfSeen({ name, id }) {
  return name ?? id;
}
