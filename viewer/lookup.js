// Owns the fields that look up in the service what somebody types, and the list of what was found.
//
// It follows the pattern "Combobox" of the ARIA Authoring Practices: the focus stays in the field,
// and `aria-activedescendant` names the option that Enter picks. Nothing is picked by itself: the
// next person in a list is another person.

import { refusalFrom } from "./api.js";
import { el } from "./dom.js";
import { hideChoices, newFoundList, setActive, showChoices } from "./found.js";
import { refusalWords } from "./messages.js";
import { say } from "./texts.js";

/**
 * @import { Refusal } from "./api.js"
 * @import { Choice, FoundList } from "./found.js"
 */

/**
 * How a field looks up. `ask` finds the choices for a text, with a sentence below them that may be
 * empty. `take` takes a text as it stands and returns whether it did. `restore` writes into the
 * field what the list shows.
 *
 * @typedef {{
 *   ask: (text: string, signal: AbortSignal) => Promise<{ choices: Choice[], note: string }>,
 *   take: (text: string) => boolean,
 *   restore: () => unknown,
 *   onRefused: (refusal: Refusal) => unknown,
 * }} LookupUses
 */

/**
 * A field, with what was found for the text `asked`. `isTyped` is whether the field has a text that
 * is no filter yet, and `isEntered` whether Enter was pressed before there was an answer.
 *
 * @typedef {LookupUses & FoundList & {
 *   asked: string | undefined,
 *   isTyped: boolean,
 *   isEntered: boolean,
 *   asking: AbortController,
 *   timer: ReturnType<typeof setTimeout> | undefined,
 * }} Lookup
 */

/** How long after the last key the service is asked. */
const LOOKUP_MS = 200;
/** @type {Map<HTMLInputElement, Lookup>} */
const lookups = new Map();
/** @type {Partial<Record<string, 1 | -1>>} */
const LOOKUP_STEPS = { ArrowDown: 1, ArrowUp: -1 };

/**
 * Makes a field look up what is typed in it. To be called once for each field.
 *
 * @param {HTMLInputElement} field
 * @param {LookupUses} uses
 */
export function listenToLookup(field, uses) {
  /** @type {Lookup} */
  const lookup = {
    ...uses,
    ...newFoundList(field),
    asked: undefined,
    isTyped: false,
    isEntered: false,
    asking: new AbortController(),
    timer: undefined,
  };
  const { box, popup, list } = lookup;
  lookups.set(field, lookup);
  field.addEventListener("input", () => typeInto(lookup));
  box.addEventListener("keydown", (event) => pressInLookup(lookup, event));
  // The cross that browsers put into the field empties it.
  field.addEventListener("search", () => field.value === "" && enter(lookup));
  box.addEventListener("focusout", (event) => leaveLookup(lookup, event));
  // The focus stays in the field, so that the list does not close before the click.
  popup.addEventListener("pointerdown", (event) => event.preventDefault());
  popup.addEventListener("mousedown", (event) => event.preventDefault());
  list.addEventListener("click", (event) => {
    const at = /** @type {Element} */ (event.target).closest("[role=option]");
    if (at) pickAt(lookup, Number(at.getAttribute("data-at")));
  });
}

/**
 * Writes into a field what the list shows, but not while somebody is typing in it.
 *
 * @param {HTMLInputElement} field
 * @param {string} text
 * @param {string} title
 */
export function showInLookup(field, text, title) {
  if (lookups.get(field)?.isTyped) return;
  field.value = text;
  field.title = title;
}

/** Drops what was typed in all such fields and is no filter yet. */
export function forgetLookups() {
  for (const lookup of lookups.values()) forgetTyped(lookup);
}

/** @param {Lookup} lookup */
function forgetTyped(lookup) {
  lookup.isTyped = false;
  closeLookup(lookup);
}

/** @param {Lookup} lookup */
function typeInto(lookup) {
  const { field } = lookup;
  stopLooking(lookup);
  lookup.isTyped = true;
  lookup.asked = undefined;
  setActive(lookup, -1);
  if (field.value.trim() === "") closeLookup(lookup);
  else lookup.timer = setTimeout(() => look(lookup, field.value.trim()), LOOKUP_MS);
}

/** @param {Lookup} lookup */
function stopLooking(lookup) {
  clearTimeout(lookup.timer);
  lookup.asking.abort();
  lookup.isEntered = false;
}

/**
 * Asks for a text, and shows what was found.
 *
 * @param {Lookup} lookup
 * @param {string} text
 */
