// Owns how two values are aligned: one row per line, marked by the `changes` of the service. It
// does not compare values itself, except that it pairs equal keys to put them on the same row.

import { valueParts } from "./text.js";

/**
 * @import { Change } from "./answers.d.ts"
 * @import { JsonNode } from "./json.js"
 */

/**
 * The mark `differs` is for differences beyond the changes that the service lists.
 *
 * @typedef {Change["change"] | "same" | "differs"} Mark
 */

/**
 * A piece of a line. Strings and keys are decoded, without their quotes.
 *
 * @typedef {{ kind: "key" | "string", value: string }} QuotedPart
 * @typedef {{ kind: "number" | "literal" | "punctuation", text: string }} BarePart
 * @typedef {{ depth: number, parts: (QuotedPart | BarePart)[] }} Line
 */

/**
 * A row of the comparison; a side is null where it has no line.
 *
 * @typedef {{ mark: Mark, left: Line | null, right: Line | null }} Row
 */

/**
 * What stands at one place in the two values: a member, an element or the whole value. `step` is
 * the last part of its path; only a member has a `key`.
 *
 * @typedef {{
 *   step: string | number,
 *   key: string | undefined,
 *   left: JsonNode | undefined,
 *   right: JsonNode | undefined,
 * }} Pair
 */

/**
 * Where a pair stands; the ends are the commas that follow it.
 *
 * @typedef {{ path: string, depth: number, leftEnd: string, rightEnd: string }} Place
 */

/** The fewest unchanged lines that are folded, and how many stay visible next to a change. */
const FOLD_FROM = 12;
const CONTEXT = 3;
/** The most lines of one run of changes that are shown at once. */
const RUN = 200;

/**
 * The rows of an old and a new value.
 *
 * @param {JsonNode | undefined} oldNode
 * @param {JsonNode | undefined} newNode
 * @param {Change[]} changes
 */
export function rowsOf(oldNode, newNode, changes) {
  const marks = new Map(changes.map(({ change, path }) => [path, change]));
  /** @type {Row[]} */
  const rows = [];
  const whole = { step: "", key: undefined, left: oldNode, right: newNode };
  compare(rows, marks, whole, { path: "", depth: 0, leftEnd: "", rightEnd: "" });
  return rows;
}

/**
 * Adds the rows of a pair. Containers of the same kind without a mark of their own are compared
 * member by member; everything else stands side by side as a whole.
 *
 * @param {Row[]} rows
 * @param {Map<string, Change["change"]>} marks
 * @param {Pair} pair
 * @param {Place} place
 */
function compare(rows, marks, pair, place) {
  const { key, left, right } = pair;
  const mark = marks.get(place.path);
  const inner = mark === undefined ? innerPairs(left, right) : undefined;
  if (inner !== undefined) return compareContainers(rows, marks, pair, place, inner);
  const leftLines = left ? linesOf(left, key, place.depth, place.leftEnd) : [];
  const rightLines = right ? linesOf(right, key, place.depth, place.rightEnd) : [];
  const unmarked = isSameScalar(left, right) ? "same" : "differs";
  for (let index = 0; index < Math.max(leftLines.length, rightLines.length); index += 1) {
    rows.push({
      mark: mark ?? unmarked,
      left: leftLines[index] ?? null,
      right: rightLines[index] ?? null,
    });
  }
}

/**
 * @param {Row[]} rows
 * @param {Map<string, Change["change"]>} marks
 * @param {Pair} pair
 * @param {Place} place
 * @param {Pair[]} inner
 */
function compareContainers(rows, marks, { key, left }, { path, depth, leftEnd, rightEnd }, inner) {
  const [open, close] = left?.kind === "object" ? "{}" : "[]";
  const both = (/** @type {string} */ text, ends = ["", ""]) => {
    /** @param {string} end */
    const line = (end) => ({
      depth,
      parts: [...(text.startsWith(open) ? keyParts(key) : []), punctuation(text + end)],
    });
    rows.push({ mark: "same", left: line(ends[0]), right: line(ends[1]) });
  };
  if (inner.length === 0) return both(open + close, [leftEnd, rightEnd]);
  both(open);
  const lastLeft = inner.findLastIndex((pair) => pair.left !== undefined);
  const lastRight = inner.findLastIndex((pair) => pair.right !== undefined);
  inner.forEach((pair, index) => {
    const step = String(pair.step).replaceAll("~", "~0").replaceAll("/", "~1");
    compare(rows, marks, pair, {
      path: `${path}/${step}`,
      depth: depth + 1,
      leftEnd: index < lastLeft ? "," : "",
      rightEnd: index < lastRight ? "," : "",
    });
  });
  both(close, [leftEnd, rightEnd]);
}

/**
 * The members or elements of two containers of the same kind; undefined if they are not that.
 *
 * @param {JsonNode | undefined} left
 * @param {JsonNode | undefined} right
 */
function innerPairs(left, right) {
  if (left?.kind === "object" && right?.kind === "object")
    return memberPairs(left.members, right.members);
  if (left?.kind === "array" && right?.kind === "array")
    return elementPairs(left.elements, right.elements);
  return undefined;
}

