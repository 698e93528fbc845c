// Owns how two values stand side by side: one row per line, marked by the `changes` that the service found. It compares nothing itself but which
// keys both sides have, to put the same things next to each other.

import { valueParts } from "./text.js";

/** The fewest unchanged lines that are folded, and how many stay on either side of a change. */
const FOLD_FROM = 12;
const CONTEXT = 3;
/** The most lines of one run that are shown at once. */
const RUN = 200;

/**
 * The rows of an old and a new node; either may be undefined. `changes` are `{ change, path }`.
 * A row is `{ mark, left, right }`: a line, or null where that side has none. Marks are same, added, removed, changed, and differs for what is
 * beyond the changes that the service lists.
 * A line is `{ depth, parts: [{ kind, … }] }`.
 */
export function rowsOf(oldNode, newNode, changes) {
  const marks = new Map(changes.map(({ change, path }) => [path, change]));
  const rows = [];
  compare(rows, marks, { left: oldNode, right: newNode, path: "", depth: 0, key: undefined, leftEnd: "", rightEnd: "" });
  return rows;
}

function compare(rows, marks, pair) {
  const mark = marks.get(pair.path);
  const isSameContainer = pair.left?.kind === pair.right?.kind && (pair.left?.kind === "object" || pair.left?.kind === "array");
  if (mark === undefined && isSameContainer) return compareContainers(rows, marks, pair);
  const left = pair.left ? linesOf(pair.left, pair.key, pair.depth, pair.leftEnd) : [];
  const right = pair.right ? linesOf(pair.right, pair.key, pair.depth, pair.rightEnd) : [];
  const isOfOneKind = pair.left !== undefined && pair.left.kind === pair.right?.kind;
  const isSame = mark === undefined && isOfOneKind && plainText(pair.left) === plainText(pair.right);
  for (let index = 0; index < Math.max(left.length, right.length); index += 1) {
    rows.push({ mark: mark ?? (isSame ? "same" : "differs"), left: left[index] ?? null, right: right[index] ?? null });
  }
}

function compareContainers(rows, marks, { left, right, path, depth, key, leftEnd, rightEnd }) {
  const [open, close] = left.kind === "object" ? "{}" : "[]";
  const isEmpty = sizeOf(left) === 0 && sizeOf(right) === 0;
  const both = (text, end = ["", ""]) => {
    const line = (one) => ({ depth, parts: [...(text.startsWith(open) ? keyParts(key) : []), punctuation(text + one)] });
    rows.push({ mark: "same", left: line(end[0]), right: line(end[1]) });
  };
  if (isEmpty) return both(open + close, [leftEnd, rightEnd]);
  both(open);
  const pairs = left.kind === "object" ? memberPairs(left.members, right.members) : elementPairs(left.elements, right.elements);
  const [lastLeft, lastRight] = ["left", "right"].map((side) => pairs.findLastIndex((pair) => pair[side] !== undefined));
  pairs.forEach((pair, index) => {
    const step = `${path}/${String(pair.step).replaceAll("~", "~0").replaceAll("/", "~1")}`;
    const [pairLeftEnd, pairRightEnd] = [index < lastLeft ? "," : "", index < lastRight ? "," : ""];
    compare(rows, marks, { ...pair, path: step, depth: depth + 1, leftEnd: pairLeftEnd, rightEnd: pairRightEnd });
  });
  both(close, [leftEnd, rightEnd]);
}

/** Members by key, in the order in which both sides have them. */
function memberPairs(left, right) {
  const [ofLeft, ofRight] = [new Map(left), new Map(right)];
  const pairs = [];
  const pair = (key) => pairs.push({ step: key, key, left: ofLeft.get(key), right: ofRight.get(key) });
  let at = 0;
  const onlyRight = () => {
    for (; at < right.length && !ofLeft.has(right[at][0]); at += 1) pair(right[at][0]);
  };
  for (const [key] of left) {
    if (ofRight.has(key)) onlyRight();
    pair(key);
    if (right[at]?.[0] === key) at += 1;
  }
  // Whatever a differing order of keys has left behind.
  for (; at < right.length; at += 1) if (!ofLeft.has(right[at][0])) pair(right[at][0]);
  return pairs;
}

function elementPairs(left, right) {
  return Array.from({ length: Math.max(left.length, right.length) }, (_, index) => ({
    step: index,
    key: undefined,
    left: left[index],
    right: right[index],
  }));
}

function sizeOf(node) {
  return (node.members ?? node.elements).length;
}

function plainText(node) {
  return node.kind === "string" ? node.value : node.text;
}

/** A node, pretty-printed: each member and element begins a line. */
export function linesOf(node, key, depth = 0, end = "", lines = []) {
  if (node.kind !== "object" && node.kind !== "array") {
    lines.push({ depth, parts: [...keyParts(key), scalarPart(node), ...(end ? [punctuation(end)] : [])] });
    return lines;
  }
  const [open, close] = node.kind === "object" ? "{}" : "[]";
  const inner = node.kind === "object" ? node.members : node.elements.map((element) => [undefined, element]);
  if (inner.length === 0) {
    lines.push({ depth, parts: [...keyParts(key), punctuation(open + close + end)] });
    return lines;
  }
  lines.push({ depth, parts: [...keyParts(key), punctuation(open)] });
  inner.forEach(([name, value], index) => linesOf(value, name, depth + 1, index < inner.length - 1 ? "," : "", lines));
  lines.push({ depth, parts: [punctuation(close + end)] });
  return lines;
}

function keyParts(key) {
  return key === undefined ? [] : [{ kind: "key", value: key }, punctuation(": ")];
}

function scalarPart(node) {
  return node.kind === "string" ? { kind: "string", value: node.value } : { kind: node.kind, text: node.text };
}

function punctuation(text) {
  return { kind: "punctuation", text };
}

/** The line's text, as it would stand in a file: for copying and for tests. */
export function lineText(line) {
  const quoted = (value) => `"${valueParts(value).map((part) => part.text).join("")}"`;
  return "  ".repeat(line.depth) + line.parts.map((part) => (part.value === undefined ? part.text : quoted(part.value))).join("");
}

/** Rows in pieces `{ rows, isFolded }`: long unchanged stretches, and the rest of very long runs, are folded. */
export function folded(rows) {
  const pieces = [];
  const push = (piece, isFolded) => piece.length > 0 && pieces.push({ rows: piece, isFolded });
  for (let start = 0, end = 0; start < rows.length; start = end) {
    const isSame = rows[start].mark === "same";
    while (end < rows.length && (rows[end].mark === "same") === isSame) end += 1;
    const [before, after] = isSame ? [start === 0 ? 1 : CONTEXT, end === rows.length ? 1 : CONTEXT] : [RUN, 0];
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
