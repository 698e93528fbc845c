// Owns the filters above the table: what they offer, what they show, and the changes of the view
// that they ask for.

import { isFiltered } from "./address.js";
import { listenToAddresses, showAddress } from "./addresses.js";
import { currentNames, inOrder, nameOfSeen, seenTargets, typeLabel } from "./catalog.js";
import { forgetChecking, listenToMenu, showMenu } from "./choices.js";
import { choiceOf, choiceWords, isChosen, onlyName } from "./chosen.js";
import { byId, el, plain } from "./dom.js";
import { forgetLookups } from "./lookup.js";
import { OUTCOMES } from "./outcome.js";
import { listenToPeople, showActor } from "./people.js";
import { periodOf, periodOptions, rangeOf } from "./period.js";
import { grouped } from "./text.js";
import { say } from "./texts.js";
import { isDay, isInstant, localTime, utcTime } from "./time.js";
import { reasonLabel } from "./unusual.js";

/**
 * @import { Facet, Facets, Target } from "./answers.d.ts"
 * @import { Filters, View } from "./address.js"
 * @import { Refusal } from "./api.js"
 * @import { ListName } from "./catalog.js"
 * @import { MenuId } from "./choices.js"
 */

/** How long to wait after a date has changed, because it may be typed digit by digit. */
const TYPING_MS = 700;
const BOUNDS = /** @type {const} */ (["from", "to"]);
const FIELDS = /** @type {const} */ (["target", ...BOUNDS]);
/** The fields in which somebody is typing: what is there is no filter yet. */
const beingTyped = new Set();
/**
 * Runs when a date has been typed.
 *
 * @type {ReturnType<typeof setTimeout> | undefined}
 */
let typing;

/**
 * Calls `onChange` with the parts of the view that a person has changed.
 *
 * @param {() => View} currentView
 * @param {(changes: Partial<View>) => unknown} onChange
 * @param {(refusal: Refusal) => unknown} onRefused called when the token is no longer valid
 */
export function listenToFilters(currentView, onChange, onRefused) {
  const [target, outcome, unusual] = [byId("target"), byId("outcome"), byId("unusual")];
  const period = byId("period");
  period.replaceChildren(...periodOptions());
  /** @param {Partial<Filters>} changes */
  const change = (changes) => onChange({ ...changes, page: 1 });
  byId("filters").addEventListener("submit", (event) => {
    event.preventDefault();
    document.activeElement?.dispatchEvent(new Event("change", { bubbles: true }));
  });
  for (const name of FIELDS) {
    byId(name).addEventListener("input", () => beingTyped.add(name));
    byId(name).addEventListener("blur", () => beingTyped.delete(name));
  }
  target.addEventListener("change", () => beingTyped.delete("target"), { capture: true });
  listenToMenu("action", say.filters.allActions, (action) => change({ action }));
  listenToMenu("target_type", say.filters.allTypes, (target_type) =>
    change({ target_type, target_id: "" }),
  );
  outcome.addEventListener("change", () => change({ outcome: outcome.value }));
  unusual.addEventListener("change", () => change({ unusual: unusual.checked ? "true" : "" }));
  listenToPeople(currentView, change, onRefused);
  listenToAddresses(currentView, change, onRefused);
  target.addEventListener("change", () => {
    const found = targetNamed(target.value, currentView().target_type);
    const problem = found ? "" : say.filters.typeFirst;
    target.setCustomValidity(problem);
    if (target.reportValidity() && found) change(found);
  });
  target.addEventListener("input", () => target.setCustomValidity(""));
  period.addEventListener("change", () => {
    clearTimeout(typing);
    const range = rangeOf(period.value);
    if (range) change(range);
  });
  for (const name of BOUNDS) {
    byId(name).addEventListener("change", () => {
      clearTimeout(typing);
      const day = byId(name).value;
      // A year that is not fully typed yet is a year of the first centuries.
      if (day === "" || (isDay(day) && day >= "1900"))
        typing = setTimeout(() => {
          beingTyped.delete(name);
          change({ [name]: day });
        }, TYPING_MS);
    });
  }
}

/** Drops what was typed and is no filter yet, because the browser went to another view. */
export function forgetTyping() {
  clearTimeout(typing);
  beingTyped.clear();
  forgetChecking();
  forgetLookups();
}

/**
 * Shows a view in the filters.
 *
 * @param {View} view
 * @param {Facets | null} facets null while the counts are not known
 */
