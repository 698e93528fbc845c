// Owns the page's address: which view it stands for, and what that view asks of the API. The token
// is never part of it.

import { onlyName } from "./chosen.js";
import { isRange } from "./ranges.js";
import { say } from "./texts.js";
import { isDay, isInstant, startOfDay } from "./time.js";

/** @import { ExportFilters } from "./answers.d.ts" */

/**
 * The filters as the address has them; one that is not set is an empty text. `from` and `to` are
 * days of the viewer's zone, both included, or times as the API takes them, `to` excluded. `action`,
 * `target_type` and `outcome` may name several: see `chosen.js`.
 * `actor_type` is empty for a user, as in the API. `ip_address` is an address or a range of them.
 * `unusual` is `true` for unusual entries only.
 *
 * @typedef {{
 *   action: string,
 *   target_type: string,
 *   target_id: string,
 *   outcome: string,
 *   actor_type: string,
 *   actor_id: string,
 *   ip_address: string,
 *   unusual: string,
 *   from: string,
 *   to: string,
 * }} Filters
 */

/**
 * What the page shows: the list of a workspace, and the id of the open entry, empty if none is.
 * `lang` is the language that the page around this one asked for; empty if it asked for none.
 *
 * @typedef {Filters & { workspace: string, lang: string, page: number, entry: string }} View
 */

/** @type {(keyof Filters)[]} */
const FILTERS = [
  "action",
  "target_type",
  "target_id",
  "outcome",
  "actor_type",
  "actor_id",
  "ip_address",
  "unusual",
  "from",
  "to",
];
/** @type {Filters} */
const NO_FILTERS = {
  action: "",
  target_type: "",
  target_id: "",
  outcome: "",
  actor_type: "",
  actor_id: "",
  ip_address: "",
  unusual: "",
  from: "",
  to: "",
};
/** The type of actor that the API takes where none is given. */
const USUAL_ACTOR = "user";

/**
 * The view that a query string stands for.
 *
 * @param {string} search
 * @returns {View}
 */
export function viewOf(search) {
  const query = new URLSearchParams(search);
  /** @param {string} name */
  const text = (name) => query.get(name) ?? "";
  const page = /^[1-9]\d{0,8}$/.test(text("page")) ? Number(text("page")) : 1;
  const filters = { ...NO_FILTERS };
  for (const name of FILTERS) filters[name] = text(name);
  if (filters.actor_type === USUAL_ACTOR) filters.actor_type = "";
  return {
    workspace: text("workspace"),
    lang: text("lang"),
    ...filters,
    page,
    entry: text("entry"),
  };
}

/**
 * The query string of a view, without parts that have their default value; empty if all have.
 *
 * @param {View} view
 */
export function searchOf(view) {
  const query = new URLSearchParams();
  /** @type {(name: string, value: string) => void} */
  const add = (name, value) => {
    if (value !== "") query.append(name, value);
  };
  add("workspace", view.workspace);
  add("lang", view.lang);
  for (const name of FILTERS) add(name, view[name]);
  add("page", view.page === 1 ? "" : String(view.page));
  add("entry", view.entry);
  return query.size === 0 ? "" : `?${query}`;
}

/**
 * The first page of the view without filters.
 *
 * @param {View} view
 */
export function unfiltered(view) {
  return { ...view, ...NO_FILTERS, page: 1 };
}

/**
 * Whether any filter is set.
 *
 * @param {View} view
 */
export function isFiltered(view) {
  return FILTERS.some((name) => view[name] !== "");
}

/**
 * The filter by an actor, which is its type and its id.
 *
 * @param {{ type: string, id: string }} actor
 * @returns {Pick<Filters, "actor_type" | "actor_id">}
 */
export function byActor({ type, id }) {
  return { actor_type: type === USUAL_ACTOR ? "" : type, actor_id: id };
}

/**
 * The actor that the view filters by; undefined if it filters by none.
 *
 * @param {{ actor_type?: string, actor_id?: string }} filters
 */
export function actorOfFilter({ actor_type: type, actor_id: id }) {
  return id ? { type: type || USUAL_ACTOR, id } : undefined;
}

/**
 * The filters that are set, as parameters of the API: days become times.
 *
 * @param {View} view
 * @returns {[name: string, value: string][]}
 */
export function filtersOf(view, names = FILTERS) {
  const filters = {
    ...view,
    from: isDay(view.from) ? startOfDay(view.from) : view.from,
    to: isDay(view.to) ? startOfDay(view.to, 1) : view.to,
  };
  return names
    .map((name) => /** @type {[string, string]} */ ([name, filters[name]]))
    .filter(([, value]) => value !== "");
}

/**
 * The filters that are set, as the body of an export has them.
 *
 * @param {View} view
 * @returns {ExportFilters}
 */
export function exportFiltersOf(view) {
  const filters = Object.fromEntries(filtersOf(view));
  return filters.unusual === "true" ? { ...filters, unusual: true } : filters;
}

/**
 * Why the API would refuse the filters of the view; empty if it would not.
 *
 * @param {View} view
 */
export function unusable(view) {
  /** @param {string} text */
  const isTime = (text) => text === "" || isDay(text) || isInstant(text);
  if (!isTime(view.from) || !isTime(view.to)) return say.filters.badDates;
  const times = Object.fromEntries(filtersOf(view, ["from", "to"]));
  if (times.from && times.to && Date.parse(times.from) > Date.parse(times.to))
    return say.filters.badOrder;
  if (view.actor_type !== "" && view.actor_id === "") return say.filters.noActorId;
  if (view.ip_address !== "" && !isRange(view.ip_address)) return say.lookups.badAddress;
  const hasType = onlyName(view.target_type) !== undefined;
  return view.target_id !== "" && !hasType ? say.filters.noTargetType : "";
}
