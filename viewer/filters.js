// Owns the filters above the table: what they offer, what they show, and the changes of the view
// that they ask for.

import { isFiltered } from "./address.js";
import { allNames, inOrder, nameOfSeen, seenActors, seenTargets, typeLabel } from "./catalog.js";
import { byId, el, plain } from "./dom.js";
import { grouped } from "./text.js";
import { isDay, isInstant, localTime, utcTime } from "./time.js";

/**
 * @import { Facet, Facets, Target } from "./answers.d.ts"
 * @import { Filters, View } from "./address.js"
 * @import { ListName } from "./catalog.js"
 */

/** How long to wait after a date has changed, because it may be typed digit by digit. */
const TYPING_MS = 700;
const BOUNDS = /** @type {const} */ (["from", "to"]);

/**
 * Calls `onChange` with the parts of the view that a person has changed.
 *
 * @param {() => View} currentView
 * @param {(changes: Partial<View>) => unknown} onChange
 */
export function listenToFilters(currentView, onChange) {
  const [action, type, target] = [byId("action"), byId("target_type"), byId("target")];
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let typing;
  /** @param {Partial<Filters>} changes */
  const change = (changes) => onChange({ ...changes, page: 1 });
  byId("filters").addEventListener("submit", (event) => {
    event.preventDefault();
    document.activeElement?.dispatchEvent(new Event("change", { bubbles: true }));
  });
  action.addEventListener("change", () => change({ action: action.value }));
  type.addEventListener("change", () => change({ target_type: type.value, target_id: "" }));
  byId("actor").addEventListener("change", () =>
    change({ actor_id: actorNamed(byId("actor").value) }),
  );
  target.addEventListener("change", () => {
    const found = targetNamed(target.value, currentView().target_type);
    const problem = found ? "" : "Choose a target type first: ids are only unique within a type.";
    target.setCustomValidity(problem);
    if (target.reportValidity() && found) change(found);
  });
  target.addEventListener("input", () => target.setCustomValidity(""));
  for (const name of BOUNDS) {
    byId(name).addEventListener("change", () => {
      clearTimeout(typing);
      const day = byId(name).value;
      // A year that is not fully typed yet is a year of the first centuries.
      if (day === "" || (isDay(day) && day >= "1900"))
        typing = setTimeout(() => change({ [name]: day }), TYPING_MS);
    });
  }
}

/**
 * Shows a view in the filters.
 *
 * @param {View} view
 * @param {Facets | null} facets null while the counts are not known
 */
export function showFilters(view, facets) {
  // The counts are over all actors and targets, so they would be wrong next to a filter by one.
  const isOfAll = view.actor_id === "" && view.target_id === "";
  const [actions, types] = isOfAll && facets ? [facets.actions, facets.target_types] : [null, null];
  fillMenu("action", "All Actions", "actions", view.action, actions);
  fillMenu("target_type", "All Types", "target_types", view.target_type, types);
  const actor = seenActors().find(({ id }) => id === view.actor_id);
  const target = seenTargets().find((one) => isTarget(one, view));
  set("actor", actor ? plain(nameOfSeen(actor)) : view.actor_id);
  set("target", target ? plain(nameOfSeen(target)) : view.target_id);
  for (const name of BOUNDS) set(name, isDay(view[name]) ? view[name] : "");
  byId("target").setCustomValidity("");
  byId("bounds").replaceChildren(...boundNotes(view));
  offer(
    "actors",
    seenActors().map((one) => [plain(nameOfSeen(one)), plain(one.email ?? one.id)]),
  );
  offer(
    "targets",
    seenTargets().map((one) => [plain(nameOfSeen(one)), `${typeLabel(one.type)} ${plain(one.id)}`]),
  );
  byId("clear").hidden = !isFiltered(view);
}

/**
 * @param {Target} target
 * @param {View} view
 */
function isTarget({ type, id }, view) {
  return type === view.target_type && id === view.target_id;
}

/**
 * The bounds that are a time and not a day, in words, because the date fields cannot show them.
 *
 * @param {View} view
 */
function boundNotes(view) {
  const words = { from: "from", to: "before" };
  return BOUNDS.filter((name) => isInstant(view[name])).map((name) => {
    const [instant, title] = [view[name], utcTime(view[name])];
    const time = el("time", { datetime: instant, title }, localTime(instant));
    return el("span", { class: "chip" }, `Only ${words[name]} `, time);
  });
}

/**
 * Sets a field, but not while a person is typing in it.
 *
 * @param {"actor" | "target" | "from" | "to"} id
 * @param {string} value
 */
function set(id, value) {
  if (byId(id) !== document.activeElement || byId(id).value === "") byId(id).value = value;
}

/**
 * @param {"actors" | "targets"} id
 * @param {[value: string, label: string][]} pairs
 */
function offer(id, pairs) {
  byId(id).replaceChildren(...pairs.map(([value, label]) => el("option", { value, label })));
}

/**
 * Fills a menu with the names that the counts have, or with all names where there are no counts.
 *
 * @param {"action" | "target_type"} id
 * @param {string} all
 * @param {ListName} list
 * @param {string} chosen
 * @param {Facet[] | null} counts
 */
function fillMenu(id, all, list, chosen, counts) {
  const offered = counts === null ? allNames(list) : counts.map(({ name }) => name);
  const names = chosen === "" || offered.includes(chosen) ? offered : [...offered, chosen];
  const byName = new Map((counts ?? []).map(({ name, count }) => [name, count]));
  const groups = new Map([["", [new Option(all, "")]]]);
  for (const { name, label, group = "" } of inOrder(list, names)) {
    const count = counts === null ? "" : ` (${grouped(byName.get(name) ?? 0)})`;
    groups.set(group, [...(groups.get(group) ?? []), new Option(label + count, name)]);
  }
  const options = [...groups].flatMap(([label, some]) =>
    label === "" ? some : [el("optgroup", { label }, some)],
  );
  byId(id).replaceChildren(...options);
  byId(id).value = chosen;
  byId(id).classList.toggle("set", chosen !== "");
}

/**
 * The id of the actor whose name, email address or id was typed; otherwise the text itself, as an
 * id.
 *
 * @param {string} typed
 */
function actorNamed(typed) {
  const text = typed.trim();
  const found = seenActors().filter((one) =>
    [plain(nameOfSeen(one)), one.email, one.id].some(
      (word) => word?.toLowerCase() === text.toLowerCase(),
    ),
  );
  return found.length === 1 ? found[0].id : text;
}

/**
 * The target whose name or id was typed; otherwise the text itself, as an id of the chosen type;
 * null if no type is chosen.
 *
 * @param {string} typed
 * @param {string} type
 * @returns {Partial<Filters> | null}
 */
function targetNamed(typed, type) {
  const text = typed.trim();
  if (text === "") return { target_id: "" };
  /** @param {Target} one */
  const matches = (one) =>
    [plain(nameOfSeen(one)), one.id].some((word) => word.toLowerCase() === text.toLowerCase());
  const found = seenTargets().filter((one) => matches(one) && (type === "" || one.type === type));
  if (found.length === 1) return { target_type: found[0].type, target_id: found[0].id };
  return type === "" ? null : { target_id: text };
}
