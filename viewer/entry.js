// Owns the open entry: everything that it says, in a dialog over the list.

import { Refusal, askWorkspace } from "./api.js";
import { actionLabel, nameOfSeen, typeLabel } from "./catalog.js";
import { copyButton, copyable } from "./copy.js";
import { linesOf } from "./diff.js";
import { byId, el, shown } from "./dom.js";
import { member, parseJson, textOf } from "./json.js";
import { outcomeBadge } from "./list.js";
import { exactLocalTime, utcTime } from "./time.js";
import { valueText, valuesOf } from "./values.js";

/**
 * @import { Change } from "./answers.d.ts"
 * @import { RefusalKind } from "./api.js"
 * @import { Child } from "./dom.js"
 * @import { JsonNode } from "./json.js"
 * @import { View } from "./address.js"
 */

/**
 * The text at a path of the entry, such as `actor`, `name`; undefined if it is absent or null.
 *
 * @typedef {(...path: string[]) => string | undefined} TextAt
 */

/** @type {Partial<Record<string, string>>} */
const ACTOR_KINDS = { user: "User", api_key: "API key", system: "System" };
/** @type {Partial<Record<string, string>>} */
const OUTCOME_WORDS = { success: "Success", failure: "Failed", denied: "Denied" };
/** @type {Partial<Record<RefusalKind, [title: string, line: string]>>} */
const ENTRY_REFUSALS = {
  absent: ["Entry not found", "It has expired, or no entry of this workspace has this address."],
  unreachable: ["The service cannot be reached", "You may be offline."],
};

/**
 * Fetches an entry. It is parsed without loss: see `json.js`.
 *
 * @param {View} view
 * @param {AbortSignal} signal
 */
export async function loadEntry(view, signal) {
  if (!/^[0-9A-Za-z.-]+$/.test(view.entry)) throw new Refusal("absent");
  return parseJson((await askWorkspace(view, `entries/${view.entry}`, [], signal)).text);
}

/** Opens the dialog, marked as busy until there is something to show. */
export function openDialog() {
  const [dialog, body] = [byId("entry"), byId("entry-body")];
  if (!dialog.open) {
    dialog.returnValue = "";
    dialog.showModal();
    // With the focus on it, the arrows up and down scroll it right away.
    body.dataset.opened = "";
    body.addEventListener("blur", () => delete body.dataset.opened, { once: true });
    body.focus();
  }
  body.setAttribute("aria-busy", "true");
}

/**
 * Shows an entry in the dialog.
 *
 * @param {JsonNode} node
 */
export function showEntry(node) {
  /** @type {TextAt} */
  const text = (...path) => {
    /** @type {JsonNode | undefined} */
    let at = node;
    for (const name of path) at = member(at, name);
    return textOf(at);
  };
  const [oldNode, newNode] = [member(node, "old_value"), member(node, "new_value")];
  const action = text("action") ?? "";
  fillDialog(actionLabel(action), [
    el("p", { class: "action-name" }, el("code", {}, action), outcomeBadge(text("outcome"))),
    el("dl", { class: "facts" }, factsOf(text)),
    el("h3", {}, "What changed"),
    valuesOf(oldNode, newNode, changesOf(node), text("changes_truncated") === "true"),
    copyButtons(oldNode, newNode),
  ]);
}

/**
 * Shows in the dialog why there is no entry.
 *
 * @param {Refusal} refusal
 * @param {() => unknown} retry
 */
export function showEntryRefusal({ kind }, retry) {
  const others = ["The entry cannot be shown", "The service could not answer."];
  const [title, line] = ENTRY_REFUSALS[kind] ?? others;
  const button = { type: "button", class: "button", onclick: retry };
  const again = kind === "absent" ? [] : [el("button", button, "Try again")];
  fillDialog(title, [el("p", { class: "quiet" }, line), ...again]);
}

/**
 * @param {string} title
 * @param {Node[]} children
 */
function fillDialog(title, children) {
  const body = byId("entry-body");
  byId("entry-title").textContent = title;
  body.replaceChildren(...children);
  body.removeAttribute("aria-busy");
  body.scrollTop = 0;
}

/**
 * The changes that the service found.
 *
 * @param {JsonNode} node
 */
function changesOf(node) {
  const changes = member(node, "changes");
  const elements = changes?.kind === "array" ? changes.elements : [];
  return elements.map((one) => {
    const [change, path] = [textOf(member(one, "change")), textOf(member(one, "path"))];
    return /** @type {Change} */ ({ change, path });
  });
}

/** @param {TextAt} text */
function factsOf(text) {
  const actor = { name: text("actor", "name"), id: text("actor", "id") ?? "" };
  const target = { name: text("target", "name"), id: text("target", "id") ?? "" };
  const actorType = text("actor", "type") ?? "";
  const email = text("actor", "email");
  const outcome = text("outcome") ?? "";
  const expiry = text("expires_at");
  const address = text("ip_address");
  const agent = text("user_agent");
  const requestId = text("request_id");
  const externalId = text("external_id");
  const cutNote =
    text("user_agent_truncated") === "true" &&
    el("span", { class: "quiet" }, " (shortened when it was recorded)");
  return [
    fact("User", shown(nameOfSeen(actor)), email && [el("br"), shown(email)]),
    fact(`${ACTOR_KINDS[actorType] ?? actorType} id`, copyable(actor.id)),
    fact(
      "Target",
      `${typeLabel(text("target", "type") ?? "")} `,
      target.name !== undefined && shown(target.name, { class: "strong" }),
    ),
    fact("Target id", copyable(target.id)),
    fact("Happened", bothTimes(text("occurred_at") ?? "")),
    fact("Recorded", bothTimes(text("recorded_at") ?? "")),
    fact("Expires", expiry === undefined ? "Never" : bothTimes(expiry)),
    fact("Outcome", OUTCOME_WORDS[outcome] ?? outcome),
    fact("IP address", address === undefined ? none() : shown(address, { class: "code" })),
    requestId !== undefined && fact("Request id", copyable(requestId)),
    externalId !== undefined && fact("External id", copyable(externalId)),
    wideFact("User agent", agent === undefined ? none() : shown(agent), cutNote),
    wideFact("Entry id", copyable(text("id") ?? "")),
  ];
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
  return el("span", { class: "quiet" }, "Not recorded");
}

/** @param {string} instant */
function bothTimes(instant) {
  return [
    el("time", { datetime: instant }, exactLocalTime(instant)),
    el("br"),
    el("span", { class: "quiet" }, utcTime(instant)),
  ];
}

/**
 * @param {JsonNode | undefined} oldNode
 * @param {JsonNode | undefined} newNode
 */
function copyButtons(oldNode, newNode) {
  /** @type {(value: JsonNode | undefined, words: string) => Child} */
  const button = (value, words) =>
    value && copyButton(words, () => valueText(linesOf(value)), words);
  return el(
    "p",
    { class: "actions" },
    button(oldNode, "Copy old value"),
    button(newNode, "Copy new value"),
  );
}
