// Owns the counts for the filter menus and for the chart: it asks the service for them once per set
// of filters, and again while the newest entries are not judged.

import { filtersOf } from "./address.js";
import { askWorkspace } from "./api.js";
import { showChecked } from "./checked.js";
import { showFilters } from "./filters.js";
import { awaitJudgement } from "./judging.js";
import { showRetention } from "./retention.js";
import { drawTimeline, expectTimeline, hideTimeline, showTimeline } from "./timeline.js";

/**
 * @import { Facets, JournalCheck } from "./answers.d.ts"
 * @import { View } from "./address.js"
 * @import { NoteActions } from "./retention.js"
 */

/**
 * What is called with each answer: to show in the rows what is judged, where the service says that
 * all is, which returns whether all rows are; and to show what stands in place of the rows.
 *
 * @typedef {{ judgeRows: (isLater: boolean) => Promise<boolean>, onCounted: () => unknown }} CountActions
 */

/**
 * Asks for counts by period. The service chooses how long those are.
 *
 * @type {[string, string]}
 */
const INTERVAL = ["interval", "auto"];

const latest = {
  /** @type {Facets | null} */
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

/**
 * Shows the notes on expiry and on the last check anew, and the chart, because their times are shown
 * otherwise.
 */
export function showNotesAgain() {
  latest.showNotes();
  drawTimeline();
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
  const isOther = latest.of !== String(countedBy(view));
  expectTimeline(isOther);
  if (!isOther) return;
  latest.of = undefined;
  latest.counting.abort();
}

/**
 * Fetches and shows the counts, unless those of the same filters are there or were asked for. It is
 * called when the list is there: the service has counted for it then, and remembers that. Two
 * requests at once would count twice. It asks again while the newest entries are not judged.
 *
 * @param {() => View} currentView
 * @param {Promise<void> | undefined} labels
 * @param {NoteActions & CountActions} on
 */
export async function renderFacets(currentView, labels, on) {
  const parameters = countedBy(currentView());
  if (latest.of === String(parameters)) return;
  latest.of = String(parameters);
  latest.counting.abort();
  latest.counting = new AbortController();
  const { signal } = latest.counting;
  /** @param {boolean} isAside */
  const count = async (isAside) => {
    const asked = [...parameters, INTERVAL];
    const asking = askWorkspace(currentView(), "facets", asked, signal, isAside);
    const [{ text, now }] = await Promise.all([asking, labels]);
    /** @type {Facets} */
    const facets = JSON.parse(text);
    latest.facets = facets;
    showFilters(currentView(), facets);
    showTimeline(facets);
    on.onCounted();
    return { facets, now };
  };
  /** @type {(facets: Facets, isLater: boolean) => Promise<boolean>} */
  const judge = async ({ unusual_is_complete: isComplete }, isLater) =>
    // The service speaks of the entries that have a number, which those of the last seconds have not.
    isComplete && on.judgeRows(isLater).catch(() => false);
  try {
    const { facets, now } = await count(false);
    // Only an answer without filters has it; the line stays as it is otherwise.
    if (facets.journal_check !== undefined) latest.check = facets.journal_check;
    latest.showNotes = async () => {
      if (latest.check !== undefined) showChecked(latest.check);
      await showRetention(currentView(), facets, now, signal, on);
    };
    await latest.showNotes();
    if (await judge(facets, false)) return;
    awaitJudgement(async () => judge((await count(true)).facets, true), signal);
  } catch {
    if (signal.aborted) return;
    // The list shows what is wrong. Without counts, the filters offer every name.
    latest.of = undefined;
    hideTimeline();
  }
}

/** @param {View} view */
function countedBy(view) {
  return filtersOf(view, ["action", "target_type", "outcome", "unusual", "from", "to"]);
}
