// How two texts are compared: by line, then by word.

import assert from "node:assert/strict";
import test from "node:test";
import { differingParts, linePairs } from "../../viewer/compare.js";

/** A generator of the same numbers in each run. @param {number} seed */
function random(seed) {
  let state = seed;
  /** @param {number} below */
  return (below) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return Math.floor((state / 0x80000000) * below);
  };
}

/**
 * The lines in short: `=` on both sides, `-` and `+` on one, `~` beside another one.
 *
 * @param {string} left
 * @param {string} right
 */
const signs = (left, right) =>
  linePairs(left, right)
    .map(([a, b]) => (a === b ? "=" : b === undefined ? "-" : a === undefined ? "+" : "~"))
    .join("");

/**
 * A line with its marks.
 *
 * @param {string} text
 * @param {[from: number, to: number][] | undefined} ranges
 */
function marked(text, ranges) {
  let said = "";
  let end = 0;
  for (const [from, to] of ranges ?? []) {
    said += text.slice(end, from) + (from < to ? `[${text.slice(from, to)}]` : "");
    end = to;
  }
  return said + text.slice(end);
}

test("lines that are on both sides stand side by side", () => {
  assert.equal(signs("a\nb\nc", "a\nx\nc"), "=~=");
  assert.equal(signs("a\nb\nc", "a\nc"), "=-=");
  assert.equal(signs("a\nc", "a\nb\nc"), "=+=");
  assert.equal(signs("a\nb\nc\nd", "d"), "---=");
  assert.equal(signs("a\nb\nc\n", "c\na\nb\n"), "+==-");
  assert.equal(signs("a", "a\n"), "~");
});

test("words that are on both sides are not marked", () => {
  for (const [left, right, expected] of [
    ["The quick fox", "The slow fox", ["The [quick] fox", "The [slow] fox"]],
    ["one two", "one two three", ["one two", "one two[ three]"]],
    ["22:00", "00:00", ["[22]:00", "[00]:00"]],
    ["Grüße 👩‍💻", "Grüße 👩‍🚀", ["Grüße 👩‍[💻]", "Grüße 👩‍[🚀]"]],
    ["viewer", "admin", undefined],
    [
      `${"x".repeat(60)}A${"y".repeat(60)}`,
      `${"x".repeat(60)}BC${"y".repeat(60)}`,
      [`${"x".repeat(60)}[A]${"y".repeat(60)}`, `${"x".repeat(60)}[BC]${"y".repeat(60)}`],
    ],
  ]) {
    const parts = differingParts(String(left), String(right));
    const found = parts && [marked(String(left), parts.left), marked(String(right), parts.right)];
    assert.deepEqual(found, expected);
  }
});

test("nothing is lost: each side of the pairs is its text, whatever the texts are", () => {
  const pick = random(11);
  const words = ["a", "b", "c ", "\n", "dd", "\n\n", "é", "👩‍💻", " "];
  for (let round = 0; round < 3_000; round += 1) {
    const text = () => Array.from({ length: pick(14) }, () => words[pick(words.length)]).join("");
    const [left, right] = [text(), text()];
    const pairs = linePairs(left, right);
    assert.equal(pairs.map(([one]) => one ?? "").join(""), left);
    assert.equal(pairs.map(([, one]) => one ?? "").join(""), right);
    const parts = differingParts(left, right);
    if (!parts) continue;
    /** @type {(text: string, ranges: [number, number][]) => string} */
    const without = (text, ranges) =>
      [...ranges]
        .reverse()
        .reduce((rest, [from, to]) => rest.slice(0, from) + rest.slice(to), text);
    assert.equal(without(left, parts.left), without(right, parts.right));
  }
});

test("the fewest lines are marked", () => {
  const pick = random(3);
  for (let round = 0; round < 500; round += 1) {
    const list = () => Array.from({ length: 1 + pick(8) }, () => "abc"[pick(3)]);
    const [a, b] = [list(), list()];
    const table = [...a, ""].map(() => [...b, ""].map(() => 0));
    for (let i = a.length - 1; i >= 0; i -= 1)
      for (let j = b.length - 1; j >= 0; j -= 1)
        table[i][j] =
          a[i] === b[j] ? table[i + 1][j + 1] + 1 : Math.max(table[i + 1][j], table[i][j + 1]);
    const text = (/** @type {string[]} */ lines) => lines.map((line) => `${line}\n`).join("");
    const same = linePairs(text(a), text(b)).filter(([x, y]) => x === y && x !== "").length;
    assert.equal(same, table[0][0], `${a} ${b}`);
  }
});

test("long texts are compared in bounded time, however much they differ", () => {
  const lines = Array.from({ length: 4_000 }, (_, at) => `line ${at} of a long text\n`);
  const changed = lines.map((line, at) => (at % 400 === 7 ? line.replace("long", "new") : line));
  const pairs = linePairs(lines.join(""), changed.join(""));
  assert.equal(pairs.filter(([a, b]) => a !== b).length, 10);
  const pick = random(8);
  const noise = () => Array.from({ length: 50_000 }, () => "abcdefghij \n"[pick(12)]).join("");
  const started = Date.now();
  const [left, right] = [noise(), noise()];
  assert.equal(
    linePairs(left, right)
      .map(([one]) => one ?? "")
      .join(""),
    left,
  );
  differingParts(left.replaceAll("\n", " "), right.replaceAll("\n", " "));
  assert.ok(Date.now() - started < 5_000, `${Date.now() - started} ms`);
});
