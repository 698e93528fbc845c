// Owns the open entry: everything that it says, in a dialog over the list.

import { Refusal, askWorkspace } from "./api.js";
import { Notes } from "./adjusted.js";
import { actionDescription, actionLabel } from "./catalog.js";
import { copyButton } from "./copy.js";
import { linesOf } from "./diff.js";
import { byId, el } from "./dom.js";
import { reasonsIn, unusualOf } from "./evidence.js";
import { factsOf, otherNotes, textsOf, whyOf } from "./facts.js";
import { member, parseJson, textOf } from "./json.js";
import { outcomeBadge } from "./list.js";
import { metadataOf } from "./metadata.js";
import { actionButtons } from "./only.js";
import { say } from "./texts.js";
import { valueText, valuesOf } from "./values.js";

/**
 * @import { Change } from "./answers.d.ts"
 * @import { RefusalKind } from "./api.js"
 * @import { Child } from "./dom.js"
 * @import { OnlyActions } from "./only.js"
 * @import { JsonNode } from "./json.js"
 * @import { View } from "./address.js"
 */

/** @type {Partial<Record<RefusalKind, [title: string, line: string]>>} */
const ENTRY_REFUSALS = {
  absent: [say.entry.notFound, say.entry.notFoundWhy],
  unreachable: [say.messages.unreachable, say.entry.unreachableWhy],
};

/** Members of a single entry that an export does not have. */
const COMPUTED = ["changes", "changes_truncated"];

/** @type {Partial<Record<string, [kind: string, words: string]>>} */
const INTEGRITY = {
  failed: ["failure", say.entry.altered],
  unverifiable: ["denied", say.entry.unverifiable],
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
 * @param {OnlyActions} on
 * @param {string} address its address, to be copied
 */
export function showEntry(node, on, address) {
  const [text, notes] = [textsOf(node), new Notes(node)];
  const [oldNode, newNode] = [member(node, "old_value"), member(node, "new_value")];
  const action = text("action") ?? "";
  const description = actionDescription(action);
  fillDialog(actionLabel(action), [
    el(
      "p",
      { class: "action-name" },
      el("code", {}, action),
      actionButtons(action, on),
      outcomeBadge(text("outcome")),
    ),
    description !== undefined && el("p", { class: "quiet" }, description),
    integrityOf(text("integrity")),
    whyOf(text, notes),
    unusualOf(node),
    factsOf(node, notes, on),
    ...metadataOf(member(node, "metadata"), notes),
    el("h3", {}, say.entry.whatChanged),
    valuesOf(oldNode, newNode, changesOf(node), text("changes_truncated") === "true"),
    ...notes.within("/old_value"),
    ...notes.within("/new_value"),
    copyButtons(node, oldNode, newNode, address),
    otherNotes(notes),
  ]);
}

/**
 * Says that an entry is not, or not provably, what was recorded. One that is needs no words.
 *
 * @param {string | undefined} integrity
 */
function integrityOf(integrity) {
  const [kind, words] = INTEGRITY[integrity ?? ""] ?? [];
  return words !== undefined && el("p", { class: `why ${kind} integrity`, role: "alert" }, words);
}

/**
 * Shows in the dialog why there is no entry.
 *
 * @param {Refusal} refusal
 * @param {() => unknown} retry
 */
export function showEntryRefusal({ kind }, retry) {
  const others = [say.entry.cannotShow, say.entry.cannotShowWhy];
  const [title, line] = ENTRY_REFUSALS[kind] ?? others;
  const button = { type: "button", class: "button", onclick: retry };
  const again = kind === "absent" ? [] : [el("button", button, say.messages.tryAgain)];
  fillDialog(title, [el("p", { class: "quiet" }, line), ...again]);
}

/**
 * @param {string} title
 * @param {Child[]} children
 */
function fillDialog(title, children) {
  const body = byId("entry-body");
  byId("entry-title").textContent = title;
  const present = children.filter((child) => child !== null && child !== false);
  body.replaceChildren(...present.filter((child) => child !== undefined));
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

/**
 * The buttons that copy a value, the entry as an export has it, without the changes, and its address.
 *
 * @param {JsonNode} entry
 * @param {JsonNode | undefined} oldNode
 * @param {JsonNode | undefined} newNode
 * @param {string} address
 */
function copyButtons(entry, oldNode, newNode, address) {
  /** @type {(value: JsonNode | undefined, words: string) => Child} */
  const button = (value, words) =>
    value && copyButton(words, () => valueText(linesOf(value)), words);
  return el(
    "p",
    { class: "actions" },
    button(oldNode, say.entry.copyOld),
    button(newNode, say.entry.copyNew),
    button(recordedOf(entry), say.entry.copyEntry),
    copyButton(say.entry.copyLink, address, say.entry.copyLink),
  );
}

/**
 * The entry without what the service computes for this view of it. Of why it is unusual, an export
 * has the reasons alone.
 *
 * @param {JsonNode} entry
 * @returns {JsonNode}
 */
function recordedOf(entry) {
  if (entry.kind !== "object") return entry;
  const members = entry.members.filter(([name]) => !COMPUTED.includes(name));
  return { ...entry, members: members.map(asExported) };
}

/**
 * @param {[name: string, value: JsonNode]} member
 * @returns {[name: string, value: JsonNode]}
 */
function asExported([name, value]) {
  return [name, name === "unusual" ? reasonsIn(value) : value];
}
