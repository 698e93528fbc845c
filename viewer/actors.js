// Owns how actors are described in words. An actor is its type and its id: user 3 and API key 3 are
// two.

import { say } from "./texts.js";

/** @import { Actor } from "./answers.d.ts" */

/** @typedef {Pick<Actor, "type" | "id" | "name">} Named */

/** @type {Record<string, string>} */
const ACTOR_KINDS = say.actors.kinds;

/**
 * The kind of an actor, for example `API key`.
 *
 * @param {string} type
 */
export function actorKind(type) {
  return ACTOR_KINDS[type] ?? type;
}

/**
 * What to call an actor: its name, or its id if it has none. One whose id says no more than its
 * type is called by its kind.
 *
 * @param {Named} actor
 */
export function actorName({ type, id, name }) {
  return name ?? (id === type ? actorKind(type) : id);
}

/**
 * The kind and the name of an actor, for example `API key Deploy bot`. For a user it is the name
 * alone.
 *
 * @param {Named} actor
 */
export function actorWords(actor) {
  const name = actorName(actor);
  const kind = actorKind(actor.type);
  return actor.type === "user" || name === kind ? name : `${kind} ${name}`;
}

/**
 * The actor that a text names by its id, for example `API key 3`. Without a kind it is a user.
 *
 * @param {string} text
 * @returns {Pick<Actor, "type" | "id">}
 */
export function actorInWords(text) {
  const lower = text.toLowerCase();
  for (const [type, words] of Object.entries(ACTOR_KINDS)) {
    const kind = words.toLowerCase();
    if (lower === kind && type !== "user") return { type, id: type };
    if (lower.startsWith(`${kind} `)) return { type, id: text.slice(kind.length).trim() };
  }
  return { type: "user", id: text };
}

/**
 * How an actor acts for another, in the middle of a sentence.
 *
 * @param {Pick<Actor, "type">} actor
 * @param {Pick<Actor, "type">} other
 */
export function forWords(actor, other) {
  const areUsers = actor.type === "user" && other.type === "user";
  return areUsers ? say.actors.impersonating : say.actors.onBehalfOf;
}
