// Owns the comparison of two texts that differ: which lines are there on both sides, and which words
// of a line. That two texts differ is for the service to say; this only shows where.

/**
 * A part of a text: on both sides, or on one only.
 *
 * @typedef {{ of: "both" | "left" | "right", text: string }} TextPiece
 */

/**
 * The most insertions and removals that are looked for. Texts that differ more are one removal and
 * one insertion, but for their equal beginning and end. The work is at most this many times the
 * number of tokens; the memory is the square of it, 4 bytes each.
 */
const MOST_EDITS = 1_200;
/** Parts are marked in a line if at least this share of it is on both sides. */
const LEAST_ALIKE = 0.2;
/** Words longer than this, such as a file as text, are compared by their characters. */
const LONG_WORD = 40;
const WORDS = /[\p{L}\p{M}\p{N}_]+|\s+|[^]/gu;

/**
 * The lines of two texts side by side; a side is undefined where the other has a line that it has
 * not. Each line has its line break.
 *
 * @param {string} left
 * @param {string} right
 * @returns {[left: string | undefined, right: string | undefined][]}
 */
export function linePairs(left, right) {
  /** @type {[string | undefined, string | undefined][]} */
  const pairs = [];
  /** @type {{ left: string[], right: string[] }} */
  const block = { left: [], right: [] };
  // What was removed stands beside what was added in its place.
  const endBlock = () => {
    for (let at = 0; at < Math.max(block.left.length, block.right.length); at += 1)
      pairs.push([block.left[at], block.right[at]]);
    Object.assign(block, { left: [], right: [] });
  };
  for (const { of, tokens } of edits(linesIn(left), linesIn(right))) {
    if (of !== "both") {
      block[of].push(...tokens);
    } else {
      endBlock();
      for (const line of tokens) pairs.push([line, line]);
    }
  }
  endBlock();
  return pairs;
}

/** @param {string} text */
function linesIn(text) {
  return text.split(/(?<=\n)/);
}

/**
 * Where two lines differ: the ranges of each that the other has not, which are empty where only the
 * other has something. Undefined if they have so little in common that marks would say nothing.
 *
 * @param {string} left
 * @param {string} right
 * @returns {{ left: [from: number, to: number][], right: [from: number, to: number][] } | undefined}
 */
export function differingParts(left, right) {
  /** @type {{ left: [number, number][], right: [number, number][] }} */
  const ranges = { left: [], right: [] };
  const ends = { left: 0, right: 0, both: 0 };
  for (const { of, text } of pieces(left, right)) {
    for (const side of /** @type {const} */ (["left", "right"])) {
      if (of !== "both" && of !== side) continue;
      ends[side] += text.length;
    }
    if (of !== "both") {
      extend(ranges.left, ends.left, of === "left" ? text.length : 0);
      extend(ranges.right, ends.right, of === "right" ? text.length : 0);
    }
    if (of === "both" && /\S/.test(text)) ends.both += text.length;
  }
  const isAlike = ends.both >= LEAST_ALIKE * Math.max(left.length, right.length);
  return isAlike ? ranges : undefined;
}

/**
 * Adds a range that ends there, to the last one if it follows it.
 *
 * @param {[from: number, to: number][]} ranges
 * @param {number} end
 * @param {number} length
 */
function extend(ranges, end, length) {
  const last = ranges.at(-1);
  if (last?.[1] === end - length) last[1] = end;
  else ranges.push([end - length, end]);
}

/**
 * @param {string} left
 * @param {string} right
 */
function pieces(left, right) {
  const found = edits(left.match(WORDS) ?? [], right.match(WORDS) ?? []);
  /** @type {TextPiece[]} */
  const parts = [];
  for (let at = 0; at < found.length; at += 1) {
    const [one, next] = [found[at], found[at + 1]];
    const text = one.tokens.join("");
    if (one.of === "left" && next?.of === "right") {
      parts.push(...replaced(text, next.tokens.join("")));
      at += 1;
    } else {
      parts.push({ of: one.of, text });
    }
  }
  return parts;
}

/**
 * A text and what took its place. If they are long, they are less their equal ends.
 *
 * @param {string} left
 * @param {string} right
 * @returns {TextPiece[]}
 */
