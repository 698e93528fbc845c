// Owns the comparison of old and new value on the screen: side by side where there is room,
// otherwise one above the other.

import { folded, lineText, rowsOf } from "./diff.js";
import { el, escapedParts } from "./dom.js";
import { cut, grouped, valueParts } from "./text.js";
import { say } from "./texts.js";

/**
 * @import { Change } from "./answers.d.ts"
 * @import { BarePart, Line, QuotedPart, Row } from "./diff.js"
 * @import { JsonNode } from "./json.js"
 */

/** @typedef {"left" | "right"} Side The old or the new value. */

/** The most characters of a string that are shown at once. */
const STRING = 400;
/** A string is not cut for fewer characters than this: the button would be longer. */
const WORTH_CUTTING = 40;
/** How many folded lines are unfolded at once. */
const STEP = 1_000;
const MARKS = { added: "+", removed: "−", changed: "~" };
/**
 * The signs of a line that has changed: what was there, and what is there now.
 *
 * @type {Record<Side, string>}
 */
const SIGNS = { left: MARKS.removed, right: MARKS.added };
/** @type {Partial<Record<string, string>>} */
const SAID = {
  added: say.values.saidAdded,
  removed: say.values.saidRemoved,
  changed: say.values.saidChanged,
};
/** @type {Change["change"][]} */
const KINDS_OF_CHANGE = ["added", "removed", "changed"];

/**
 * The section with the values of an entry.
 *
 * @param {JsonNode | undefined} oldNode
 * @param {JsonNode | undefined} newNode
 * @param {Change[]} changes
 * @param {boolean} isTruncated whether there are more changes than these
 */
export function valuesOf(oldNode, newNode, changes, isTruncated) {
  if (!oldNode && !newNode) return el("p", { class: "quiet" }, say.values.none);
  /** @type {Side[]} */
  const sides = [];
  if (oldNode) sides.push("left");
  if (newNode) sides.push("right");
  const head = sides.map((side) => {
    const words = side === "left" ? say.values.old : say.values.new;
    return el("th", { scope: "col", colspan: 2 }, words);
  });
  const columns = sides.flatMap(() => [el("col", { class: "sign" }), el("col")]);
  const pieces = folded(rowsOf(oldNode, newNode, changes));
  const rows = pieces.flatMap((piece) => pieceOf(piece, sides));
  const legend = KINDS_OF_CHANGE.map((kind) => {
    const count = changes.filter(({ change }) => change === kind).length;
    const words = `${MARKS[kind]} ${say.values[kind](grouped(count))}`;
    return count > 0 && el("span", { class: `mark ${kind}` }, words);
  }).filter(Boolean);
  return el(
    "div",
    { class: "values" },
    el("p", { class: "legend" }, legend.length > 0 ? legend : say.values.nothing),
    isTruncated && el("p", { class: "quiet" }, say.values.truncated),
    el(
      "div",
      { class: `diff sides-${sides.length}` },
      el(
        "table",
        {},
        el("colgroup", {}, columns),
        el("thead", {}, el("tr", {}, head)),
        el("tbody", {}, rows),
      ),
    ),
  );
}

/**
 * @param {{ rows: Row[], isFolded: boolean }} piece
 * @param {Side[]} sides
 */
function pieceOf({ rows, isFolded }, sides) {
  return isFolded ? [foldOf(rows, sides)] : rows.map((row) => diffRow(row, sides));
}

/**
 * A row with a button that unfolds the next rows in its place.
 *
 * @param {Row[]} rows
 * @param {Side[]} sides
 * @returns {HTMLTableRowElement}
 */
function foldOf(rows, sides) {
  const show = rows[0].mark === "same" ? say.values.showUnchanged : say.values.showMore;
  const words = show(Math.min(rows.length, STEP), rows.length);
  const open = () => {
    const unfolded = rows.slice(0, STEP).map((row) => diffRow(row, sides));
    const rest = rows.slice(STEP);
    fold.replaceWith(...unfolded, ...(rest.length > 0 ? [foldOf(rest, sides)] : []));
    const last = unfolded[0].cells[unfolded[0].cells.length - 1];
    last.tabIndex = -1;
    last.focus();
  };
  const button = el("button", { type: "button", onclick: open }, words);
  const fold = el("tr", { class: "fold" }, el("td", { colspan: sides.length * 2 }, button));
  return fold;
}

/**
 * @param {Row} row
 * @param {Side[]} sides
 */
function diffRow(row, sides) {
  const cells = sides.flatMap((side) => cellsOf(row, side));
  return el("tr", { class: row.mark }, cells);
}

/**
 * @param {Row} row
 * @param {Side} side
 */
function cellsOf(row, side) {
  const line = row[side];
  if (line === null)
    return [el("td", { class: `sign ${side} gap` }), el("td", { class: `line ${side} gap` })];
  const words = SAID[row.mark];
  const said = words && el("span", { class: "hidden" }, words);
  const code = el("code", {}, line.parts.map(partOf));
  code.style.setProperty("--depth", String(line.depth));
  return [
    el("td", { class: `sign ${side}`, "aria-hidden": "true" }, words && SIGNS[side]),
    el("td", { class: `line ${side}` }, said, code),
  ];
}

/** @param {QuotedPart | BarePart} part */
function partOf(part) {
  if ("text" in part) return el("span", { class: part.kind }, part.text);
  return el("bdi", { class: part.kind, dir: "ltr" }, '"', foldedString(part.value), '"');
}

/**
 * The characters of a string. A long one ends with a button that shows the rest.
 *
 * @param {string} value
 */
function foldedString(value) {
  const head = cut(value, STRING);
  if (value.length - head.length < WORTH_CUTTING) return escapedParts(valueParts(value));
  const open = () => button.replaceWith(...escapedParts(valueParts(value.slice(head.length))));
  const words = say.values.showCharacters(value.length);
  /** @type {HTMLButtonElement} */
  const button = el("button", { type: "button", class: "more", onclick: open }, words);
  return [...escapedParts(valueParts(head)), button];
}

/**
 * A value as text for the clipboard.
 *
 * @param {Line[]} lines
 */
export function valueText(lines) {
  return lines.map(lineText).join("\n");
}
