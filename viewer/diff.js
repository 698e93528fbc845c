// Owns how two values are aligned: one row per line, marked by the `changes` of the service. It
// does not compare values itself. It pairs equal keys, and elements as the service has paired them,
// to put them on the same row. Within a text that the service says has changed, it shows where.

import { differingParts, linePairs } from "./compare.js";
import { member } from "./json.js";
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
 * A piece of a line. Strings and keys are decoded, without their quotes. A string of several lines
 * has a part for each; only the first `opens` and the last `closes` the quotes. `differs` are the
 * ranges that are not in the string on the other side.
 *
 * @typedef {{ opens: boolean, closes: boolean }} Quotes
 * @typedef {[from: number, to: number]} TextRange
 * @typedef {{
 *   kind: "key" | "string",
 *   value: string,
 *   quotes?: Quotes,
 *   differs?: TextRange[],
 * }} QuotedPart
 * @typedef {{ kind: "number" | "literal" | "punctuation", text: string }} BarePart
 * @typedef {{ depth: number, parts: (QuotedPart | BarePart)[] }} Line
 */

/**
 * A row of the comparison; a side is null where it has no line. A row that `stays` is never folded,
 * because those below would not be understood without it.
 *
 * @typedef {{ mark: Mark, left: Line | null, right: Line | null, stays?: true }} Row
 */

/**
 * What stands at one place in the two values: a member, an element or the whole value. The paths
 * are its pointers in the old and in the new value; only a member has a `key`.
 *
 * @typedef {{
 *   leftPath: string,
 *   rightPath: string,
 *   key: string | undefined,
 *   left: JsonNode | undefined,
 *   right: JsonNode | undefined,
 * }} Pair
 */

/**
 * How a pair is printed; the ends are the commas that follow it.
 *
 * @typedef {{ depth: number, leftEnd: string, rightEnd: string }} Place
 */

/**
 * The paths of the changes of each kind: of what was removed in the old value, else in the new one.
 *
 * @typedef {Record<Change["change"], Set<string>>} Marks
 */

/** @type {Quotes} */
export const WHOLE = { opens: true, closes: true };
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
  /** @type {Marks} */
  const marks = { added: new Set(), removed: new Set(), changed: new Set() };
  for (const { change, path } of changes) marks[change].add(path);
  /** @type {Row[]} */
  const rows = [];
  const whole = { leftPath: "", rightPath: "", key: undefined, left: oldNode, right: newNode };
  compare(rows, marks, whole, { depth: 0, leftEnd: "", rightEnd: "" });
  return rows;
}

/**
 * Adds the rows of a pair. Containers of the same kind without a mark of their own are compared
 * member by member; everything else stands side by side as a whole.
 *
 * @param {Row[]} rows
 * @param {Marks} marks
 * @param {Pair} pair
 * @param {Place} place
 */
