// Owns the table: one row per entry, or as many grey ones while the first entries are on their way.

import { actionLabel, nameOfSeen, typeLabel } from "./catalog.js";
import { byId, el, icon, plain, shown } from "./dom.js";
import { localTime, utcTime } from "./time.js";

const OUTCOMES = { failure: "Failed", denied: "Denied" };
const ACTORS = { api_key: "API key", system: "System" };

/** Fills the table with rows that only take up the room of entries. */
export function showSkeleton(count) {
  const bar = (size) => el("span", { class: `bar bar-${size}` });
  const row = () =>
    el("tr", { role: "row", class: "row" }, ["time", "user", "action", "type", "target", "ip", "open"].map((name) =>
      el("td", { role: "cell", class: name }, bar(name), (name === "user" || name === "target") && bar("second"))));
  byId("rows").replaceChildren(...Array.from({ length: count }, row));
}

/** Shows entries. `addressOf(id)` is the address of an entry; `on` has what a click asks for: open, actor, target. */
export function showRows(entries, addressOf, on) {
  byId("rows").replaceChildren(...entries.map((entry) => rowOf(entry, addressOf(entry.id), on)));
}

/** The link that opens the entry with that id, if it is on this page. */
export function linkOf(id) {
  return links().find((link) => link.dataset.id === id);
}

/** The links of all rows, in order. */
export function links() {
  return [...document.querySelectorAll("#rows a.open-link")];
}

function rowOf(entry, address, on) {
  const cell = (name, ...children) => el("td", { role: "cell", class: name }, ...children);
  const open = (event) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.button > 0) return;
    event.preventDefault();
    on.open(entry.id);
  };
  const name = `${actionLabel(entry.action)}, ${plain(nameOfSeen(entry.actor))}, ${localTime(entry.occurred_at)}`;
  const named = { "data-id": entry.id, "aria-label": `Open: ${name}` };
  // The link is what a keyboard and a screen reader use; a click anywhere in the row is for the mouse.
  const onRow = (event) => !event.target.closest("a, button") && String(getSelection()) === "" && on.open(entry.id);
  return el("tr", { role: "row", class: "row", onclick: onRow },
    cell("time", time(entry.occurred_at)),
    cell("user", actorOf(entry.actor, on)),
    cell("action", el("span", { class: "label" }, actionLabel(entry.action)), outcomeBadge(entry.outcome)),
    cell("type", typeLabel(entry.target.type)),
    cell("target", targetOf(entry.target, on)),
    cell("ip", entry.ip_address ? shown(entry.ip_address) : el("span", { class: "none" }, "–")),
    cell("open", el("a", { class: "open-link", href: address, title: "Open", ...named, onclick: open }, icon("eye"))));
}

/** A time in the viewer's zone; what it is in UTC appears on hovering. */
export function time(instant) {
  return el("time", { datetime: instant, title: utcTime(instant) }, localTime(instant));
}

/** What there is to say when the outcome is not success. */
export function outcomeBadge(outcome) {
  return OUTCOMES[outcome] ? el("span", { class: `badge ${outcome}` }, OUTCOMES[outcome]) : null;
}

function actorOf(actor, on) {
  const name = nameOfSeen(actor);
  const title = `Show only what ${plain(name)} did`;
  const second = actor.email ?? ACTORS[actor.type] ?? (actor.name === undefined ? undefined : actor.id);
  return [
    el("button", { type: "button", class: "pick", title, onclick: () => on.actor(actor) }, shown(name)),
    second && el("span", { class: "second" }, shown(second, { title: plain(second) })),
  ];
}

function targetOf(target, on) {
  const title = `Show only what was done to ${plain(nameOfSeen(target))}`;
  return [
    el("button", { type: "button", class: "pick", title, onclick: () => on.target(target) }, shown(nameOfSeen(target))),
    el("span", { class: "second" },
      el("span", { class: "kind" }, `${typeLabel(target.type)} `),
      target.name !== undefined && shown(target.id, { class: "code", title: plain(target.id) })),
  ];
}
