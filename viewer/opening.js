// Owns the way to and from the open entry: fetching it, its place in the list, and the entries
// before and after it.

import { tokenFor } from "./access.js";
import { searchOf, unfiltered } from "./address.js";
import { refusalFrom } from "./api.js";
import { letClose } from "./dialog.js";
import { byId } from "./dom.js";
import { loadEntry, openDialog, showEntry, showEntryRefusal } from "./entry.js";
import { member, textOf } from "./json.js";
import { linkOf } from "./list.js";
import { leads } from "./pager.js";
import { pageAt } from "./pages.js";
import { PAGE_SIZE, openRow, state } from "./state.js";

/**
 * @import { View } from "./address.js"
 * @import { Refusal } from "./api.js"
 * @import { OnlyActions } from "./only.js"
 * @import { How, Step } from "./pager.js"
 */

/**
 * What an open entry needs of the page: to show another view, or the page before or after; to say
 * that the token is of no use; and what its buttons ask for.
 *
 * @typedef {{
 *   go: (changes: Partial<View>, how?: How) => unknown,
 *   stepTo: (step: Step, how: How) => unknown,
 *   refuse: (refusal: Refusal) => unknown,
 *   only: OnlyActions,
 * }} Needs
 */

const SUSPENDED = "suspended";
/**
 * Set before anything is opened.
 *
 * @type {Needs}
 */
let needs;

/**
 * Listens to the dialog. To be called once.
 *
 * @param {Needs} on
 */
export function listenToEntry(on) {
  const dialog = byId("entry");
  needs = on;
  byId("newer").addEventListener("click", () => openNeighbour(-1));
  byId("older").addEventListener("click", () => openNeighbour(1));
  // The button, Esc and a click on the backdrop all close it, which leads here.
  dialog.addEventListener("close", () => {
    if (dialog.returnValue !== SUSPENDED && state.view.entry !== "") leaveEntry();
  });
  letClose(dialog, byId("close"));
}

/**
 * The address of an entry, without the list that it was found in.
 *
 * @param {string} entry
 */
function linkTo(entry) {
  const search = searchOf({ ...state.view, ...unfiltered(state.view), page: 1, lang: "", entry });
  return new URL(location.pathname + search, location.href).href;
}

/** Fetches the entry of the view, and shows it. */
export async function renderEntry() {
  state.opening.abort();
  state.opening = new AbortController();
  const { signal } = state.opening;
  if (tokenFor(state.view.workspace) === undefined) return;
  openDialog();
  showNeighbours();
  try {
    const [entry] = await Promise.all([loadEntry(state.view, signal), state.labels]);
    if (signal.aborted) return;
    const { entry: id } = state.view;
    showEntry(entry, needs.only, linkTo(id));
    state.opened = { id, occurredAt: textOf(member(entry, "occurred_at")) ?? "" };
    placeEntry();
  } catch (error) {
    if (signal.aborted) return;
    const refusal = refusalFrom(error);
    if (refusal.kind === "unauthenticated") needs.refuse(refusal);
    else showEntryRefusal(refusal, renderEntry);
  }
}

/**
 * Shows the page that has the open entry, if the address led to the entry and not to its page. So
 * the entry has those above and below it, and its row is there when it closes.
 */
export async function placeEntry() {
  const { view, opened, shown } = state;
  if (view.entry === "" || view.entry === state.placed || shown.page === null) return;
  if (openRow() === -1 && opened?.id !== view.entry) return;
  state.placed = view.entry;
  if (openRow() !== -1 || opened === undefined) return;
  const { signal } = state.opening;
  try {
    const number = await pageAt(view, opened.occurredAt, PAGE_SIZE, signal);
    if (signal.aborted || number === undefined) return;
    await needs.go({ page: number }, "replace");
    // Entries of the same time may go on over the end of a page.
    const hasMore = state.shown.entries.at(-1)?.occurred_at === opened.occurredAt;
    if (!signal.aborted && openRow() === -1 && hasMore && leads(1))
      await needs.stepTo(1, "replace");
  } catch {
    // The entry is shown. It is in none of the pages, if the filters leave it out.
  }
}

/**
 * Closes the dialog, and focuses the row of the entry that was open, if it is on this page.
 *
 * @param {string} id
 */
export function closeDialog(id) {
  state.opening.abort();
  byId("entry").close();
  linkOf(id)?.focus();
}

/** Closes the dialog until there is another token; the view keeps its open entry. */
export function suspendDialog() {
  state.opening.abort();
  byId("entry").close(SUSPENDED);
}

/** Leaves the entry for its list: the page it was opened from, or the one the arrows led to. */
function leaveEntry() {
  if (history.state?.overPage === state.view.page) history.back();
  else needs.go({ entry: "" }, "replace");
}

/**
 * The id of the entry next to the open one; undefined at an end of the page.
 *
 * @param {Step} step
 */
function neighbour(step) {
  const at = openRow();
  return at === -1 ? undefined : state.shown.entries[at + step]?.id;
}

/**
 * Whether there is an entry next to the open one, on this page or the next.
 *
 * @param {Step} step
 */
function hasNeighbour(step) {
  return openRow() !== -1 && (neighbour(step) !== undefined || leads(step));
}

/** Shows whether there are entries before and after the open one. */
export function showNeighbours() {
  byId("newer").setAttribute("aria-disabled", String(!hasNeighbour(-1)));
  byId("older").setAttribute("aria-disabled", String(!hasNeighbour(1)));
}

/**
 * Opens the entry before or after, on the page before or after if necessary.
 *
 * @param {Step} step
 */
export async function openNeighbour(step) {
  if (!hasNeighbour(step)) return;
  const id = neighbour(step);
  if (id !== undefined) return needs.go({ entry: id }, "replace");
  await needs.stepTo(step, "replace");
  const entry = state.shown.entries.at(step < 0 ? -1 : 0);
  if (entry) await needs.go({ entry: entry.id }, "replace");
}