export function showFilters(view, facets) {
  // The counts are over all actors, targets and addresses, so they would be wrong next to a filter
  // by one.
  const isOfAll = [view.actor_id, view.target_id, view.ip_address].every((one) => one === "");
  offer("action", "actions", view.action, facets?.actions, isOfAll);
  offer("target_type", "target_types", view.target_type, facets?.target_types, isOfAll);
  fillOutcomes(view.outcome, isOfAll ? facets?.outcomes : undefined);
  showUnusual(view, isOfAll ? facets : null);
  const isJudged = facets === null || facets.unusual_is_complete;
  byId("unjudged").hidden = isJudged;
  if (isJudged) byId("unusual").removeAttribute("aria-describedby");
  else byId("unusual").setAttribute("aria-describedby", "unjudged");
  const target = seenTargets().find((one) => isTarget(one, view));
  showActor(view);
  showAddress(view);
  set("target", target ? plain(nameOfSeen(target)) : view.target_id);
  for (const name of BOUNDS) set(name, isDay(view[name]) ? view[name] : "");
  byId("period").value = periodOf(view);
  byId("period").classList.toggle("set", view.from !== "" || view.to !== "");
  byId("target").setCustomValidity("");
  byId("bounds").replaceChildren(...boundNotes(view));
  const offered = seenTargets().map((one) => {
    const label = `${typeLabel(one.type)} ${plain(one.id)}`;
    return el("option", { value: plain(nameOfSeen(one)), label });
  });
  byId("targets").replaceChildren(...offered);
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
  const words = { from: say.filters.onlyFrom, to: say.filters.onlyBefore };
  return BOUNDS.filter((name) => isInstant(view[name])).map((name) => {
    const [instant, title] = [view[name], utcTime(view[name])];
    const time = el("time", { datetime: instant, title }, localTime(instant));
    return el("span", { class: "chip" }, words[name](time));
  });
}

/**
 * Sets a field, but not while somebody is typing in it.
 *
 * @param {(typeof FIELDS)[number]} id
 * @param {string} value
 */
function set(id, value) {
  if (!beingTyped.has(id)) byId(id).value = value;
}

/**
 * Offers in a menu the names that the counts have, and those that are chosen. Where the counts are
 * not known, or would be wrong, it also offers all names that new entries may have, and no counts.
 *
 * @param {MenuId} id
 * @param {ListName} list
 * @param {string} chosen
 * @param {Facet[] | undefined} counts undefined while they are not known
 * @param {boolean} isCounted whether the counts are right next to the other filters
 */
function offer(id, list, chosen, counts, isCounted) {
  const hasCounts = isCounted && counts !== undefined;
  const byName = new Map((counts ?? []).map(({ name, count }) => [name, count]));
  const names = new Set([...byName.keys(), ...choiceOf(chosen).names]);
  if (!hasCounts) for (const name of currentNames(list)) names.add(name);
  const offers = inOrder(list, [...names]).map(({ name, label, group }) => {
    const count = hasCounts ? (byName.get(name) ?? 0) : undefined;
    return { name, label, group, count };
  });
  showMenu(id, chosen, offers);
}

/**
 * Fills the menu of outcomes. An address may name several, or one that there is not: then the menu
 * has that text, too.
 *
 * @param {string} chosen
 * @param {Facet[] | undefined} counts undefined while they are not known, or would be wrong
 */
function fillOutcomes(chosen, counts) {
  const byName = new Map((counts ?? []).map(({ name, count }) => [name, count]));
  const options = [new Option(say.filters.anyOutcome, "")];
  for (const [name, words] of Object.entries(OUTCOMES))
    options.push(new Option(counts ? `${words} (${grouped(byName.get(name) ?? 0)})` : words, name));
  if (chosen !== "" && !(chosen in OUTCOMES)) {
    const words = choiceWords(chosen, (name) => OUTCOMES[name] ?? name);
    options.push(new Option(plain(words), chosen));
  }
  byId("outcome").replaceChildren(...options);
  byId("outcome").value = chosen;
  byId("outcome").classList.toggle("set", chosen !== "");
}

/**
 * Shows whether the list has unusual entries only, and how many there are. The title has how many
 * have each reason.
 *
 * @param {View} view
 * @param {Facets | null} facets null while they are not known, or would be wrong
 */
function showUnusual({ unusual }, facets) {
  const { unusual_entries: count = 0, unusual_is_complete: isComplete = false } = facets ?? {};
  // That there is none is said only if it is known.
  const words = isComplete || count > 0 ? ` (${grouped(count)})` : "";
  const reasons = (facets?.unusual ?? []).map((one) => [reasonLabel(one.name), grouped(one.count)]);
  byId("unusual").checked = unusual === "true";
  byId("unusual-words").textContent = say.unusual.only + words;
  byId("unusual-words").title = reasons.map((one) => one.join(": ")).join(", ");
}

/**
 * The target whose name or id was typed; otherwise the text itself, as an id of the chosen type;
 * null if no type is chosen, or several are.
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
  const found = seenTargets().filter((one) => matches(one) && isChosen(type, one.type));
  if (found.length === 1) return { target_type: found[0].type, target_id: found[0].id };
  return onlyName(type) === undefined ? null : { target_id: text };
}
