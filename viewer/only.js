// Owns the buttons that lead from an actor, an address, a target or an action to the list of just
// their entries, to the list without them, or to the panel about them.

import { actorWords } from "./actors.js";
import { actionLabel, nameOfSeen } from "./catalog.js";
import { el, icon, plain, shown } from "./dom.js";
import { say } from "./texts.js";

/**
 * @import { Actor, Target } from "./answers.d.ts"
 * @import { Attribute, Child } from "./dom.js"
 */

/**
 * What the buttons ask for: to list only what has this actor, target or action, to leave out what
 * has this action, or to tell more of an actor or an address.
 *
 * @typedef {{
 *   actor: (actor: Actor) => unknown,
 *   target: (target: Target) => unknown,
 *   action: (action: string) => unknown,
 *   leaveOut: (action: string) => unknown,
 *   more: (subject: Subject) => unknown,
 * }} OnlyActions
 */

/** @typedef {{ actor: Actor } | { address: string }} Subject Whom or what the panel is about. */

/**
 * What to call an actor or an address.
 *
 * @param {Subject} subject
 */
export function subjectName(subject) {
  return "actor" in subject ? actorWords(subject.actor) : subject.address;
}

/**
 * A button that opens the panel about an actor or an address.
 *
 * @param {Subject} subject
 * @param {Child} words
 * @param {OnlyActions["more"]} more
 * @param {Record<string, Attribute>} attributes
 */
export function moreButton(subject, words, more, attributes = {}) {
  const usual = { type: "button", class: "pick more-on", "aria-haspopup": "dialog" };
  const title = say.about.more(plain(subjectName(subject)));
  return el("button", { ...usual, title, ...attributes, onclick: () => more(subject) }, words);
}

/**
 * An address that opens the panel about it.
 *
 * @param {string} address
 * @param {OnlyActions["more"]} more
 * @param {Record<string, Attribute>} [attributes]
 */
export function moreOnAddress(address, more, attributes) {
  return moreButton({ address }, shown(address, { class: "code" }), more, attributes);
}

/**
 * @param {Actor} actor
 * @param {OnlyActions} on
 */
export function onlyActor(actor, on) {
  return onlyButton(say.list.onlyWhatDid(plain(actorWords(actor))), () => on.actor(actor));
}

/**
 * @param {Target} target
 * @param {OnlyActions} on
 */
export function onlyTarget(target, on) {
  const name = say.entry.onlyTarget(plain(nameOfSeen(target)));
  return onlyButton(name, () => on.target(target));
}

/**
 * The buttons that list only what has an action, and all but that.
 *
 * @param {string} action
 * @param {OnlyActions} on
 */
export function actionButtons(action, on) {
  const name = plain(actionLabel(action));
  return [
    onlyButton(say.entry.onlyAction(name), () => on.action(action)),
    onlyButton(say.entry.leaveOut(name), () => on.leaveOut(action), "without"),
  ];
}

/**
 * @param {string} name
 * @param {() => unknown} onclick
 * @param {"only" | "without"} sign
 */
function onlyButton(name, onclick, sign = "only") {
  const attributes = { type: "button", class: "copy only", "aria-label": name, title: name };
  return el("button", { ...attributes, onclick }, icon(sign));
}
