// Owns the filters above the table: what they offer, what they show, and the view that they make.

import { isFiltered } from "./address.js";
import { allNames, inOrder, nameOfSeen, seenActors, seenTargets, typeLabel } from "./catalog.js";
import { byId, el, plain } from "./dom.js";
import { grouped } from "./text.js";
import { isDay, isInstant, localTime, utcTime } from "./time.js";

/** Waits this long after the change of a date, which may be typed digit by digit. */
const TYPING_MS = 700;

/** Calls `onChange` with what of the view a person has changed. */
export function listenToFilters(currentView, onChange) {
  const form = byId("filters");
  let typing;
  const change = (changes) => onChange({ ...changes, page: 1 });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    document.activeElement?.dispatchEvent(new Event("change", { bubbles: true }));
  });
  byId("action").addEventListener("change", (event) => change({ action: event.target.value }));
  byId("target_type").addEventListener("change", (event) => change({ target_type: event.target.value, target_id: "" }));
  byId("actor").addEventListener("change", (event) => change({ actor_id: actorNamed(event.target.value) }));
  byId("target").addEventListener("change", (event) => {
    const found = targetNamed(event.target.value, currentView().target_type);
    event.target.setCustomValidity(found ? "" : "Choose a target type first: ids are only unique within a type.");
    if (event.target.reportValidity()) change(found);
  });
  byId("target").addEventListener("input", (event) => event.target.setCustomValidity(""));
  for (const name of ["from", "to"]) {
    byId(name).addEventListener("change", (event) => {
      clearTimeout(typing);
      const day = event.target.value;
      // While a year is typed, it is one of the first centuries.
      if (day === "" || (isDay(day) && day >= "1900")) typing = setTimeout(() => change({ [name]: day }), TYPING_MS);
    });
  }
}

/** Shows a view in the filters. `facets` are the service's counts, or null while they are not known. */
export function showFilters(view, facets) {
  // Counts are of all users and targets: next to a filter by one of those they would be wrong.
  const isCounted = facets !== null && view.actor_id === "" && view.target_id === "";
  fillMenu("action", "All Actions", "actions", view.action, isCounted ? facets.actions : null);
  fillMenu("target_type", "All Types", "target_types", view.target_type, isCounted ? facets.target_types : null);
  const actor = seenActors().find(({ id }) => id === view.actor_id);
  const target = seenTargets().find(({ type, id }) => type === view.target_type && id === view.target_id);
  set("actor", actor ? plain(nameOfSeen(actor)) : view.actor_id);
  set("target", target ? plain(nameOfSeen(target)) : view.target_id);
  set("from", isDay(view.from) ? view.from : "");
  set("to", isDay(view.to) ? view.to : "");
  byId("target").setCustomValidity("");
  byId("bounds").replaceChildren(...boundNotes(view));
  offer("actors", seenActors().map((one) => [plain(nameOfSeen(one)), plain(one.email ?? one.id)]));
  offer("targets", seenTargets().map((one) => [plain(nameOfSeen(one)), `${typeLabel(one.type)} ${plain(one.id)}`]));
  byId("clear").hidden = !isFiltered(view);
}

/** A bound that is a moment and no day is no value of the fields for days: it is said in words. */
function boundNotes(view) {
  const words = { from: "from", to: "before" };
  const time = (instant) => el("time", { datetime: instant, title: utcTime(instant) }, localTime(instant));
  const moment = (name) => el("span", { class: "chip" }, `Only ${words[name]} `, time(view[name]));
  return Object.keys(words).filter((name) => isInstant(view[name])).map(moment);
}

/** A person who types in a field is not interrupted. */
function set(id, value) {
  if (byId(id) !== document.activeElement || byId(id).value === "") byId(id).value = value;
}

function offer(id, pairs) {
  byId(id).replaceChildren(...pairs.map(([value, label]) => el("option", { value, label })));
}

function fillMenu(id, all, list, chosen, counts) {
  const names = counts === null ? allNames(list) : counts.map(({ name }) => name);
  const options = new Map([["", [new Option(all, "")]]]);
  const byName = new Map((counts ?? []).map(({ name, count }) => [name, count]));
  for (const { name, label, group } of inOrder(list, chosen === "" || names.includes(chosen) ? names : [...names, chosen])) {
    const count = counts === null ? "" : ` (${grouped(byName.get(name) ?? 0)})`;
    options.set(group ?? "", [...(options.get(group ?? "") ?? []), new Option(label + count, name)]);
  }
  byId(id).replaceChildren(...[...options].flatMap(([group, some]) => (group === "" ? some : [el("optgroup", { label: group }, some)])));
  byId(id).value = chosen;
  byId(id).classList.toggle("set", chosen !== "");
}

/** The id of the one whose name, email address or id was typed; else what was typed is an id. */
function actorNamed(typed) {
  const text = typed.trim();
  const found = seenActors().filter((one) => [plain(nameOfSeen(one)), one.email, one.id].some((word) => word?.toLowerCase() === text.toLowerCase()));
  return found.length === 1 ? found[0].id : text;
}

/** The target whose name or id was typed, or what was typed as an id of the chosen type; null if no type is known. */
function targetNamed(typed, type) {
  const text = typed.trim();
  if (text === "") return { target_id: "" };
  const matches = (one) => [plain(nameOfSeen(one)), one.id].some((word) => word.toLowerCase() === text.toLowerCase());
  const found = seenTargets().filter((one) => matches(one) && (type === "" || one.type === type));
  if (found.length === 1) return { target_type: found[0].type, target_id: found[0].id };
  return type === "" ? null : { target_id: text };
}
