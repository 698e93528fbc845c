// Owns the field "User": it finds people and programs of the log by name, email address or id.

import { actorInWords, actorKind, actorName, actorWords } from "./actors.js";
import { actorOfFilter, byActor } from "./address.js";
import { askWorkspace } from "./api.js";
import { rememberActors, seenActor, seenActors } from "./catalog.js";
import { byId, el, plain, shown } from "./dom.js";
import { listenToLookup, showInLookup } from "./lookup.js";
import { say } from "./texts.js";

/**
 * @import { Actor, ActorList, ActorRow } from "./answers.d.ts"
 * @import { Filters, View } from "./address.js"
 * @import { Refusal } from "./api.js"
 * @import { Choice } from "./found.js"
 */

/** @typedef {(filter: Partial<Filters>) => unknown} OnFilter */

const MOST_FOUND = 20;
/** The most characters that the service searches for. An id may be longer. */
const MOST_SEARCHED = 254;

/**
 * Listens to the field. To be called once.
 *
 * @param {() => View} currentView
 * @param {OnFilter} onFilter
 * @param {(refusal: Refusal) => unknown} onRefused called when the token is no longer valid
 */
export function listenToPeople(currentView, onFilter, onRefused) {
  listenToLookup(byId("actor"), {
    ask: (text, signal) => findPeople(currentView(), text, signal, onFilter),
    take: (text) => {
      if (text === "") onFilter({ actor_type: "", actor_id: "" });
      return text === "";
    },
    restore: () => showActor(currentView()),
    onRefused,
  });
}

/**
 * Shows in the field whose entries the list shows. Where two have one name, it says which one.
 *
 * @param {View} view
 */
export function showActor(view) {
  const filter = actorOfFilter(view);
  if (filter === undefined) return showInLookup(byId("actor"), "", "");
  const actor = seenActor(filter) ?? filter;
  const words = plain(actorWords(actor));
  const namesakes = seenActors().filter((one) => plain(actorWords(one)) === words);
  const more = namesakes.length > 1 ? ` (${plain(detailsOf(actor)[0] ?? actor.id)})` : "";
  showInLookup(byId("actor"), words + more, [words, ...detailsOf(actor)].map(plain).join(", "));
}

/**
 * Learns the name of the actor that the list is filtered by, if no entry of the list tells it.
 *
 * @param {() => View} currentView
 * @param {AbortSignal} signal
 */
export async function nameActor(currentView, signal) {
  const filter = actorOfFilter(currentView());
  if (filter === undefined || seenActor(filter) !== undefined) return;
  try {
    const path = `actors/${filter.type}/${encodeURIComponent(filter.id)}`;
    const { text } = await askWorkspace(currentView(), path, [], signal, true);
    rememberActors([actorOfRow(JSON.parse(text))]);
    if (!signal.aborted) showActor(currentView());
  } catch {
    // The field has the id then.
  }
}

/**
 * An actor of an answer, as those in entries are.
 *
 * @param {ActorRow} row
 * @returns {Actor}
 */
export function actorOfRow({ type, id, name, email }) {
  return { type, id, name: name ?? undefined, email: email ?? undefined };
}

/**
 * What tells an actor from others of its name: its kind unless it is a user, its email address and
 * its id.
 *
 * @param {Actor} actor
 */
export function detailsOf(actor) {
  const { type, id, email } = actor;
  const name = actorName(actor);
  const kind = type === "user" || name === actorKind(type) ? [] : [actorKind(type)];
  const isNamed = name !== id && name !== actorKind(type);
  return [...(email === undefined ? [] : [email]), ...(isNamed ? [id] : []), ...kind];
}

/**
 * Finds people in the service, and among those of the pages that were seen, who may have acted too
 * lately for the service to find them.
 *
 * @param {View} view
 * @param {string} text
 * @param {AbortSignal} signal
 * @param {OnFilter} onFilter
 */
async function findPeople(view, text, signal, onFilter) {
  const named = actorInWords(text);
  const hasKind = named.type !== "user" || named.id !== text;
  const asked = [text, ...(hasKind && named.id !== named.type ? [named.id] : [])].map((search) =>
    searchPeople(view, search, signal),
  );
  const [first, second] = await Promise.all(asked);
  const ofKind = second?.actors.filter(({ type }) => type === named.type) ?? [];
  const answered = [...first.actors, ...ofKind].map(actorOfRow);
  const seen = text === "" ? [] : seenActors().filter((one) => beginsWith(one, text, named));
  rememberActors(answered);
  const found = [
    ...new Map([...seen, ...answered].map((one) => [`${one.type}/${one.id}`, one])).values(),
  ];
  const isWhole = first.page.total_is_exact && first.page.total <= MOST_FOUND;
  const meant = meantAmong(found, text, named, isWhole);
  /** @type {Choice[]} */
  const choices = found.map((one) => ({
    words: optionOf(one),
    pick: () => onFilter(byActor(one)),
    isMeant: meant.includes(one),
    isGuess: false,
  }));
  if (found.length > 0) return { choices, note: isWhole ? "" : say.lookups.more };
  if (!/\s/.test(named.id) && named.id !== "")
    choices.push({
      words: [say.lookups.useId(plain(actorWords(named)))],
      pick: () => onFilter(byActor(named)),
      isGuess: true,
    });
  return { choices, note: say.lookups.nobody };
}

/**
 * What the service finds.
 *
 * @param {View} view
 * @param {string} search
 * @param {AbortSignal} signal
 * @returns {Promise<ActorList>}
 */
export async function searchPeople(view, search, signal) {
  /** @type {[string, string][]} */
  const parameters = [["page_size", String(MOST_FOUND)]];
  // An empty parameter is refused; without it, the answer has those who were seen last.
  if (search !== "") parameters.push(["search", [...search].slice(0, MOST_SEARCHED).join("")]);
  return JSON.parse((await askWorkspace(view, "actors", parameters, signal)).text);
}

/**
 * Whether a text is the beginning of the name, of a word of it, of the email address or the id.
 *
 * @param {Actor} one
 * @param {string} text
 * @param {Pick<Actor, "type" | "id">} named what the text says with a kind
 */
function beginsWith(one, text, named) {
  const name = plain(actorName(one));
  const known = [plain(actorWords(one)), name, ...name.split(" ").slice(1), one.email, one.id];
  const start = text.toLowerCase();
  const isOfKind = one.type === named.type && one.id.startsWith(named.id);
  return isOfKind || known.some((word) => word?.toLowerCase().startsWith(start));
}

/**
 * Those whom a text names in full. Without a kind, an id that several have is the user's. A name
 * is nobody's in full while there may be others who have it.
 *
 * @param {Actor[]} found
 * @param {string} text
 * @param {Pick<Actor, "type" | "id">} named
 * @param {boolean} isWhole whether nobody else was found
 */
function meantAmong(found, text, named, isWhole) {
  const whole = text.toLowerCase();
  const all = found.filter(
    (one) =>
      (one.type === named.type && one.id === named.id) ||
      [...(isWhole ? [plain(actorWords(one)), plain(actorName(one))] : []), one.email, one.id].some(
        (word) => word?.toLowerCase() === whole,
      ),
  );
  const users = all.filter(({ type }) => type === "user");
  return users.length === 1 ? users : all;
}

/** @param {Actor} actor */
function optionOf(actor) {
  const details = detailsOf(actor).flatMap((one, at) => [at > 0 && " · ", shown(one)]);
  return [
    el("span", { class: "name" }, shown(actorName(actor))),
    details.length > 0 && el("span", { class: "second" }, details),
  ];
}