/**
 * Members paired by key, in an order that keeps the order of both sides as far as possible.
 *
 * @param {[key: string, value: JsonNode][]} left
 * @param {[key: string, value: JsonNode][]} right
 */
function memberPairs(left, right) {
  const [ofLeft, ofRight] = [new Map(left), new Map(right)];
  /** @type {Pair[]} */
  const pairs = [];
  /** @param {string} key */
  const pair = (key) =>
    pairs.push({ step: key, key, left: ofLeft.get(key), right: ofRight.get(key) });
  let at = 0;
  const onlyRight = () => {
    for (; at < right.length && !ofLeft.has(right[at][0]); at += 1) pair(right[at][0]);
  };
  for (const [key] of left) {
    if (ofRight.has(key)) onlyRight();
    pair(key);
    if (right[at]?.[0] === key) at += 1;
  }
  // What is left over when the keys of the two sides are in a different order.
  for (; at < right.length; at += 1) if (!ofLeft.has(right[at][0])) pair(right[at][0]);
  return pairs;
}

/**
 * Elements paired by index.
 *
 * @param {JsonNode[]} left
 * @param {JsonNode[]} right
 * @returns {Pair[]}
 */
function elementPairs(left, right) {
  return Array.from({ length: Math.max(left.length, right.length) }, (_, index) => ({
    step: index,
    key: undefined,
    left: left[index],
    right: right[index],
  }));
}

/**
 * @param {JsonNode | undefined} left
 * @param {JsonNode | undefined} right
 */
function isSameScalar(left, right) {
  if (left === undefined || left.kind !== right?.kind) return false;
  if (left.kind === "string") return right.kind === "string" && left.value === right.value;
  return "text" in left && "text" in right && left.text === right.text;
}

/**
 * The lines of a node, pretty-printed: every member and element begins a line.
 *
 * @param {JsonNode} node
 * @param {string} [key]
 * @param {Line[]} lines the lines before, to which it adds
 */
export function linesOf(node, key, depth = 0, end = "", lines = []) {
  if (node.kind !== "object" && node.kind !== "array") {
    const parts = [...keyParts(key), scalarPart(node), ...(end ? [punctuation(end)] : [])];
    lines.push({ depth, parts });
    return lines;
  }
  const [open, close] = node.kind === "object" ? "{}" : "[]";
  /** @type {[key: string | undefined, value: JsonNode][]} */
  const inner =
    node.kind === "object" ? node.members : node.elements.map((element) => [undefined, element]);
  if (inner.length === 0) {
    lines.push({ depth, parts: [...keyParts(key), punctuation(open + close + end)] });
    return lines;
  }
  lines.push({ depth, parts: [...keyParts(key), punctuation(open)] });
  inner.forEach(([name, value], index) =>
    linesOf(value, name, depth + 1, index < inner.length - 1 ? "," : "", lines),
  );
  lines.push({ depth, parts: [punctuation(close + end)] });
  return lines;
}

/**
 * @param {string | undefined} key
 * @returns {(QuotedPart | BarePart)[]}
 */
function keyParts(key) {
  return key === undefined ? [] : [{ kind: "key", value: key }, punctuation(": ")];
}

/**
 * @param {import("./json.js").StringNode | import("./json.js").PlainNode} node
 * @returns {QuotedPart | BarePart}
 */
function scalarPart(node) {
  return node.kind === "string"
    ? { kind: "string", value: node.value }
    : { kind: node.kind, text: node.text };
}

/**
 * @param {string} text
 * @returns {BarePart}
 */
function punctuation(text) {
  return { kind: "punctuation", text };
}

/**
 * The line as plain text with its indentation, for copying and for tests.
 *
 * @param {Line} line
 */
export function lineText(line) {
  /** @param {string} value */
  const quoted = (value) =>
    `"${valueParts(value)
      .map((part) => part.text)
      .join("")}"`;
  const texts = line.parts.map((part) => ("value" in part ? quoted(part.value) : part.text));
  return "  ".repeat(line.depth) + texts.join("");
}

/**
 * Splits rows into pieces: long unchanged stretches, and the rest of very long runs, are folded.
 *
 * @param {Row[]} rows
 */
export function folded(rows) {
  /** @type {{ rows: Row[], isFolded: boolean }[]} */
  const pieces = [];
  /** @type {(piece: Row[], isFolded: boolean) => void} */
  const push = (piece, isFolded) => {
    if (piece.length > 0) pieces.push({ rows: piece, isFolded });
  };
  for (let start = 0, end = 0; start < rows.length; start = end) {
    const isSame = rows[start].mark === "same";
    while (end < rows.length && (rows[end].mark === "same") === isSame) end += 1;
    const [before, after] = isSame
      ? [start === 0 ? 1 : CONTEXT, end === rows.length ? 1 : CONTEXT]
      : [RUN, 0];
    const run = rows.slice(start, end);
    if (run.length <= before + after + (isSame ? FOLD_FROM : CONTEXT)) {
      push(run, false);
    } else {
      push(run.slice(0, before), false);
      push(run.slice(before, run.length - after), true);
      push(run.slice(run.length - after), false);
    }
  }
  return pieces;
}