function compare(rows, marks, pair, place) {
  const { key, left, right } = pair;
  const mark = markOf(pair, marks);
  const inner = mark === undefined ? innerPairs(pair, marks) : undefined;
  if (inner !== undefined) return compareContainers(rows, marks, pair, place, inner);
  const areTexts = left?.kind === "string" && right?.kind === "string";
  if (mark === "changed" && areTexts && left.value !== right.value)
    return compareTexts(rows, key, left.value, right.value, place);
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
 * Adds the rows of a text that has changed: a row for each of its lines, with the words that differ.
 *
 * @param {Row[]} rows
 * @param {string | undefined} key
 * @param {string} left
 * @param {string} right
 * @param {Place} place
 */
function compareTexts(rows, key, left, right, { depth, leftEnd, rightEnd }) {
  const pairs = linePairs(left, right);
  const lastLeft = pairs.findLastIndex(([one]) => one !== undefined);
  const lastRight = pairs.findLastIndex(([, one]) => one !== undefined);
  pairs.forEach(([one, other], at) => {
    const isSame = one === other;
    const differs =
      !isSame && one !== undefined && other !== undefined ? differingParts(one, other) : undefined;
    /** @type {(text: string, ranges: TextRange[] | undefined, last: number, end: string) => Line} */
    const line = (text, ranges, last, end) => ({
      depth: at === 0 ? depth : depth + 1,
      parts: [
        ...(at === 0 ? keyParts(key) : []),
        {
          kind: "string",
          value: text,
          quotes: { opens: at === 0, closes: at === last },
          differs: ranges,
        },
        ...(at === last && end ? [punctuation(end)] : []),
      ],
    });
    rows.push({
      mark: isSame
        ? "same"
        : one === undefined
          ? "added"
          : other === undefined
            ? "removed"
            : "changed",
      left: one === undefined ? null : line(one, differs?.left, lastLeft, leftEnd),
      right: other === undefined ? null : line(other, differs?.right, lastRight, rightEnd),
      ...(at === 0 && pairs.length > 1 ? { stays: true } : {}),
    });
  });
}

/**
 * The change of the service that a pair is; undefined if it is none.
 *
 * @param {Pair} pair
 * @param {Marks} marks
 * @returns {Change["change"] | undefined}
 */
function markOf({ leftPath, rightPath, left, right }, marks) {
  if (left === undefined) return marks.added.has(rightPath) ? "added" : undefined;
  if (right === undefined) return marks.removed.has(leftPath) ? "removed" : undefined;
  return marks.changed.has(rightPath) ? "changed" : undefined;
}

/**
 * @param {Row[]} rows
 * @param {Marks} marks
 * @param {Pair} pair
 * @param {Place} place
 * @param {Pair[]} inner
 */
function compareContainers(rows, marks, { key, left }, { depth, leftEnd, rightEnd }, inner) {
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
    compare(rows, marks, pair, {
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
 * @param {Pair} pair
 * @param {Marks} marks
 */
function innerPairs(pair, marks) {
  const { left, right } = pair;
  if (left?.kind === "object" && right?.kind === "object")
    return memberPairs(pair, left.members, right.members);
  if (left?.kind === "array" && right?.kind === "array")
    return elementPairs(pair, left.elements, right.elements, marks);
  return undefined;
}

/**
 * Members paired by key, in an order that keeps the order of both sides as far as possible.
 *
 * @param {Pair} parent
 * @param {[key: string, value: JsonNode][]} left
 * @param {[key: string, value: JsonNode][]} right
 */
function memberPairs({ leftPath, rightPath }, left, right) {
  const [ofLeft, ofRight] = [new Map(left), new Map(right)];
  /** @type {Pair[]} */
  const pairs = [];
  /** @param {string} key */
  const pair = (key) => {
    const step = key.replaceAll("~", "~0").replaceAll("/", "~1");
    pairs.push({
      leftPath: `${leftPath}/${step}`,
      rightPath: `${rightPath}/${step}`,
      key,
      left: ofLeft.get(key),
      right: ofRight.get(key),
    });
  };
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
 * Elements paired as the service has paired them: what it lists as removed or added is alone, and
 * the others belong together in turn. Where it lists only the first changes, some are left over.
 *
 * @param {Pair} parent
 * @param {JsonNode[]} left
 * @param {JsonNode[]} right
 * @param {Marks} marks
 */
function elementPairs({ leftPath, rightPath }, left, right, marks) {
  /** @type {Pair[]} */
  const pairs = [];
  for (let [i, j] = [0, 0]; i < left.length || j < right.length;) {
    const paths = { leftPath: `${leftPath}/${i}`, rightPath: `${rightPath}/${j}` };
    const isRemoved = i < left.length && marks.removed.has(paths.leftPath);
    const isAdded = !isRemoved && j < right.length && marks.added.has(paths.rightPath);
    pairs.push({
      ...paths,
      key: undefined,
      left: isAdded ? undefined : left[i],
      right: isRemoved ? undefined : right[j],
    });
    if (!isAdded) i += 1;
    if (!isRemoved) j += 1;
  }
  return pairs;
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
  /** @param {QuotedPart} part */
  const quoted = ({ value, quotes = WHOLE }) => {
    const text = valueParts(value).map((part) => part.text);
    return `${quotes.opens ? '"' : ""}${text.join("")}${quotes.closes ? '"' : ""}`;
  };
  const texts = line.parts.map((part) => ("value" in part ? quoted(part) : part.text));
  return "  ".repeat(line.depth) + texts.join("");
}

/**
 * How many fields were added, removed and changed. A field is a member that is no object of members.
 * A list is one field, which an element that comes, goes or is another changes. What changes within
 * an element is a field of its own.
 *
 * @param {JsonNode | undefined} oldNode
 * @param {JsonNode | undefined} newNode
 * @param {Change[]} changes
 * @returns {Record<Change["change"], number>}
 */
export function countFields(oldNode, newNode, changes) {
  const counts = { added: 0, removed: 0, changed: 0 };
  /** The pointers of the lists whose elements are named by the changes. */
  const lists = new Set();
  for (const { change, path } of changes) {
    const root = change === "removed" ? oldNode : newNode;
    const parent = path.slice(0, path.lastIndexOf("/"));
    if (path !== "" && nodeAt(root, parent)?.kind === "array") lists.add(parent);
    else counts[change] += change === "changed" ? 1 : fieldsIn(nodeAt(root, path));
  }
  counts.changed += lists.size;
  return counts;
}

/**
 * @param {JsonNode | undefined} node
 * @returns {number}
 */
function fieldsIn(node) {
  if (node?.kind !== "object" || node.members.length === 0) return 1;
  return node.members.reduce((sum, [, value]) => sum + fieldsIn(value), 0);
}

/**
 * The value that a JSON Pointer names (RFC 6901).
 *
 * @param {JsonNode | undefined} node
 * @param {string} pointer
 */
function nodeAt(node, pointer) {
  let at = node;
  for (const step of pointer.split("/").slice(1)) {
    if (at?.kind === "array") at = at.elements[Number(step)];
    else at = member(at, step.replaceAll("~1", "/").replaceAll("~0", "~"));
  }
  return at;
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
    const isSame = isFoldable(rows[start]);
    while (end < rows.length && isFoldable(rows[end]) === isSame) end += 1;
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

/** @param {Row} row */
function isFoldable({ mark, stays }) {
  return mark === "same" && stays !== true;
}
