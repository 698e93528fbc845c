// Owns the address: which view it names, and what that view asks the API for. The token is never part of it.

import { isDay, isInstant, startOfDay } from "./time.js";

const FILTERS = ["action", "target_type", "target_id", "actor_id", "from", "to"];

/** What is shown at an address: workspace, filters, page, and the entry that is open. Filters that are not set are empty texts. */
export function viewOf(search) {
  const query = new URLSearchParams(search);
  const text = (name) => query.get(name) ?? "";
  const page = /^[1-9]\d{0,8}$/.test(text("page")) ? Number(text("page")) : 1;
  const filters = Object.fromEntries(FILTERS.map((name) => [name, text(name)]));
  return { workspace: text("workspace"), ...filters, page, entry: text("entry") };
}

/** The query string of a view; what is as always is left out, and all of it if nothing is to be said. */
export function searchOf(view) {
  const query = new URLSearchParams();
  const add = (name, value) => value !== "" && query.append(name, value);
  for (const name of ["workspace", ...FILTERS]) add(name, view[name]);
  add("page", view.page === 1 ? "" : String(view.page));
  add("entry", view.entry);
  return query.size === 0 ? "" : `?${query}`;
}

/** The view without any filter, at its first page. */
export function unfiltered(view) {
  return { ...view, ...Object.fromEntries(FILTERS.map((name) => [name, ""])), page: 1 };
}

/** Whether any filter is set. */
export function isFiltered(view) {
  return FILTERS.some((name) => view[name] !== "");
}

/** The filters as the API takes them. `from` and `to` of an address are days, both of them shown, or moments as the API has them. */
export function filtersOf(view, names = FILTERS) {
  const times = { from: isDay(view.from) ? startOfDay(view.from) : view.from, to: isDay(view.to) ? startOfDay(view.to, 1) : view.to };
  return names.map((name) => [name, times[name] ?? view[name]]).filter(([, value]) => value !== "");
}

/** What of the view no list can have; empty if all is well. */
export function unusable(view) {
  const isTime = (text) => text === "" || isDay(text) || isInstant(text);
  if (!isTime(view.from) || !isTime(view.to)) return "The dates of this address are not dates.";
  const times = Object.fromEntries(filtersOf(view, ["from", "to"]));
  if (times.from && times.to && Date.parse(times.from) > Date.parse(times.to)) return "The first day is after the last day.";
  return view.target_id !== "" && view.target_type === "" ? "A target is looked up by its type and id; the type is missing." : "";
}
