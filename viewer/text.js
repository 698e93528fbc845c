// Owns how a received text becomes visible: as text, whole, and without a character that nobody can see.

// Characters that have no look of their own: control, format (zero width, bidirectional), line separators, lone surrogates, private use, unassigned,
// and what a renderer may ignore. A no-break or other odd space is a space that is not the one it seems to be.
const UNSEEN = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]|(?! )\p{Zs}/u;
// Where the same characters are part of the spelling: joiners within the scripts that need them, and within emoji.
const JOINING = ["Arabic", "Bengali", "Devanagari", "Gujarati", "Gurmukhi", "Kannada", "Khmer", "Malayalam", "Oriya", "Sinhala", "Tamil", "Telugu"];
const JOINED = [
  String.raw`(?<=[\p{Extended_Pictographic}\p{Emoji_Modifier}\ufe0f])\u200d(?=\p{Extended_Pictographic})`,
  String.raw`(?<=\p{Emoji})\ufe0f`,
  String.raw`(?<=[${JOINING.map((script) => `\\p{Script=${script}}`).join("")}])[\u200c\u200d]`,
].join("|");
const NAME_PARTS = new RegExp(`${JOINED}|(${UNSEEN.source})`, "gu");
const VALUE_PARTS = new RegExp(`(["\\\\]|${UNSEEN.source})`, "gu");
const SHORT_ESCAPES = { '"': '\\"', "\\": "\\\\", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/** A name, id or other line as parts `{ text, escaped }`: what cannot be seen is an escape such as `\u202e`. */
export function nameParts(text) {
  return partsOf(text, NAME_PARTS, escapeOf);
}

/** A string as JSON writes it, without its quotes, as parts: each escape is one, and nothing unseen is left out. */
export function valueParts(text) {
  return partsOf(text, VALUE_PARTS, (char) => SHORT_ESCAPES[char] ?? escapeOf(char));
}

function partsOf(text, pattern, escape) {
  const parts = [];
  let end = 0;
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

/** The UTF-16 units as JSON escapes them. */
function escapeOf(char) {
  return Array.from({ length: char.length }, (_, index) => `\\u${char.charCodeAt(index).toString(16).padStart(4, "0")}`).join("");
}

/** The first `count` characters; a pair of surrogates is not cut. */
export function cut(text, count) {
  const lead = text.charCodeAt(count - 1);
  return text.slice(0, lead >= 0xd800 && lead <= 0xdbff ? count - 1 : count);
}

const GROUPED = new Intl.NumberFormat("en");

/** A count with its digits grouped, for example `1,134`. */
export function grouped(count) {
  return GROUPED.format(count);
}

/** A count and what is counted, for example `1 entry` or `1,134 entries`. */
export function counted(count, one, many) {
  return `${grouped(count)} ${count === 1 ? one : many}`;
}
