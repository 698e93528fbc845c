// Owns how a received text becomes visible: as plain text, complete, with every invisible character
// written as an escape.

import { LOCALE } from "./language.js";

/** @typedef {{ text: string, escaped: boolean }} TextPart */

// Invisible: control and format characters (zero width, bidirectional), line separators, lone
// surrogates, private use, unassigned, and whatever a renderer may ignore. No-break and other
// unusual spaces look like a common space, so they count as well.
const UNSEEN = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]|(?! )\p{Zs}/u;
// These scripts need joiners for correct spelling.
const JOINING = [
  "Arabic",
  "Bengali",
  "Devanagari",
  "Gujarati",
  "Gurmukhi",
  "Kannada",
  "Khmer",
  "Malayalam",
  "Oriya",
  "Sinhala",
  "Tamil",
  "Telugu",
];
// Places where an invisible character belongs to the spelling: in emoji and in those scripts.
const JOINED = [
  String.raw`(?<=[\p{Extended_Pictographic}\p{Emoji_Modifier}\ufe0f])\u200d(?=\p{Extended_Pictographic})`,
  String.raw`(?<=\p{Emoji})\ufe0f`,
  String.raw`(?<=[${JOINING.map((script) => `\\p{Script=${script}}`).join("")}])[\u200c\u200d]`,
].join("|");
// A blank at an end of a name cannot be seen either.
const NAME_PARTS = new RegExp(`${JOINED}|(${UNSEEN.source}|^ +| +$)`, "gu");
const VALUE_PARTS = new RegExp(`(["\\\\]|${UNSEEN.source})`, "gu");
/** @type {Partial<Record<string, string>>} */
const SHORT_ESCAPES = {
  '"': '\\"',
  "\\": "\\\\",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
};

/**
 * Splits a name, id or other line into parts. Invisible characters become escapes such as `\u202e`,
 * and so do blanks at its ends.
 *
 * @param {string} text
 */
export function nameParts(text) {
  return partsOf(text, NAME_PARTS, escapeOf);
}

/**
 * Splits a string into parts as JSON writes it, without its quotes. Every escape is a part, and
 * every invisible character is escaped, joiners included.
 *
 * @param {string} text
 */
export function valueParts(text) {
  return partsOf(text, VALUE_PARTS, (char) => SHORT_ESCAPES[char] ?? escapeOf(char));
}

/**
 * @param {string} text
 * @param {RegExp} pattern its first group is what is escaped; a match without it stays as it is
 * @param {(char: string) => string} escape
 */
function partsOf(text, pattern, escape) {
  /** @type {TextPart[]} */
  const parts = [];
  let end = 0;
  /** @type {(part: string, escaped: boolean) => void} */
  const push = (part, escaped) => {
    if (part === "") return;
    const last = parts.at(-1);
    if (last?.escaped === escaped) last.text += part;
    else parts.push({ text: part, escaped });
  };
  for (const found of text.matchAll(pattern)) {
    if (found[1] === undefined) continue;
    push(text.slice(end, found.index), false);
    push(escape(found[1]), true);
    end = found.index + found[1].length;
  }
  push(text.slice(end), false);
  return parts;
}

/**
 * The UTF-16 units as JSON escapes them.
 *
 * @param {string} char
 */
function escapeOf(char) {
  const units = Array.from({ length: char.length }, (_, index) => char.charCodeAt(index));
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, "0")}`).join("");
}

/**
 * The first `count` UTF-16 units, one less where that would split a surrogate pair.
 *
 * @param {string} text
 * @param {number} count
 */
export function cut(text, count) {
  const lead = text.charCodeAt(count - 1);
  return text.slice(0, lead >= 0xd800 && lead <= 0xdbff ? count - 1 : count);
}

const GROUPED = new Intl.NumberFormat(LOCALE);

/**
 * A count with its digits grouped, for example `1,134`.
 *
 * @param {number} count
 */
export function grouped(count) {
  return GROUPED.format(count);
}

const LISTS = new Intl.ListFormat(LOCALE, { type: "conjunction" });

/**
 * Texts as a list in a sentence, for example `A, B and C`.
 *
 * @param {string[]} texts
 */
export function listed(texts) {
  return LISTS.format(texts);
}

/**
 * The texts and what stands between them.
 *
 * @param {string[]} texts
 */
export function listParts(texts) {
  return LISTS.formatToParts(texts);
}

/**
 * A count and what is counted, for example `1 entry` or `1,134 entries`.
 *
 * @param {number} count
 * @param {string} one
 * @param {string} many
 */
export function counted(count, one, many) {
  return `${grouped(count)} ${count === 1 ? one : many}`;
}
