// Owns the counts for the filter menus: it asks the service for them once per set of filters.

import { filtersOf } from "./address.js";
import { askWorkspace } from "./api.js";
import { showChecked } from "./checked.js";
import { showFilters } from "./filters.js";
import { showRetention } from "./retention.js";

/**
 * @import { Facets, JournalCheck } from "./answers.d.ts"
 * @import { View } from "./address.js"
 * @import { NoteActions } from "./retention.js"
 */

/**
 * The counts, and how many entries are unusual: one that is so for several reasons counts once.
 * That is undefined while it is not known.
 *
 * @typedef {Facets & { unusualEntries: number | undefined }} Counts
 */

const latest = {
  /** @type {Counts | null} */
  facets: null,
  /**
   * What the last check of the log found; undefined while it is not known.
   *
   * @type {JournalCheck | null | undefined}
   */
  check: undefined,
  /**
   * The filters of the last request.
   *
   * @type {string | undefined}
   */
  of: undefined,
  counting: new AbortController(),
  /** Shows once more what the last answer says of the log. */
  showNotes: async () => {},
};

/** The counts; null while they are not known. */
export function knownFacets() {
  return latest.facets;
}

/** Writes the notes on expiry and on the last check anew, because their times are shown otherwise. */
export function showNotesAgain() {
  latest.showNotes();
}

/** Makes the next `renderFacets` fetch the counts again. */
export function forgetFacets() {
  latest.of = undefined;
}

/**
 * Ends a request for counts, unless they are those of the view.
 *
 * @param {View} view
 */
export function endOtherCounts(view) {
  if (latest.of === String(countedBy(view))) return;
  latest.of = undefined;
  latest.counting.abort();
}

/**
 * Fetches and shows the counts, unless those of the same filters are there or were asked for. It is
 * called when the list is there: the service has counted for it then, and remembers that. Two
 * requests at once would count twice.
 *
 * @param {() => View} currentView
 * @param {Promise<void> | undefined} labels
 * @param {NoteActions} on what the note on expiry can ask for
 */
export async function renderFacets(currentView, labels, on) {
  const parameters = countedBy(currentView());
  if (latest.of === String(parameters)) return;
  latest.of = String(parameters);
  latest.counting.abort();
  latest.counting = new AbortController();
  const { signal } = latest.counting;
  try {
    const asking = askWorkspace(currentView(), "facets", parameters, signal);
    const [{ text, now }] = await Promise.all([asking, labels]);
    /** @type {Facets} */
    const facets = JSON.parse(text);
    latest.facets = { ...facets, unusualEntries: unusualIn(facets, currentView()) };
    showFilters(currentView(), latest.facets);
    // Only an answer without filters has it; the line stays as it is otherwise.
    if (facets.journal_check !== undefined) latest.check = facets.journal_check;
    latest.showNotes = async () => {
      if (latest.check !== undefined) showChecked(latest.check);
      await showRetention(currentView(), facets, now, signal, on);
    };
    await latest.showNotes();
    const isCounted = latest.facets.unusualEntries !== undefined || facets.unusual.length === 0;
    if (!isCounted) await countUnusual(currentView, signal);
  } catch {
    // The list shows what is wrong. Without counts, the filters offer every name.
    if (!signal.aborted) latest.of = undefined;
  }
}

/** @param {View} view */
function countedBy(view) {
  return filtersOf(view, ["action", "target_type", "outcome", "unusual", "from", "to"]);
}

/**
 * How many entries are unusual, if the counts tell it: if only unusual ones are counted, or if all
 * have the same one reason. No reasons may mean that the log is not judged yet.
 *
 * @param {Facets} facets
 * @param {View} view
 */
function unusualIn({ total_entries: total, unusual }, view) {
  if (view.unusual !== "") return total;
  return unusual.length === 1 ? unusual[0].count : undefined;
}

/**
 * Asks how many entries are unusual, and shows it. The counts of several reasons do not tell: an
 * entry that has two is in both.
 *
 * @param {() => View} currentView
 * @param {AbortSignal} signal
 */
async function countUnusual(currentView, signal) {
  const parameters = countedBy({ ...currentView(), unusual: "true" });
  const { text } = await askWorkspace(currentView(), "facets", parameters, signal, true);
  /** @type {Facets} */
  const { total_entries: unusualEntries } = JSON.parse(text);
  if (latest.facets === null) return;
  latest.facets = { ...latest.facets, unusualEntries };
  showFilters(currentView(), latest.facets);
}
