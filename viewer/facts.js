// Owns the facts of the open entry: each field with its name, and what the service adjusted of it.

import { actorKind, actorName, forWords } from "./actors.js";
import { typeLabel } from "./catalog.js";
import { copyable } from "./copy.js";
import { el, shown } from "./dom.js";
import { member, textOf } from "./json.js";
import { moreButton, moreOnAddress, onlyActor, onlyTarget } from "./only.js";
import { OUTCOMES } from "./outcome.js";
import { say } from "./texts.js";
import { exactLocalTime, utcTime } from "./time.js";

/**
 * @import { Actor, Target } from "./answers.d.ts"
 * @import { Notes } from "./adjusted.js"
 * @import { Child } from "./dom.js"
 * @import { JsonNode } from "./json.js"
 * @import { OnlyActions } from "./only.js"
 */

/**
 * The text at a path of the entry, such as `actor`, `name`; undefined if it is absent or null.
 *
 * @typedef {(...path: string[]) => string | undefined} TextAt
 */

/** @type {Partial<Record<string, string>>} */
const WHY_WORDS = { failure: say.entry.whyFailed, denied: say.entry.whyDenied };

/**
 * Reads the texts of an entry.
 *
 * @param {JsonNode} node
 * @returns {TextAt}
 */
export function textsOf(node) {
  return (...path) => {
    /** @type {JsonNode | undefined} */
    let at = node;
    for (const name of path) at = member(at, name);
    return textOf(at);
  };
}

/**
 * Why the action failed or was denied; null if it did not, or if no reason was recorded.
 *
 * @param {TextAt} text
 * @param {Notes} notes
 */
export function whyOf(text, notes) {
  const [outcome, reason] = [text("outcome") ?? "", text("reason")];
  const words = WHY_WORDS[outcome];
  if (words === undefined || reason === undefined) return null;
  const said = el("p", {}, el("span", { class: "strong" }, words), shown(reason));
  return el("div", { class: `why ${outcome}` }, said, notes.at("/reason"));
}

/**
 * The facts of an entry.
 *
 * @param {JsonNode} node
 * @param {Notes} notes
 * @param {OnlyActions} on
 */
export function factsOf(node, notes, on) {
  const text = textsOf(node);
  const further = member(node, "targets");
  const targets = further?.kind === "array" ? further.elements : [];
  const facts = [
    ...actorFacts(node, notes, on),
    ...targetFacts(targetIn(member(node, "target")), notes, on),
    targets.length > 0 && furtherTargets(targets.map(targetIn), notes, on),
    ...timeFacts(text),
    ...originFacts(text, notes, on),
    wideFact(say.fields.entryId, copyable(text("id") ?? "")),
  ];
  // Those about metadata and values stand beside them; see `showEntry`.
  return el("dl", { class: "facts" }, facts);
}

/**
 * A fact that holds the sentences about fields that are not shown, such as a name that was empty;
 * null if there are none.
 *
 * @param {Notes} notes
 */
export function otherNotes(notes) {
  const rest = notes.rest();
  return rest.length === 0 ? null : el("div", {}, el("h3", {}, say.fields.adjusted), rest);
}

/**
 * @param {JsonNode} node
 * @param {Notes} notes
 * @param {OnlyActions} on
 */
function actorFacts(node, notes, on) {
  const [actor, other] = [actorIn(member(node, "actor")), member(node, "on_behalf_of")];
  const facts = [
    personFact(actorKind(actor.type), actor, notes.at("/actor/name", "/actor/email"), on),
    fact(say.fields.idOf(actorKind(actor.type)), copyable(actor.id), onlyActor(actor, on)),
  ];
  if (other === undefined) return facts;
  const person = actorIn(other);
  const words = forWords(actor, person);
  const name = words[0].toUpperCase() + words.slice(1);
  return [
    ...facts,
    personFact(name, person, notes.at("/on_behalf_of/name", "/on_behalf_of/email"), on),
    fact(say.fields.idOf(actorKind(person.type)), copyable(person.id), onlyActor(person, on)),
  ];
}

/**
 * @param {string} name
 * @param {Actor} actor
 * @param {Element[]} said
 * @param {OnlyActions} on
 */
function personFact(name, actor, said, on) {
  const [called, kind] = [actorName(actor), actorKind(actor.type)];
  const hasKind = actor.type !== "user" && called !== kind && name !== kind;
  return fact(
    name,
    moreButton({ actor }, shown(called), on.more),
    hasKind && [el("br"), el("span", { class: "quiet" }, kind)],
    actor.email !== undefined && [el("br"), shown(actor.email)],
    said,
  );
}

