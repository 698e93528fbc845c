// Owns the table: a row per entry, or grey placeholder rows while the first entries load.

import { actorKind, actorName, actorWords, forWords } from "./actors.js";
import { actionDescription, actionLabel, nameOfSeen, typeLabel } from "./catalog.js";
import { byId, el, icon, plain, shown } from "./dom.js";
import { moreButton, moreOnAddress } from "./only.js";
import { OUTCOMES } from "./outcome.js";
import { summaryOf } from "./summary.js";
import { cut } from "./text.js";
import { say } from "./texts.js";
import { localTime, utcTime } from "./time.js";
import { unusualBadge, unusualWords } from "./unusual.js";

/**
 * @import { Actor, EntryRow, Target } from "./answers.d.ts"
 * @import { Child } from "./dom.js"
 * @import { OnlyActions } from "./only.js"
 */

/**
 * What a click in a row asks for: to open the entry, to tell of its actor or address, or to filter
 * by its target.
 *
 * @typedef {{ open: (id: string) => unknown } & Pick<OnlyActions, "more" | "target">} RowActions
 */

/** The most characters of a text that is no address and stands in the place of one. */
const ADDRESS_TEXT = 60;
/** A row is one stop of the Tab key, its link. `keys.js` has keys for its other buttons. */
const PICK = { type: "button", class: "pick", tabindex: -1 };
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
  const link = {
    class: "open-link",
    href: address,
    title: say.page.open,
    "data-id": entry.id,
    "aria-label": linkName(entry),
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
  const label = el("span", { class: "label", title: actionDescription(entry.action) }, action);
  return el(
    "tr",
    { role: "row", class: "row", onclick },
    cell("time", time(entry.occurred_at), unusualBadge(entry)),
    cell("user", actorOf(entry, on)),
    cell("action", label, outcomeBadge(entry.outcome, entry.reason), summaryOf(entry)),
    cell("type", typeLabel(entry.target.type)),
    cell("target", targetOf(entry, on)),
    cell("ip", addressOfRow(entry, on)),
    cell("open", el("a", link, icon("eye"))),
  );
}

/** @param {EntryRow} entry */
function linkName(entry) {
  const [who, when] = [plain(actorWords(entry.actor)), localTime(entry.occurred_at)];
  const parts = [actionLabel(entry.action), who, when, unusualWords(entry)];
  return say.list.openEntry(parts.filter((part) => part !== "").join(", "));
}

/**
 * Shows in its row why an entry is unusual, which was not known before. Nothing else moves.
 *
 * @param {EntryRow} entry
 */
export function showJudged(entry) {
  const link = linkOf(entry.id);
  const badge = unusualBadge(entry);
  if (link === undefined || badge === null) return;
  link.setAttribute("aria-label", linkName(entry));
  link.closest("tr")?.querySelector("td.time")?.append(badge);
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
 * A badge for an outcome other than success, with the reason as its title.
 *
 * @param {string | undefined} outcome
 * @param {string} [reason]
 */
export function outcomeBadge(outcome, reason) {
  const words = outcome && outcome !== "success" && OUTCOMES[outcome];
  const title = reason && plain(reason);
  return words ? el("span", { class: `badge ${outcome}`, title }, words) : null;
}

/**
 * @param {EntryRow} entry
 * @param {RowActions} on
 */
function actorOf({ actor, on_behalf_of: other }, on) {
  const button = moreButton({ actor }, shown(actorName(actor)), on.more, PICK);
  return [button, secondOfActor(actor, other)];
}

/**
 * What else a row says of an actor: for whom it acted, which kind it is unless a user with an email
 * address, and that address or its id.
 *
 * @param {Actor} actor
 * @param {Actor | undefined} other
 */
function secondOfActor(actor, other) {
  const [name, kind] = [actorName(actor), actorKind(actor.type)];
  const known = actor.email ?? (name === actor.id || name === kind ? undefined : actor.id);
  const words = [
    ...(other ? [`${forWords(actor, other)} ${actorWords(other)}`] : []),
    ...(name === kind || (actor.type === "user" && actor.email !== undefined) ? [] : [kind]),
    ...(known === undefined ? [] : [known]),
  ];
  if (words.length === 0) return null;
  const title = words.map((one) => plain(one)).join(", ");
  const parts = words.flatMap((one, at) => [at > 0 && " · ", shown(one)]);
  return el("span", { class: "second", title }, parts);
}

/**
 * @param {EntryRow} entry
 * @param {RowActions} on
 */
function targetOf({ target, targets = [] }, on) {
  const title = say.list.onlyDoneTo(plain(nameOfSeen(target)));
  const pick = { ...PICK, title, onclick: () => on.target(target) };
  const button = el("button", pick, shown(nameOfSeen(target)));
  const hasName = target.name !== undefined;
  return [
    targets.length > 0 ? el("span", { class: "first" }, button, furtherBadge(targets)) : button,
    el(
      "span",
      { class: "second" },
      el("span", { class: "kind" }, `${typeLabel(target.type)} `),
      hasName && shown(target.id, { class: "code", title: plain(target.id) }),
    ),
  ];
}

/**
 * How many further targets there are, for example `+2`, with their names as the title.
 *
 * @param {Target[]} targets
 */
function furtherBadge(targets) {
  const names = targets.map((one) => `${typeLabel(one.type)} ${plain(nameOfSeen(one))}`).join(", ");
  return el(
    "span",
    { class: "further", title: say.list.also(names) },
    `+${targets.length}`,
    el("span", { class: "hidden" }, say.list.further(names)),
  );
}

/**
 * The address, or what was sent in its place.
 *
 * @param {EntryRow} entry
 * @param {RowActions} on
 */
function addressOfRow({ ip_address: address, ip_address_text: sent }, on) {
  if (address !== undefined) return moreOnAddress(address, on.more, PICK);
  if (sent === undefined) return el("span", { class: "none" }, "–");
  const title = say.list.addressAsSent(plain(sent));
  return el("span", { class: "as-sent", title }, shown(cut(sent, ADDRESS_TEXT)));
}
