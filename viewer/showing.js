// Owns what the page shows: which view, what is fetched for it, and what stands in its place.

import { openAbout, resumeAbout, suspendAbout } from "./about.js";
import { byActor, searchOf, unfiltered } from "./address.js";
import { refusalFrom } from "./api.js";
import { showArrived, stopArrivals, watchArrivals } from "./arrivals.js";
import { remember } from "./catalog.js";
import { leavingOut } from "./chosen.js";
import { byId } from "./dom.js";
import { allowExports, openExports, resumeExports, showChoice, suspendExports } from "./exports.js";
import {
  endOtherCounts,
  forgetFacets,
  knownFacets,
  renderFacets,
  showNotesAgain,
} from "./facets.js";
import { showFilters } from "./filters.js";
import { isEmbedded, tellHost } from "./host.js";
import { focusEntries, isInRow } from "./keys.js";
import { showJudged, showRows, showSkeleton } from "./list.js";
import { hideMessage, showEmpty, showEnding, showRefusal } from "./messages.js";
import { closeDialog, placeEntry, renderEntry, showNeighbours, suspendDialog } from "./opening.js";
import { hidePager, showPager } from "./pager.js";
import { askPage } from "./pages.js";
import { nameActor } from "./people.js";
import { NO_ENTRIES, PAGE_SIZE, listOf, state } from "./state.js";
import { say } from "./texts.js";
import { isDay } from "./time.js";
import { hideTimeline } from "./timeline.js";
import { wantEntry } from "./wanted.js";

/**
 * @import { EntryPage, Page } from "./answers.d.ts"
 * @import { View } from "./address.js"
 * @import { OnlyActions } from "./only.js"
 * @import { How, Step } from "./pager.js"
 */

/**
 * What rows and the open entry ask for: to list only what has an actor, a target or an action, or
 * what has not that action.
 *
 * @type {OnlyActions}
 */
export const ONLY = {
  actor: (actor) => goOnly(byActor(actor)),
  target: ({ type, id }) => goOnly({ target_type: type, target_id: id }),
  action: (action) => goOnly({ action }),
  leaveOut: (action) => goOnly({ action: leavingOut(state.view.action, action) }),
  more: openAbout,
};

/**
 * Shows another view.
 *
 * @param {Partial<View>} changes
 * @param {How} how
 * @param {() => unknown} [then] called when the list has loaded
 * @param {string} [step] the page token of the new page, where its number would not find it
 */
export function go(changes, how = "push", then, step) {
  const before = state.view;
  state.view = { ...state.view, ...changes };
  if (listOf({ ...before, page: 1 }) !== listOf({ ...state.view, page: 1 }))
    state.browse = undefined;
  if (listOf(before) !== listOf(state.view)) state.step = step;
  if (searchOf(before) !== searchOf(state.view)) {
    const hasOpened = how === "push" && before.entry === "" && state.view.entry !== "";
    const kept = how === "replace" ? history.state?.overPage : undefined;
    const overPage = hasOpened ? state.view.page : kept;
    const data = { browse: state.browse, step: state.step, overPage };
    const address = location.pathname + searchOf(state.view);
    if (how === "push") history.pushState(data, "", address);
    else history.replaceState(data, "", address);
  }
  return render(before, then);
}

/**
 * Shows the list of what has an actor or target. Whoever was in a row, or in an entry, is in a row
 * again.
 *
 * @param {Partial<View>} filter
 */
export function goOnly(filter) {
  const then = isInRow() || state.view.entry !== "" ? focusEntries : undefined;
  return go({ ...filter, page: 1, entry: "" }, "push", then);
}

/**
 * Goes one page back or forth. Where the total is exact, it goes by number, within the browse.
 * Otherwise it goes by token, because pages beyond the counted entries have no number.
 *
 * @param {Step} direction
 * @param {How} [how]
 * @param {() => unknown} [then]
 */
export function stepTo(direction, how, then) {
  const { page } = state.shown;
  const token = direction < 0 ? page?.previous_page_token : page?.next_page_token;
  const step = page?.total_is_exact ? undefined : (token ?? undefined);
  return go({ page: Math.max(state.view.page + direction, 1) }, how, then, step);
}

/**
 * Shows the view of the state. It fetches the list only if the view lists something else than the
 * view before.
 *
 * @param {View} [before]
 * @param {() => unknown} [then]
 */
export async function render(before, then) {
  tellHost({ audit: "view", search: searchOf({ ...state.view, workspace: "", lang: "" }) });
  if (before?.entry !== state.view.entry) {
    if (state.view.entry !== "") renderEntry();
    else if (before !== undefined) closeDialog(before.entry);
  }
  if (before === undefined || listOf(before) !== listOf(state.view)) await renderList(then);
}

/** @param {() => unknown} [then] */
async function renderList(then) {
  state.listing.abort();
  state.listing = new AbortController();
  const { signal } = state.listing;
  const hadRows = state.shown.entries.length > 0;
  showFilters(state.view, knownFacets());
  if (hadRows) byId("table").setAttribute("aria-busy", "true");
  else startLoading();
  showChoice(state.view, null);
  endOtherCounts(state.view);
  stopArrivals();
  try {
    const asking = askPage(state.view, state, PAGE_SIZE, signal);
    const [{ shown, isAnew }] = await Promise.all([asking, state.labels]);
    if (isAnew) Object.assign(state, { browse: undefined, step: undefined });
    showPage(shown);
    renderFacets(() => state.view, state.labels, {
      onShow: showBefore,
      onExport: exportBefore,
      judgeRows,
      onCounted: showCounted,
    });
    if (then) then();
  } catch (error) {
    if (signal.aborted) return;
    refuse(error, hadRows);
    // The labels may have come after the filters were shown.
    state.labels?.then(() => signal.aborted || showFilters(state.view, knownFacets()));
  } finally {
    if (!signal.aborted) byId("table").removeAttribute("aria-busy");
  }
}