/**
 * @param {Target} target
 * @param {Notes} notes
 * @param {OnlyActions} on
 */
function targetFacts(target, notes, on) {
  const name = target.name !== undefined && shown(target.name, { class: "strong" });
  return [
    fact(say.fields.target, `${typeLabel(target.type)} `, name, notes.at("/target/name")),
    fact(say.fields.targetId, copyable(target.id), onlyTarget(target, on)),
  ];
}

/**
 * @param {Target[]} targets
 * @param {Notes} notes
 * @param {OnlyActions} on
 */
function furtherTargets(targets, notes, on) {
  const items = targets.map((target, index) =>
    el(
      "li",
      {},
      `${typeLabel(target.type)} `,
      target.name !== undefined && [shown(target.name, { class: "strong" }), " "],
      copyable(target.id),
      onlyTarget(target, on),
      notes.at(`/targets/${index}/name`),
    ),
  );
  return wideFact(say.fields.furtherTargets, el("ul", { class: "targets", role: "list" }, items));
}

/** @param {TextAt} text */
function timeFacts(text) {
  const expiry = text("expires_at");
  return [
    fact(say.fields.happened, bothTimes(text("occurred_at") ?? "")),
    fact(say.fields.recorded, bothTimes(text("recorded_at") ?? "")),
    fact(say.fields.expires, expiry === undefined ? say.entry.never : bothTimes(expiry)),
  ];
}

/**
 * How it ended, from where it came, and by which ids others know it.
 *
 * @param {TextAt} text
 * @param {Notes} notes
 * @param {OnlyActions} on
 */
function originFacts(text, notes, on) {
  const outcome = text("outcome") ?? "";
  const [address, sent, agent] = ["ip_address", "ip_address_text", "user_agent"].map((name) =>
    text(name),
  );
  const [reason, location] = [text("reason"), text("location")];
  const aboutAddress = notes.at("/ip_address");
  /** @type {(name: string, field: string) => Child} */
  const idFact = (name, field) => {
    const id = text(field);
    return id !== undefined && fact(name, copyable(id));
  };
  return [
    fact(say.fields.outcome, OUTCOMES[outcome] ?? outcome),
    fact(
      say.fields.ipAddress,
      address === undefined ? none() : moreOnAddress(address, on.more),
      sent === undefined && aboutAddress,
    ),
    sent !== undefined &&
      wideFact(say.fields.addressAsSent, shown(sent, { class: "code" }), aboutAddress),
    location !== undefined && fact(say.fields.location, shown(location), notes.at("/location")),
    idFact(say.fields.sessionId, "session_id"),
    idFact(say.fields.requestId, "request_id"),
    idFact(say.fields.externalId, "external_id"),
    idFact(say.fields.keyId, "key_id"),
    wideFact(
      say.fields.userAgent,
      agent === undefined ? none() : shown(agent),
      notes.at("/user_agent"),
    ),
    // Where it failed or was denied, the reason stands above all facts.
    reason !== undefined &&
      WHY_WORDS[outcome] === undefined &&
      wideFact(say.fields.reason, shown(reason), notes.at("/reason")),
  ];
}

/**
 * @param {JsonNode | undefined} node
 * @returns {Actor}
 */
function actorIn(node) {
  return { ...targetIn(node), email: textOf(member(node, "email")) };
}

/**
 * @param {JsonNode | undefined} node
 * @returns {Target}
 */
function targetIn(node) {
  const [type, id] = [textOf(member(node, "type")) ?? "", textOf(member(node, "id")) ?? ""];
  return { type, id, name: textOf(member(node, "name")) };
}

/**
 * @param {string} name
 * @param {(Child | Child[])[]} children
 */
function fact(name, ...children) {
  return el("div", { class: "fact" }, el("dt", {}, name), el("dd", {}, children.flat()));
}

/**
 * @param {string} name
 * @param {(Child | Child[])[]} children
 */
function wideFact(name, ...children) {
  const wide = fact(name, ...children);
  wide.classList.add("wide");
  return wide;
}

function none() {
  return el("span", { class: "quiet" }, say.entry.notRecorded);
}

/** @param {string} instant */
function bothTimes(instant) {
  return [
    el("time", { datetime: instant }, exactLocalTime(instant)),
    el("br"),
    el("span", { class: "quiet" }, utcTime(instant)),
  ];
}
