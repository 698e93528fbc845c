// Owns the comparison of old and new value on the screen: side by side where there is room,
// otherwise one above the other.

import { WHOLE, countFields, folded, lineText, rowsOf } from "./diff.js";
import { el, escapedParts } from "./dom.js";
import { keepLiking, remembered } from "./remembered.js";
import { cut, valueParts } from "./text.js";
import { say } from "./texts.js";

/**
 * @import { Change } from "./answers.d.ts"
 * @import { BarePart, Line, QuotedPart, Row, TextRange } from "./diff.js"
 * @import { JsonNode } from "./json.js"
 */

/** @typedef {"left" | "right"} Side The old or the new value. */

/** The most characters of a string that are shown at once. */
const STRING = 400;
/** A string is not cut for fewer characters than this: the button would be longer. */
const WORTH_CUTTING = 40;
/** How many lines are drawn at first, and each time when one gets to their end. */
const DRAWN = 300;
/** Equal characters that stay visible around a difference within a line. */
const AROUND = 60;
/** How many folded lines are unfolded at once. */
const STEP = 1_000;
/** As in viewer.css. */
const NARROW = matchMedia("screen and (width < 58rem)");
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
    return el("th", { scope: "col", colspan: 2, class: side }, words);
  });
  const columns = sides.flatMap(() => [el("col", { class: "sign" }), el("col")]);
  const rows = drawnOf(folded(rowsOf(oldNode, newNode, changes)), sides);
  const counts = countFields(oldNode, newNode, changes);
  const legend = KINDS_OF_CHANGE.filter((kind) => counts[kind] > 0).map((kind) => {
    const fields = say.values.fields(counts[kind]);
    const words = say.values[kind](isTruncated ? say.list.atLeast(fields) : fields);
    return el("span", { class: `mark ${kind}` }, `${MARKS[kind]} ${words}`);
  });
  return el(
    "div",
    { class: "values" },
    el(
      "div",
      { class: "values-head" },
      el("p", { class: "legend" }, legend.length > 0 ? legend : say.values.nothing),
      sides.length === 2 && layoutSwitch(),
    ),
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

/** The buttons that put the two values side by side, or into one column. */
function layoutSwitch() {
  /** @type {(words: string, isOn: boolean, choice: string) => HTMLElement} */
  const button = (words, isOn, choice) => {
    const state = { class: "button", "aria-pressed": String(isOn), "data-choice": choice };
    return el("button", { type: "button", ...state, onclick: () => choose(choice) }, words);
  };
  const choose = (/** @type {string} */ choice) => {
    keepLiking("values", choice);
    showLayout();
    for (const one of group.querySelectorAll("button"))
      one.setAttribute("aria-pressed", String(one.dataset.choice === choice));
  };
  const group = el(
    "div",
    { class: "layout", role: "group", "aria-label": say.values.layout },
    button(say.values.sideBySide, !isUnified(), "side-by-side"),
    button(say.values.unified, isUnified(), "unified"),
  );
  return group;
}

/** Whether somebody has chosen one column for both values. */
function isUnified() {
  return remembered("values") === "unified";
}

/** Puts the values into one column where somebody chose that, or where there is no room for two. */
function showLayout() {
  const isStacked = isUnified() || NARROW.matches;
  document.documentElement.classList.toggle("stacked", isStacked);
}

/** Keeps to the layout that somebody chose, however the window changes. To be called once. */
export function listenToLayout() {
  NARROW.addEventListener("change", showLayout);
  showLayout();
}

/**
 * The rows of the table. Only so many are drawn at first; those below follow as one gets there.
 *
 * @param {{ rows: Row[], isFolded: boolean }[]} pieces
 * @param {Side[]} sides
 */
function drawnOf(pieces, sides) {
  let left = DRAWN;
  /** @type {HTMLTableRowElement[]} */
  const drawn = [];
  for (let at = 0; at < pieces.length; at += 1) {
    const { rows, isFolded } = pieces[at];
    if (!isFolded && rows.length > left) {
      drawn.push(...rows.slice(0, left).map((row) => diffRow(row, sides)));
      const rest = [{ rows: rows.slice(left), isFolded }, ...pieces.slice(at + 1)];
      return [...drawn, moreOf(rest, sides)];
    }
    drawn.push(...pieceOf(pieces[at], sides));
    left -= isFolded ? 1 : rows.length;
  }
  return drawn;
}

/**
 * A row that stands for all that is below. It draws more when one gets there by scrolling or on a
 * click.
 *
 * @param {{ rows: Row[], isFolded: boolean }[]} pieces
 * @param {Side[]} sides
 */
function moreOf(pieces, sides) {
  const count = pieces.reduce((sum, { rows }) => sum + rows.length, 0);
  const open = () => {
    observer.disconnect();
    const hadFocus = more.contains(document.activeElement);
    const drawn = drawnOf(pieces, sides);
    more.replaceWith(...drawn);
    if (hadFocus) focusLine(drawn[0]);
  };
  const button = el("button", { type: "button", onclick: open }, say.values.showMore(count, count));
  const more = el(
    "tr",
    { class: "fold more-below" },
    el("td", { colspan: sides.length * 2 }, button),
  );
  const observer = new IntersectionObserver(
    (seen) => seen.some((one) => one.isIntersecting) && open(),
    {
      rootMargin: "600px",
    },
  );
  observer.observe(more);
  return more;
}

/** @param {HTMLTableRowElement} row */
function focusLine({ cells }) {
  const last = cells[cells.length - 1];
  last.tabIndex = -1;
  last.focus();
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
    focusLine(unfolded[0]);
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
  const { kind, value, differs, quotes = WHOLE } = part;
  const text = differs ? markedString(value, differs) : foldedString(value);
  return el("bdi", { class: kind, dir: "ltr" }, quotes.opens && '"', text, quotes.closes && '"');
}

/**
 * The characters of a string, with those marked that differ. What is equal is folded where it is
 * long.
 *
 * @param {string} value
 * @param {TextRange[]} differs
 */
function markedString(value, differs) {
  /** @type {(string | HTMLElement)[]} */
  const parts = [];
  let end = 0;
  for (const [from, to] of differs) {
    parts.push(...equalString(value.slice(end, from), AROUND, AROUND));
    if (from < to) parts.push(el("mark", {}, foldedString(value.slice(from, to))));
    end = to;
  }
  return [...parts, ...equalString(value.slice(end), AROUND, AROUND)];
}

/**
 * Characters that are on both sides, folded in their middle.
 *
 * @param {string} text
 * @param {number} before how many stay at its start
 * @param {number} after how many stay at its end
 */
function equalString(text, before, after) {
  const head = cut(text, before);
  const tail = text.slice(cut(text, text.length - after).length);
  const hidden = text.length - head.length - tail.length;
  if (hidden < 2 * WORTH_CUTTING) return escapedParts(valueParts(text));
  const open = () =>
    button.replaceWith(...escapedParts(valueParts(text.slice(head.length, head.length + hidden))));
  const words = say.values.showEqual(hidden);
  /** @type {HTMLButtonElement} */
  const button = el("button", { type: "button", class: "more", onclick: open }, words);
  return [...escapedParts(valueParts(head)), button, ...escapedParts(valueParts(tail))];
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
