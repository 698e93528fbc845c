// Owns the panel about an actor or an address: what the directory of the log tells of it. It lies
// over the list or an open entry, and is no part of the page's address.

import { byActor } from "./address.js";
import { askWorkspace, refusalFrom } from "./api.js";
import { letClose, whenClosed } from "./dialog.js";
import { byId, el, shown } from "./dom.js";
import { focusEntries } from "./keys.js";
import { linkOf } from "./list.js";
import { refusalWords } from "./messages.js";
import { subjectName } from "./only.js";
import { actorOfRow, searchPeople } from "./people.js";
import { state } from "./state.js";
import { say } from "./texts.js";
import { told, toldOfAddress } from "./told.js";

/**
 * @import { ActorProfile, ActorRow, AddressProfile } from "./answers.d.ts"
 * @import { Filters } from "./address.js"
 * @import { Refusal } from "./api.js"
 * @import { Child } from "./dom.js"
 * @import { Subject } from "./only.js"
 */

/**
 * `path` are those that the panel is about, from the first to the one that is shown. `row` is the
 * entry in whose row it was opened.
 */
const about = {
  /** @type {Subject[]} */
  path: [],
  row: "",
  asking: new AbortController(),
  isSuspended: false,
  /** @type {(filter: Partial<Filters>) => unknown} */
  onFilter: () => {},
  /** @type {(refusal: Refusal) => unknown} */
  onRefused: () => {},
};

/**
 * Listens to the panel. To be called once.
 *
 * @param {(filter: Partial<Filters>) => unknown} onFilter
 * @param {(refusal: Refusal) => unknown} onRefused called when the token is no longer valid
 */
export function listenToAbout(onFilter, onRefused) {
  const dialog = byId("about");
  Object.assign(about, { onFilter, onRefused });
  byId("about-back").addEventListener("click", () => {
    about.path.pop();
    showSubject();
  });
  byId("about-only").addEventListener("click", () => filterBy({}));
  letClose(dialog, byId("about-close"));
  whenClosed(dialog, (isFocusLost) => {
    about.asking.abort();
    if (!about.isSuspended && isFocusLost) focusOpener();
  });
}

function focusOpener() {
  if (byId("entry").open) byId("entry-body").focus();
  else if (linkOf(about.row)) linkOf(about.row)?.focus();
  else focusEntries();
}

/**
 * Opens the panel, or tells in the open one of another.
 *
 * @param {Subject} subject
 */
export function openAbout(subject) {
  const isOpen = byId("about").open;
  const row = document.activeElement?.closest("#rows tr")?.querySelector("a.open-link");
  if (!isOpen) about.row = row?.getAttribute("data-id") ?? "";
  about.path = isOpen ? [...about.path, subject] : [subject];
  about.isSuspended = false;
  if (!isOpen) byId("about").showModal();
  showSubject();
}

/** Whether the panel is open. */
export function isAboutOpen() {
  return byId("about").open;
}

/** Closes the panel. */
export function closeAbout() {
  byId("about").close();
}

/** Closes the panel until there is another token. */
export function suspendAbout() {
  about.isSuspended ||= isAboutOpen();
  closeAbout();
}

/** Opens the panel again with another token. */
export function resumeAbout() {
  if (!about.isSuspended) return;
  about.isSuspended = false;
  byId("about").showModal();
  showSubject();
}

/**
 * Lists only what is of the one that the panel is about.
 *
 * @param {Partial<Filters>} further
 */
function filterBy(further) {
  const subject = about.path.at(-1);
  if (subject === undefined) return;
  const filter = "actor" in subject ? byActor(subject.actor) : { ip_address: subject.address };
  closeAbout();
  about.onFilter({ ...filter, ...further });
}

/** Shows the last of the path, and asks what is known of it. */
async function showSubject() {
  const subject = about.path.at(-1);
  if (subject === undefined) return;
  about.asking.abort();
  about.asking = new AbortController();
  const { signal } = about.asking;
  titleWith(subject);
  byId("about-back").hidden = about.path.length < 2;
  byId("about-body").setAttribute("aria-busy", "true");
  announceAbout(say.about.loading);
  // The button that was pressed may be gone.
  byId("about-only").focus();
  try {
    const children = await toldBy(subject, signal);
    if (signal.aborted) return;
    fill(children);
    announceAbout(say.about.shown);
  } catch (error) {
    if (!signal.aborted) showAboutRefusal(subject, refusalFrom(error));
  }
}

/**
 * @param {Subject} subject
 * @param {AbortSignal} signal
 */
async function toldBy(subject, signal) {
  const on = { more: openAbout, filter: filterBy };
  await state.labels;
  if ("address" in subject) {
    const path = `addresses/${encodeURIComponent(subject.address)}`;
    const { text } = await askWorkspace(state.view, path, [], signal);
    return toldOfAddress(/** @type {AddressProfile} */ (JSON.parse(text)), on);
  }
  const { type, id } = subject.actor;
  /** @param {ActorRow & Partial<ActorProfile>} profile */
  const toldOf = (profile) => {
    // The entry that led here may have an earlier name.
    if (profile.name !== null && !signal.aborted) titleWith({ actor: actorOfRow(profile) });
    return told(profile, on);
  };
  try {
    const path = `actors/${encodeURIComponent(type)}/${encodeURIComponent(id)}`;
    const { text } = await askWorkspace(state.view, path, [], signal);
    return toldOf(JSON.parse(text));
  } catch (error) {
    // A gateway may take the slash in an id for one of the path. A search finds it.
    if (refusalFrom(error).kind !== "absent" || !id.includes("/")) throw error;
    const { actors } = await searchPeople(state.view, id, signal);
    const row = actors.find((one) => one.type === type && one.id === id);
    if (row === undefined) throw error;
    return toldOf(row);
  }
}

/** @param {Subject} subject */
function titleWith(subject) {
  byId("about-title").replaceChildren(shown(subjectName(subject)));
}

/** @param {Child[]} children */
function fill(children) {
  const body = byId("about-told");
  const present = children.filter((child) => child !== null && child !== false);
  body.replaceChildren(...present.filter((child) => child !== undefined));
  byId("about-body").removeAttribute("aria-busy");
  byId("about-body").scrollTop = 0;
}

/**
 * @param {Subject} subject
 * @param {Refusal} refusal
 */
function showAboutRefusal(subject, refusal) {
  if (["no-token", "unauthenticated"].includes(refusal.kind)) return about.onRefused(refusal);
  const isAbsent = refusal.kind === "absent";
  const absent = "actor" in subject ? say.about.actorUnknown : say.about.addressUnknown;
  const { title, lines } = refusalWords(refusal);
  const again = { type: "button", class: "button", onclick: showSubject };
  const wait = say.exports.tryAgain(say.exports.inSeconds(Math.ceil(refusal.retryAfterMs / 1_000)));
  const words = refusal.kind === "busy" ? [wait] : lines;
  fill(
    isAbsent
      ? [el("p", { class: "quiet" }, absent)]
      : [
          el("h3", {}, title),
          ...words.map((line) => el("p", { class: "quiet" }, line)),
          el("p", { class: "actions" }, el("button", again, say.messages.tryAgain)),
        ],
  );
  announceAbout(isAbsent ? absent : `${title}. ${words.join(" ")}`);
}

/** @param {string} words */
function announceAbout(words) {
  byId("about-status").textContent = words;
}
