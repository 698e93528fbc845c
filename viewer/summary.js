// Owns the line of a row that says what changed, such as `role: viewer → admin`.

import { el, shown } from "./dom.js";
import { jsonText, member, parseJson, textOf } from "./json.js";
import { say } from "./texts.js";

/**
 * @import { EntryRow } from "./answers.d.ts"
 * @import { Child } from "./dom.js"
 * @import { JsonNode } from "./json.js"
 */

/** @typedef {{ name: string, old?: string, new?: string }} Difference What changed, in plain text. */

/**
 * The summaries as they were sent, because `JSON.parse` rounds numbers.
 *
 * @type {WeakMap<EntryRow, JsonNode>}
 */
const summaries = new WeakMap();
/** A text that would look like another value without quotes, or like none. */
const LOOKS_OTHERWISE = /^$|^\s|\s$|^"|^(true|false|null)$|^-?\d[\d.eE+-]*$/;

/**
 * Remembers the summaries of entries from the answer that they came in.
 *
 * @param {EntryRow[]} entries
 * @param {string} answer
 */
export function rememberSummaries(entries, answer) {
  if (!entries.some(({ changes }) => changes)) return;
  const nodes = member(parseJson(answer), "entries");
  if (nodes?.kind !== "array") return;
  for (const [at, node] of nodes.elements.entries()) {
    const changes = member(node, "changes");
    if (changes) summaries.set(entries[at], changes);
  }
}

/**
 * What changed, on one line; null if nothing did that could be shown.
 *
 * @param {EntryRow} entry
 */
export function summaryOf(entry) {
  const summary = summaries.get(entry);
  const total = Number(textOf(member(summary, "total")) ?? 0);
  if (total === 0) return null;
  const first = member(summary, "first");
  const differences = first?.kind === "array" ? first.elements.map(differenceOf) : [];
  const more = total - differences.length;
  const rest = more > 0 && say.list.more(more);
  const [seen, said] = [linePartsOf(differences, seenParts), linePartsOf(differences, saidParts)];
  const lines = differences.map(lineOf);
  return el(
    "span",
    { class: "second what", title: [...lines, ...(rest ? [rest] : [])].join("\n") },
    el("span", { "aria-hidden": "true" }, seen),
    el("span", { class: "hidden" }, said),
    rest && el("span", {}, rest),
  );
}

/**
 * @param {JsonNode} node
 * @returns {Difference}
 */
function differenceOf(node) {
  const path = textOf(member(node, "path")) ?? "";
  const keys = path.split("/").slice(1);
  const name = keys.map((key) => key.replaceAll("~1", "/").replaceAll("~0", "~")).join(".");
  return { name, old: valueWords(member(node, "old")), new: valueWords(member(node, "new")) };
}

/**
 * A simple value without quotes, unless it would look like another then.
 *
 * @param {JsonNode | undefined} node undefined if this side has none
 */
function valueWords(node) {
  if (node === undefined) return undefined;
  if (node.kind !== "string" || LOOKS_OTHERWISE.test(node.value)) return jsonText(node);
  return node.value;
}

/**
 * @param {Difference[]} differences
 * @param {(one: Difference) => Child[]} inWords
 */
function linePartsOf(differences, inWords) {
  return differences.flatMap((one, at) => [
    at > 0 && ", ",
    ...(one.name === "" ? [] : [shown(one.name), ": "]),
    ...inWords(one),
  ]);
}

/**
 * @param {Difference} of
 * @returns {Child[]}
 */
function seenParts({ old, new: value }) {
  if (old === undefined) return value === undefined ? [] : ["+ ", shown(value)];
  return value === undefined ? ["− ", shown(old)] : [shown(old), " → ", shown(value)];
}

/**
 * @param {Difference} of
 * @returns {Child[]}
 */
function saidParts({ old, new: value }) {
  if (old === undefined) return value === undefined ? [] : [say.values.saidAdded, shown(value)];
  if (value === undefined) return [say.values.saidRemoved, shown(old)];
  return say.list.fromTo(shown(old), shown(value));
}

/** @param {Difference} one */
function lineOf(one) {
  return el("span", {}, linePartsOf([one], seenParts)).textContent;
}
