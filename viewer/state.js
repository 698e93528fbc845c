// Owns the state of the page: the view that is shown, and what was fetched for it.

import { searchOf, viewOf } from "./address.js";

/**
 * @import { EntryRow, Page } from "./answers.d.ts"
 * @import { View } from "./address.js"
 */

/**
 * `browse` and `step` are page tokens, as `askPage` takes them. `shown` is what the table shows.
 * `opened` is the entry that the dialog shows, and `placed` the one whose page was looked for.
 * `needsToken` is whether the last token was missing, refused or of no use here. Each abort
 * controller ends the request in progress for the list or the entry.
 *
 * @typedef {{
 *   view: View,
 *   browse: string | undefined,
 *   step: string | undefined,
 *   shown: { entries: EntryRow[], page: Page | null },
 *   listing: AbortController,
 *   opening: AbortController,
 *   labels: Promise<void> | undefined,
 *   opened: { id: string, occurredAt: string } | undefined,
 *   placed: string,
 *   needsToken: boolean,
 * }} State
 */

/** The most entries of a page. */
export const PAGE_SIZE = 20;
/** @type {State["shown"]} */
export const NO_ENTRIES = { entries: [], page: null };

/** @type {State} */
export const state = {
  view: viewOf(location.search),
  browse: undefined,
  step: undefined,
  shown: NO_ENTRIES,
  listing: new AbortController(),
  opening: new AbortController(),
  labels: undefined,
  opened: undefined,
  placed: "",
  needsToken: false,
};

/**
 * The part of a view that decides which entries are listed.
 *
 * @param {View} view
 */
export function listOf(view) {
  return searchOf({ ...view, entry: "" });
}

/** The place of the open entry among the rows; -1 if it is not on this page. */
export function openRow() {
  return state.shown.entries.findIndex(({ id }) => id === state.view.entry);
}
