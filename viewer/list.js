// Owns the table: a row per entry, or grey placeholder rows while the first entries load.

import { actionLabel, nameOfSeen, typeLabel } from "./catalog.js";
import { byId, el, icon, plain, shown } from "./dom.js";
import { localTime, utcTime } from "./time.js";

/**
 * @import { Actor, EntryRow, Target } from "./answers.d.ts"
 * @import { Child } from "./dom.js"
 */

/**
 * What a click in a row asks for: to open the entry, or to filter by its actor or target.
 *
 * @typedef {{
 *   open: (id: string) => unknown,
 *   actor: (actor: Actor) => unknown,
 *   target: (target: Target) => unknown,
 * }} RowActions
 */

/** @type {Partial<Record<string, string>>} */
const OUTCOMES = { failure: "Failed", denied: "Denied" };
/** @type {Partial<Record<string, string>>} */
const ACTORS = { api_key: "API key", system: "System" };
const COLUMNS = ["time", "user", "action", "type", "target", "ip", "open"];

/**
 * Fills the table with placeholders that have the size of rows.
 *
 * @param {number} count
 */
export function showSkeleton(count) {
  /** @param {string} size */
  const bar = (size) => el("span", { class: `bar bar-${size}` });
  /** @param {string} name */
  const cell = (name) => {
    const hasSecond = name === "user" || name === "target";
    return el("td", { role: "cell", class: name }, bar(name), hasSecond && bar("second"));
  };
  const row = () => el("tr", { role: "row", class: "row" }, COLUMNS.map(cell));
  byId("rows").replaceChildren(...Array.from({ length: count }, row));
}

/**
 * Shows entries.
 *
 * @param {EntryRow[]} entries
 * @param {(id: string) => string} addressOf the address of an entry
 * @param {RowActions} on
 */
export function showRows(entries, addressOf, on) {
  byId("rows").replaceChildren(...entries.map((entry) => rowOf(entry, addressOf(entry.id), on)));
}

/**
 * The link that opens the entry with that id; undefined if the entry is not on this page.
 *
 * @param {string} id
 */
export function linkOf(id) {
  return links().find((link) => link.dataset.id === id);
}

/**
 * The links of all rows, in order.
 *
 * @returns {HTMLAnchorElement[]}
 */
export function links() {
  return [...document.querySelectorAll(/** @type {"a"} */ ("#rows a.open-link"))];
}

/**
 * @param {EntryRow} entry
 * @param {string} address
 * @param {RowActions} on
 */
function rowOf(entry, address, on) {
  /** @type {(name: string, ...children: (Child | Child[])[]) => Element} */
  const cell = (name, ...children) => el("td", { role: "cell", class: name }, ...children);
  const action = actionLabel(entry.action);
  const name = `${action}, ${plain(nameOfSeen(entry.actor))}, ${localTime(entry.occurred_at)}`;
  const link = {
    class: "open-link",
    href: address,
    title: "Open",
    "data-id": entry.id,
    "aria-label": `Open: ${name}`,
    /** @param {MouseEvent} event */
    onclick: (event) => {
      if (event.metaKey || event.ctrlKey || event.shiftKey || event.button > 0) return;
      event.preventDefault();
      on.open(entry.id);
    },
  };
  // For the mouse a click anywhere in the row opens it; keyboard and screen reader use the link.
  const onclick = (/** @type {MouseEvent} */ event) => {
    const isOnControl = /** @type {Element} */ (event.target).closest("a, button") !== null;
    if (!isOnControl && String(getSelection()) === "") on.open(entry.id);
  };
  const noAddress = el("span", { class: "none" }, "–");
  return el(
    "tr",
    { role: "row", class: "row", onclick },
    cell("time", time(entry.occurred_at)),
    cell("user", actorOf(entry.actor, on)),
    cell("action", el("span", { class: "label" }, action), outcomeBadge(entry.outcome)),
    cell("type", typeLabel(entry.target.type)),
    cell("target", targetOf(entry.target, on)),
    cell("ip", entry.ip_address ? shown(entry.ip_address) : noAddress),
    cell("open", el("a", link, icon("eye"))),
  );
}

/**
 * A time in the viewer's zone, with the time in UTC as its title.
 *
 * @param {string} instant
 */
export function time(instant) {
  return el("time", { datetime: instant, title: utcTime(instant) }, localTime(instant));
}

/**
 * A badge for an outcome other than success.
 *
 * @param {string | undefined} outcome
 */
export function outcomeBadge(outcome) {
  const words = outcome && OUTCOMES[outcome];
  return words ? el("span", { class: `badge ${outcome}` }, words) : null;
}

/**
 * @param {Actor} actor
 * @param {RowActions} on
 */
function actorOf(actor, on) {
  const name = nameOfSeen(actor);
  const title = `Show only what ${plain(name)} did`;
  const id = actor.name === undefined ? undefined : actor.id;
  const second = actor.email ?? ACTORS[actor.type] ?? id;
  const pick = { type: "button", class: "pick", title, onclick: () => on.actor(actor) };
  return [
    el("button", pick, shown(name)),
    second && el("span", { class: "second" }, shown(second, { title: plain(second) })),
  ];
}

/**
 * @param {Target} target
 * @param {RowActions} on
 */
function targetOf(target, on) {
  const title = `Show only what was done to ${plain(nameOfSeen(target))}`;
  const pick = { type: "button", class: "pick", title, onclick: () => on.target(target) };
  const hasName = target.name !== undefined;
  return [
    el("button", pick, shown(nameOfSeen(target))),
    el(
      "span",
      { class: "second" },
      el("span", { class: "kind" }, `${typeLabel(target.type)} `),
      hasName && shown(target.id, { class: "code", title: plain(target.id) }),
    ),
  ];
}
