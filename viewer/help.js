// Owns the help on keys: what each key does, and whether the keys of a single character do anything.
// Whoever speaks to the machine, or types by chance, can turn those off (WCAG 2.2, 2.1.4).

import { letClose } from "./dialog.js";
import { byId, el } from "./dom.js";
import { keepLiking, remembered } from "./remembered.js";
import { say } from "./texts.js";

/** The keys in the list, in the chart, in an entry, and everywhere. */
const KEYS = /** @type {const} */ ([
  [
    say.keys.inList,
    [
      [["↑", "↓"], say.keys.rows],
      [[say.keys.homeKey, say.keys.endKey], say.keys.ends],
      [["←", "→"], say.keys.pages],
      [[say.keys.enterKey], say.keys.open],
      [["U"], say.keys.user],
      [["A"], say.keys.address],
      [["T"], say.keys.target],
    ],
  ],
  [
    say.keys.inChart,
    [
      [["←", "→"], say.keys.bars],
      [[say.keys.shiftKey, "←", "→"], say.keys.moreBars],
      [[say.keys.enterKey], say.keys.zoom],
    ],
  ],
  [
    say.keys.inEntry,
    [
      [["↑", "↓"], say.keys.scroll],
      [["←", "→"], say.keys.neighbours],
      [[say.keys.escKey], say.keys.close],
    ],
  ],
  [say.keys.everywhere, [[["?"], say.keys.help]]],
]);

/** Whether the keys of a single character do anything. */
export function hasSingleKeys() {
  return remembered("keys") !== "off";
}

/** Listens to the button, and fills the help. To be called once. */
export function listenToHelp() {
  const dialog = byId("help");
  byId("keys").addEventListener("click", openHelp);
  letClose(dialog, byId("help-close"));
  byId("single-keys").checked = hasSingleKeys();
  byId("single-keys").addEventListener("change", () =>
    keepLiking("keys", byId("single-keys").checked ? "on" : "off"),
  );
  const tables = KEYS.flatMap(([title, rows]) => [
    el("h3", {}, title),
    el("table", { class: "keys" }, el("tbody", {}, rows.map(rowOfKeys))),
  ]);
  byId("help-keys").replaceChildren(...tables);
}

/** Opens the help, over whatever is open. */
export function openHelp() {
  if (!byId("help").open) byId("help").showModal();
}

/** @param {readonly [keys: readonly string[], does: string]} of */
function rowOfKeys([keys, does]) {
  const caps = keys.flatMap((key) => [el("kbd", {}, key), " "]);
  return el("tr", {}, el("th", { scope: "row" }, caps), el("td", {}, does));
}