function replaced(left, right) {
  const isLong = Math.min(left.length, right.length) > LONG_WORD;
  const [a, b] = isLong ? [[...left], [...right]] : [[left], [right]];
  const { start, end } = equalEnds(a, b);
  return /** @type {TextPiece[]} */ ([
    { of: "both", text: a.slice(0, start).join("") },
    { of: "left", text: a.slice(start, a.length - end).join("") },
    { of: "right", text: b.slice(start, b.length - end).join("") },
    { of: "both", text: a.slice(a.length - end).join("") },
  ]).filter(({ text }) => text !== "");
}

/**
 * How many tokens are equal at the start, and how many of the others at the end.
 *
 * @param {string[]} left
 * @param {string[]} right
 */
function equalEnds(left, right) {
  const most = Math.min(left.length, right.length);
  let start = 0;
  while (start < most && left[start] === right[start]) start += 1;
  let end = 0;
  while (end < most - start && left.at(-1 - end) === right.at(-1 - end)) end += 1;
  return { start, end };
}

/**
 * The fewest removals and insertions that make one list of tokens of the other, in order. Equal
 * neighbours are one run, and of a replacement the removal comes first.
 *
 * @param {string[]} left
 * @param {string[]} right
 */
function edits(left, right) {
  const { start, end } = equalEnds(left, right);
  const [a, b] = [left.slice(start, left.length - end), right.slice(start, right.length - end)];
  /** @type {{ of: TextPiece["of"], tokens: string[] }[]} */
  const runs = [];
  /** @type {(of: TextPiece["of"], tokens: string[]) => void} */
  const add = (of, tokens) => {
    const last = runs.at(-1);
    if (last?.of === of) last.tokens.push(...tokens);
    else if (tokens.length > 0) runs.push({ of, tokens: [...tokens] });
  };
  add("both", left.slice(0, start));
  for (const { x, y, snake } of path(a, b)) {
    add("left", a.slice(x.from, x.to));
    add("right", b.slice(y.from, y.to));
    add("both", a.slice(x.to, x.to + snake));
  }
  add("both", left.slice(left.length - end));
  return runs;
}

/**
 * The steps from one list to the other: what is skipped of each, and how many equal tokens follow.
 * It is the greedy algorithm of E. W. Myers, "An O(ND) Difference Algorithm and Its Variations".
 *
 * @param {string[]} a
 * @param {string[]} b
 * @returns {{ x: { from: number, to: number }, y: { from: number, to: number }, snake: number }[]}
 */
function path(a, b) {
  const whole = [{ x: { from: 0, to: a.length }, y: { from: 0, to: b.length }, snake: 0 }];
  if (a.length === 0 || b.length === 0) return whole;
  const most = Math.min(MOST_EDITS, a.length + b.length);
  // How far each diagonal (x − y) reaches, for each number of edits.
  /** @type {Int32Array[]} */
  const rounds = [];
  let reach = new Int32Array(2 * most + 3);
  for (let edit = 0; edit <= most; edit += 1) {
    rounds.push(reach.slice(most - edit, most + edit + 3));
    for (let k = -edit; k <= edit; k += 2) {
      const at = most + 1 + k;
      const isDown = k === -edit || (k !== edit && reach[at - 1] < reach[at + 1]);
      let x = isDown ? reach[at + 1] : reach[at - 1] + 1;
      while (x < a.length && x - k < b.length && a[x] === b[x - k]) x += 1;
      reach[at] = x;
      if (x >= a.length && x - k >= b.length) return walkBack(rounds, a.length, b.length);
    }
  }
  return whole;
}

/**
 * @param {Int32Array[]} rounds what each diagonal reached before each edit
 * @param {number} endX
 * @param {number} endY
 */
function walkBack(rounds, endX, endY) {
  const steps = [];
  let [x, y] = [endX, endY];
  for (let edit = rounds.length - 1; edit > 0; edit -= 1) {
    const reach = rounds[edit];
    const at = edit + 1 + (x - y);
    const k = x - y;
    const isDown = k === -edit || (k !== edit && reach[at - 1] < reach[at + 1]);
    const fromX = isDown ? reach[at + 1] : reach[at - 1];
    const fromY = fromX - (isDown ? k + 1 : k - 1);
    const [toX, toY] = isDown ? [fromX, fromY + 1] : [fromX + 1, fromY];
    steps.push({ x: { from: fromX, to: toX }, y: { from: fromY, to: toY }, snake: x - toX });
    [x, y] = [fromX, fromY];
  }
  const first = { x: { from: 0, to: 0 }, y: { from: 0, to: 0 }, snake: x };
  return [first, ...steps.reverse()];
}
