// Owns old and new value on the screen: side by side where there is room, one above the other where there is not.

import { folded, lineText, rowsOf } from "./diff.js";
import { el, escapedParts } from "./dom.js";
import { cut, grouped, valueParts } from "./text.js";

/** The most characters of a string that are shown at once. */
const STRING = 400;
/** How many folded lines are unfolded at once. */
const STEP = 1_000;
const MARKS = { added: "+", removed: "−", changed: "~", same: "", differs: "" };
const SAID = { added: "added: ", removed: "removed: ", changed: "changed: " };

/** The section of the values of an entry: nodes of its text, undefined where it has none. */
export function valuesOf(oldNode, newNode, changes, isTruncated) {
  if (!oldNode && !newNode) return el("p", { class: "quiet" }, "No values were recorded with this entry.");
  const sides = ["left", "right"].filter((side) => (side === "left" ? oldNode : newNode));
  const head = sides.map((side) => el("th", { scope: "col", colspan: 2 }, side === "left" ? "Old value" : "New value"));
  const columns = sides.flatMap(() => [el("col", { class: "sign" }), el("col")]);
  const body = el("tbody", {}, folded(rowsOf(oldNode, newNode, changes)).flatMap((piece) => pieceOf(piece, sides)));
  const counts = ["added", "removed", "changed"].map((kind) => [kind, changes.filter(({ change }) => change === kind).length]);
  const badge = ([kind, count]) => el("span", { class: `mark ${kind}` }, `${MARKS[kind]} ${grouped(count)} ${kind}`);
  const legend = counts.filter(([, count]) => count > 0).map(badge);
  return el("div", { class: "values" },
    el("p", { class: "legend" }, legend.length > 0 ? legend : "Nothing changed between the two."),
    isTruncated && el("p", { class: "quiet" }, "There are more changes than the service lists: only the first are marked. The values are whole."),
    el("div", { class: `diff sides-${sides.length}` }, el("table", {}, el("colgroup", {}, columns), el("thead", {}, el("tr", {}, head)), body)));
}

function pieceOf({ rows, isFolded }, sides) {
  return isFolded ? [foldOf(rows, sides)] : rows.map((row) => diffRow(row, sides));
}

/** A row that stands for many; it gives way to the next of them when it is opened. */
function foldOf(rows, sides) {
  const what = rows[0].mark === "same" ? "unchanged lines" : "more lines";
  const open = (event) => {
    const [first, rest] = [rows.slice(0, STEP), rows.slice(STEP)];
    const shown = first.map((row) => diffRow(row, sides));
    event.target.closest("tr").replaceWith(...shown, ...(rest.length > 0 ? [foldOf(rest, sides)] : []));
    shown[0].querySelector("td:last-child").tabIndex = -1;
    shown[0].querySelector("td:last-child").focus();
  };
  const ofAll = rows.length > STEP ? `of ${grouped(rows.length)} ` : "";
  const button = el("button", { type: "button", onclick: open }, `Show ${grouped(Math.min(rows.length, STEP))} ${ofAll}${what}`);
  return el("tr", { class: "fold" }, el("td", { colspan: sides.length * 2 }, button));
}

function diffRow(row, sides) {
  return el("tr", { class: row.mark }, sides.flatMap((side) => cellsOf(row, side)));
}

function cellsOf(row, side) {
  const line = row[side];
  if (line === null) return [el("td", { class: `sign ${side} gap` }), el("td", { class: `line ${side} gap` })];
  const said = SAID[row.mark] && el("span", { class: "hidden" }, SAID[row.mark]);
  const code = el("code", {}, line.parts.map(partOf));
  code.style.setProperty("--depth", line.depth);
  return [el("td", { class: `sign ${side}`, "aria-hidden": "true" }, MARKS[row.mark]), el("td", { class: `line ${side}` }, said, code)];
}

function partOf(part) {
  if (part.kind !== "string" && part.kind !== "key") return el("span", { class: part.kind }, part.text);
  return el("bdi", { class: part.kind, dir: "ltr" }, '"', foldedString(part.value), '"');
}

/** The characters of a string; a long one ends with a button for the rest. */
function foldedString(value) {
  const head = cut(value, STRING);
  // A button that would save a few characters is longer than they are.
  if (value.length - head.length < 40) return escapedParts(valueParts(value));
  const open = (event) => event.target.replaceWith(...escapedParts(valueParts(value.slice(head.length))));
  const button = el("button", { type: "button", class: "more", onclick: open }, `… show all ${grouped(value.length)} characters`);
  return [...escapedParts(valueParts(head)), button];
}

/** A value as text for the clipboard. */
export function valueText(lines) {
  return lines.map(lineText).join("\n");
}