function startLoading() {
  hideMessage();
  byId("table").setAttribute("aria-busy", "true");
  byId("status").textContent = say.list.loading;
  showSkeleton(PAGE_SIZE);
}

/** @param {EntryPage} shown */
function showPage({ entries, page }) {
  state.shown = { entries, page };
  state.browse = page.next_page_token ?? page.previous_page_token ?? state.browse;
  history.replaceState({ ...history.state, browse: state.browse }, "");
  remember(entries);
  hideMessage();
  showRows(entries, (id) => searchOf({ ...state.view, entry: id }), {
    open: (entry) => go({ entry }),
    ...ONLY,
  });
  showFilters(state.view, knownFacets());
  showPager(page, page.number ?? state.view.page);
  showChoice(state.view, page);
  allowExports(true);
  nameActor(() => state.view, state.listing.signal);
  showNeighbours();
  placeEntry();
  if (page.previous_page_token === null && page.number === 1)
    watchArrivals(state.view, entries, PAGE_SIZE);
  if (entries.length === 0) showNone(page);
  const place = byId("pager").hidden ? "" : `${byId("place").textContent}.`;
  byId("status").textContent = `${byId("total").textContent}. ${place}`;
}

/** @param {Page} page */
function showNone(page) {
  byId("pager").hidden = true;
  const { from, to } = state.view;
  if (page.total_entries === 0 && from + to === "") hideTimeline();
  showEmpty(page, state.view, knownFacets()?.unusual_is_complete, {
    clear: clearFilters,
    goTo: (number) => go({ page: number }),
    goOn: () => stepTo(1),
  });
}

/** An empty list of unusual entries says whether the newest entries are judged. */
function showCounted() {
  const { entries, page } = state.shown;
  if (page && entries.length === 0 && state.view.unusual !== "") showNone(page);
}

/**
 * Fetches the page once more if it came before its entries were judged, and shows in the rows what
 * is known now. A list of unusual entries stays as it is, and says how many more there are. Returns
 * whether all rows are judged.
 *
 * @param {boolean} isLater whether the counts were asked for again
 */
async function judgeRows(isLater) {
  const { listing, shown: before, view } = state;
  const isLeft = () => before.entries.some(({ unusual }) => unusual === undefined);
  const isOfUnusual = view.unusual !== "";
  if (!isLeft() && !(isLater && isOfUnusual)) return true;
  const { shown } = await askPage(view, state, PAGE_SIZE, listing.signal, true);
  if (state.shown !== before || listing.signal.aborted) return false;
  if (before.entries.length === 0 && shown.entries.length > 0) {
    refresh();
    return false;
  }
  const found = new Map(shown.entries.map(({ id, unusual }) => [id, unusual]));
  for (const entry of before.entries.filter(({ unusual }) => unusual === undefined)) {
    entry.unusual = found.get(entry.id);
    showJudged(entry);
  }
  for (const { id } of before.entries) found.delete(id);
  if (isOfUnusual && view.page === 1) showArrived(found.size, PAGE_SIZE);
  return !isLeft();
}

/**
 * Lists the entries before a time, and opens the panel to export just those.
 *
 * @param {string} bound
 */
function exportBefore(bound) {
  showBefore(bound);
  openExports();
}

/** @param {string} bound */
function showBefore(bound) {
  go({ ...unfiltered(state.view), to: bound });
}

/**
 * Shows why there is no list.
 *
 * @param {unknown} error
 * @param {boolean} hadRows
 */
export function refuse(error, hadRows) {
  const refusal = refusalFrom(error);
  const { kind } = refusal;
  const keepRows = hadRows && ["busy", "failed", "unreachable"].includes(kind);
  const needsToken = kind === "no-token" || kind === "unauthenticated";
  if (!keepRows) {
    state.shown = NO_ENTRIES;
    hidePager();
    hideTimeline();
  }
  const isBlocked = kind === "forbidden" || kind === "absent";
  allowExports(!needsToken && !isBlocked);
  state.needsToken ||= needsToken || isBlocked;
  if (needsToken) {
    showEnding("renewed", "");
    suspendDialog();
    suspendExports();
    suspendAbout();
    tellHost({ audit: "token-expired", reason: kind === "no-token" ? "missing" : "refused" });
  }
  if (isBlocked) tellHost({ audit: "blocked", reason: kind });
  byId("status").textContent = "";
  const waits = kind === "no-token" && state.view.entry !== "" && !isEmbedded();
  if (waits) wantEntry(state.view.workspace, state.view.entry);
  showRefusal(refusal, keepRows, waits, { retry: refresh, clear: clearFilters });
}

/** Shows the list without filters. */
export function clearFilters() {
  return go(unfiltered(state.view), "push", () => byId("action").focus());
}

/** Begins a new browse with the newest entries, and fetches everything else again. */
export function refresh() {
  state.browse = undefined;
  state.step = undefined;
  forgetFacets();
  if (state.view.entry !== "") renderEntry();
  return renderList();
}

/** Continues with another token where it was: on the same page of the list, with the same entry. */
export function takeUp() {
  state.needsToken = false;
  forgetFacets();
  if (state.view.entry !== "") renderEntry();
  renderList();
  resumeExports();
  resumeAbout();
}

/** Shows all times again. Where the filters have days, they are others now. */
export function changeZone() {
  const { entries, page } = state.shown;
  if (isDay(state.view.from) || isDay(state.view.to)) return refresh();
  if (page) showPage({ entries, page });
  showFilters(state.view, knownFacets());
  showNotesAgain();
}