async function look(lookup, text) {
  clearTimeout(lookup.timer);
  lookup.asking.abort();
  lookup.asking = new AbortController();
  const { signal } = lookup.asking;
  if (lookup.popup.hidden) showChoices(lookup, [], el("p", {}, say.lookups.looking));
  try {
    const { choices, note } = await lookup.ask(text, signal);
    if (signal.aborted) return;
    lookup.asked = text;
    showChoices(lookup, choices, note === "" ? null : el("p", {}, note));
    const found = choices.filter(({ isGuess }) => !isGuess).length;
    lookup.status.textContent = [found > 0 && say.lookups.found(found), note]
      .filter(Boolean)
      .join(" ");
    if (lookup.isEntered) settle(lookup);
  } catch (error) {
    if (!signal.aborted) showLookupRefusal(lookup, text, refusalFrom(error));
  }
}

/**
 * @param {Lookup} lookup
 * @param {string} text
 * @param {Refusal} refusal
 */
function showLookupRefusal(lookup, text, refusal) {
  if (["no-token", "unauthenticated"].includes(refusal.kind)) {
    forgetTyped(lookup);
    return lookup.onRefused(refusal);
  }
  const { title, lines, canRetry } = refusalWords(refusal);
  const wait = say.exports.inSeconds(Math.ceil(refusal.retryAfterMs / 1_000));
  const said = refusal.kind === "busy" ? `${title}. ${say.exports.tryAgain(wait)}` : `${title}.`;
  const retry = () => {
    lookup.field.focus();
    return look(lookup, text);
  };
  const again = el(
    "button",
    { type: "button", class: "button", onclick: retry },
    say.messages.tryAgain,
  );
  const words = refusal.kind === "unusable" ? lines.join(" ") : said;
  showChoices(lookup, [], el("p", { class: "alert" }, words), canRetry && again);
  lookup.status.textContent = words;
}

/**
 * @param {Lookup} lookup
 * @param {KeyboardEvent} event
 */
function pressInLookup(lookup, event) {
  const { popup, field, choices, active } = lookup;
  const step = LOOKUP_STEPS[event.key];
  const isElsewhere = event.target !== field && event.key !== "Escape";
  if (event.isComposing || isElsewhere) return;
  if (step !== undefined) {
    event.preventDefault();
    if (popup.hidden) look(lookup, lookup.isTyped ? field.value.trim() : "");
    // Beyond an end of the list is the field itself.
    else setActive(lookup, ((active + step + choices.length + 2) % (choices.length + 1)) - 1);
  } else if (event.key === "Enter") {
    event.preventDefault();
    if (!popup.hidden && active >= 0) pickAt(lookup, active);
    else enter(lookup);
  } else if (event.key === "Escape") {
    // Without this, browsers empty the field.
    event.preventDefault();
    if (popup.hidden) lookup.isTyped = false;
    if (popup.hidden) lookup.restore();
    field.focus();
    closeLookup(lookup);
  }
}

/**
 * Takes the text as it stands; otherwise picks what it names, when it is known what that is.
 *
 * @param {Lookup} lookup
 */
function enter(lookup) {
  const text = lookup.field.value.trim();
  if (!lookup.isTyped) return;
  if (lookup.take(text)) return forgetTyped(lookup);
  lookup.isEntered = true;
  if (lookup.asked === text) settle(lookup);
  else look(lookup, text);
}

/**
 * Picks what the text names in full. Where that is not one, the next Enter picks the first.
 *
 * @param {Lookup} lookup
 */
function settle(lookup) {
  lookup.isEntered = false;
  const meant = meantBy(lookup);
  if (meant !== -1) return pickAt(lookup, meant);
  if (lookup.popup.hidden) look(lookup, lookup.field.value.trim());
  else setActive(lookup, lookup.choices.length > 0 ? 0 : -1);
}

/**
 * The place of the only choice that the text names in full; -1 if there is none.
 *
 * @param {Lookup} lookup
 */
function meantBy({ choices }) {
  const all = choices.filter(({ isMeant }) => isMeant);
  return all.length === 1 ? choices.indexOf(all[0]) : -1;
}

/**
 * Takes what is clear when the focus leaves, and shows what the list shows otherwise. The focus has
 * not left when it goes to the button in the list, or when another window comes to the front.
 *
 * @param {Lookup} lookup
 * @param {FocusEvent} event
 */
function leaveLookup(lookup, { relatedTarget: next }) {
  const { field, asked, popup } = lookup;
  const isInside = next instanceof Node && (next === field || popup.contains(next));
  if (isInside || document.activeElement === field) return;
  if (lookup.isTyped) {
    const text = field.value.trim();
    const meant = asked === text ? meantBy(lookup) : -1;
    lookup.isTyped = false;
    if (meant !== -1) lookup.choices[meant].pick();
    else if (!lookup.take(text)) lookup.restore();
  }
  closeLookup(lookup);
}

/**
 * @param {Lookup} lookup
 * @param {number} at
 */
function pickAt(lookup, at) {
  const choice = lookup.choices[at];
  forgetTyped(lookup);
  choice?.pick();
}

/** @param {Lookup} lookup */
function closeLookup(lookup) {
  stopLooking(lookup);
  hideChoices(lookup);
}
