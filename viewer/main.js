// Owns the page: which view is shown, what is fetched for it, and what clicks and keys change.

import { keepToken, listenToEnd, takeFragment, tokenFor } from "./access.js";
import { listenToArrivals, stopArrivals, watchArrivals } from "./arrivals.js";
import { byActor, isFiltered, searchOf, unfiltered, viewOf } from "./address.js";
import { refusalFrom } from "./api.js";
import { loadLabels, remember } from "./catalog.js";
import { byId } from "./dom.js";
import { loadEntry, openDialog, showEntry, showEntryRefusal } from "./entry.js";
import {
  allowExports,
  closeExports,
  isExporting,
  listenToExports,
  openExports,
  resumeExports,
  showChoice,
  suspendExports,
} from "./exports.js";
import {
  endOtherCounts,
  forgetFacets,
  knownFacets,
  renderFacets,
  showNotesAgain,
} from "./facets.js";
import { forgetTyping, listenToFilters, showFilters } from "./filters.js";
import { isEmbedded, listenToHost, tellHost } from "./host.js";
import { listenToHelp } from "./help.js";
import { member, textOf } from "./json.js";
import { focusEntries, isInRow, listenToKeys } from "./keys.js";
import { linkOf, showRows, showSkeleton } from "./list.js";
import { hideMessage, listenToDialogs, showEmpty, showEnding, showRefusal } from "./messages.js";
import { askPage, pageAt } from "./pages.js";
import { focusMenu } from "./picker.js";
import { hidePager, leads, listenToPager, showPager } from "./pager.js";
import { listenToPresence } from "./polling.js";
import { say } from "./texts.js";
import { chooseZone, chosenZone, isDay, localMinute, zoneName } from "./time.js";
import { listenToLayout } from "./values.js";
import { takeWanted, wantEntry } from "./wanted.js";
import { writeTexts } from "./written.js";

/**
 * @import { Stage } from "./access.js"
 * @import { EntryPage, EntryRow, Page } from "./answers.d.ts"
 * @import { View } from "./address.js"
 * @import { OnlyActions } from "./facts.js"
 * @import { Step } from "./pager.js"
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

/** @typedef {"push" | "replace"} How How a view enters the browser's history. */

const PAGE_SIZE = 20;
const SUSPENDED = "suspended";
/** @type {State["shown"]} */
const NO_ENTRIES = { entries: [], page: null };
/**
 * What rows and the open entry ask for: to list only what has an actor or target.
 *
 * @type {OnlyActions}
 */
const ONLY = {
  actor: (actor) => goOnly(byActor(actor)),
  target: ({ type, id }) => goOnly({ target_type: type, target_id: id }),
};

/** @type {State} */
const state = {
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
 * Shows another view.
 *
 * @param {Partial<View>} changes
 * @param {How} how
 * @param {() => unknown} [then] called when the list has loaded
 * @param {string} [step] the page token of the new page, where its number would not find it
 */
function go(changes, how = "push", then, step) {
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
 * Shows the list of what has an actor or target. Whoever was in a row is in a row again.
 *
 * @param {Partial<View>} filter
 */
function goOnly(filter) {
  const then = isInRow() ? focusEntries : undefined;
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
function stepTo(direction, how, then) {
  const { page } = state.shown;
  const token = direction < 0 ? page?.previous_page_token : page?.next_page_token;
  const step = page?.total_is_exact ? undefined : (token ?? undefined);
  return go({ page: Math.max(state.view.page + direction, 1) }, how, then, step);
}

/**
 * The part of a view that decides which entries are listed.
 *
 * @param {View} view
 */
function listOf(view) {
  return searchOf({ ...view, entry: "" });
}

/**
 * Shows the view of the state. It fetches the list only if the view lists something else than the
 * view before.
 *
 * @param {View} [before]
 * @param {() => unknown} [then]
 */
async function render(before, then) {
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
    renderFacets(() => state.view, state.labels, { onShow: showBefore, onExport: exportBefore });
    if (then) then();
  } catch (error) {
    if (!signal.aborted) refuse(error, hadRows);
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
  showNeighbours();
  placeEntry();
  if (page.previous_page_token === null && page.number === 1)
    watchArrivals(state.view, entries, PAGE_SIZE);
  if (entries.length === 0) {
    byId("pager").hidden = true;
    showEmpty(page, isFiltered(state.view), {
      clear: clearFilters,
      goTo: (number) => go({ page: number }),
      goOn: () => stepTo(1),
    });
  }
  const place = byId("pager").hidden ? "" : `${byId("place").textContent}.`;
  byId("status").textContent = `${byId("total").textContent}. ${place}`;
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
function refuse(error, hadRows) {
  const refusal = refusalFrom(error);
  const { kind } = refusal;
  const keepRows = hadRows && ["busy", "failed", "unreachable"].includes(kind);
  const needsToken = kind === "no-token" || kind === "unauthenticated";
  if (!keepRows) {
    state.shown = NO_ENTRIES;
    hidePager();
  }
  const isBlocked = kind === "forbidden" || kind === "absent";
  allowExports(!needsToken && !isBlocked);
  state.needsToken ||= needsToken || isBlocked;
  if (needsToken) {
    showEnding("renewed", "");
    suspendDialog();
    suspendExports();
    tellHost({ audit: "token-expired", reason: kind === "no-token" ? "missing" : "refused" });
  }
  if (isBlocked) tellHost({ audit: "blocked", reason: kind });
  byId("status").textContent = "";
  const waits = kind === "no-token" && state.view.entry !== "" && !isEmbedded();
  if (waits) wantEntry(state.view.workspace, state.view.entry);
  showRefusal(refusal, keepRows, waits, { retry: refresh, clear: clearFilters });
}

function clearFilters() {
  return go(unfiltered(state.view), "push", () => focusMenu("action"));
}

/** Begins a new browse with the newest entries, and fetches everything else again. */
function refresh() {
  state.browse = undefined;
  state.step = undefined;
  forgetFacets();
  if (state.view.entry !== "") renderEntry();
  return renderList();
}

/** Continues with another token where it was: on the same page of the list, with the same entry. */
function takeUp() {
  state.needsToken = false;
  forgetFacets();
  if (state.view.entry !== "") renderEntry();
  renderList();
  resumeExports();
}

/**
 * Says that the token is about to end, or has ended, here and to the page around this one.
 *
 * @param {Stage} stage
 * @param {string} endsAt
 */
function noticeEnd(stage, endsAt) {
  showEnding(stage, stage === "ending" ? localMinute(endsAt) : "");
  if (stage === "ending") tellHost({ audit: "token-expiring", expires_at: endsAt });
  if (stage === "ended") stopArrivals();
  if (stage === "ended") tellHost({ audit: "token-expired", reason: "ended" });
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

async function renderEntry() {
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
    showEntry(entry, ONLY, linkTo(id));
    state.opened = { id, occurredAt: textOf(member(entry, "occurred_at")) ?? "" };
    placeEntry();
  } catch (error) {
    if (signal.aborted) return;
    const refusal = refusalFrom(error);
    if (refusal.kind === "unauthenticated") refuse(refusal, false);
    else showEntryRefusal(refusal, renderEntry);
  }
}

/**
 * Shows the page that has the open entry, if the address led to the entry and not to its page. So
 * the entry has those above and below it, and its row is there when it closes.
 */
async function placeEntry() {
  const { view, opened, shown } = state;
  if (view.entry === "" || view.entry === state.placed || shown.page === null) return;
  if (openRow() === -1 && opened?.id !== view.entry) return;
  state.placed = view.entry;
  if (openRow() !== -1 || opened === undefined) return;
  const { signal } = state.opening;
  try {
    const number = await pageAt(view, opened.occurredAt, PAGE_SIZE, signal);
    if (signal.aborted || number === undefined) return;
    await go({ page: number }, "replace");
    // Entries of the same time may go on over the end of a page.
    const hasMore = state.shown.entries.at(-1)?.occurred_at === opened.occurredAt;
    if (!signal.aborted && openRow() === -1 && hasMore && leads(1)) await stepTo(1, "replace");
  } catch {
    // The entry is shown. It is in none of the pages, if the filters leave it out.
  }
}

/**
 * Closes the dialog, and focuses the row of the entry that was open, if it is on this page.
 *
 * @param {string} id
 */
function closeDialog(id) {
  state.opening.abort();
  byId("entry").close();
  linkOf(id)?.focus();
}

/** Closes the dialog until there is another token; the view keeps its open entry. */
function suspendDialog() {
  state.opening.abort();
  byId("entry").close(SUSPENDED);
}

/** Leaves the entry for its list: the page it was opened from, or the one the arrows led to. */
function leaveEntry() {
  if (history.state?.overPage === state.view.page) history.back();
  else go({ entry: "" }, "replace");
}

/** The place of the open entry among the rows; -1 if it is not on this page. */
function openRow() {
  return state.shown.entries.findIndex(({ id }) => id === state.view.entry);
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

function showNeighbours() {
  byId("newer").setAttribute("aria-disabled", String(!hasNeighbour(-1)));
  byId("older").setAttribute("aria-disabled", String(!hasNeighbour(1)));
}

/**
 * Opens the entry before or after, on the page before or after if necessary.
 *
 * @param {Step} step
 */
async function openNeighbour(step) {
  if (!hasNeighbour(step)) return;
  const id = neighbour(step);
  if (id !== undefined) return go({ entry: id }, "replace");
  await stepTo(step, "replace");
  const entry = state.shown.entries.at(step < 0 ? -1 : 0);
  if (entry) await go({ entry: entry.id }, "replace");
}

/** Scrolls to the top of the table, which is what one wants to see of another page. */
function showTop() {
  const isAbove = byId("results").getBoundingClientRect().top < 0;
  if (isAbove) byId("results").scrollIntoView();
}

/** Offers the viewer's own zone, and UTC if that is another. */
function showZones() {
  const [own, utc] = [new Option(zoneName(), "local"), new Option(say.zone.utc, "utc")];
  const zones = own.text === utc.text ? [own] : [own, utc];
  byId("zone").replaceChildren(...zones);
  byId("zone").value = zones.length > 1 ? chosenZone() : "local";
}

/** Shows all times in the zone that was chosen. Where the filters have days, they are others now. */
function changeZone() {
  chooseZone(byId("zone").value === "utc" ? "utc" : "local");
  const { entries, page } = state.shown;
  if (isDay(state.view.from) || isDay(state.view.to)) return refresh();
  if (page) showPage({ entries, page });
  showFilters(state.view, knownFacets());
  showNotesAgain();
}

function listen() {
  listenToFilters(
    () => state.view,
    (changes) => go(changes),
  );
  listenToPager({
    onStep: (step) => stepTo(step, "push", showTop),
    onPage: (page) => page !== state.view.page && go({ page }, "push", showTop),
  });
  listenToKeys({
    onEntry: openNeighbour,
    onPage: (step) => stepTo(step, "push", isInRow() ? focusEntries : showTop),
    // With an entry in the view, the page is going back to the list or waits for a token.
    isAtRest: () => state.view.entry === "" && !isExporting(),
  });
  listenToExports((refusal) => refuse(refusal, false));
  listenToPresence();
  listenToHelp();
  listenToDialogs();
  listenToArrivals();
  listenToLayout();
  listenToButtons();
  listenToBrowser();
}

function listenToButtons() {
  const dialog = byId("entry");
  byId("clear").addEventListener("click", clearFilters);
  byId("zone").addEventListener("change", changeZone);
  byId("refresh").addEventListener("click", () => {
    state.browse = undefined;
    forgetFacets();
    return state.view.page === 1 ? refresh() : go({ page: 1 });
  });
  byId("skip").addEventListener("click", (event) => {
    event.preventDefault();
    focusEntries();
  });
  byId("close").addEventListener("click", () => dialog.close());
  byId("newer").addEventListener("click", () => openNeighbour(-1));
  byId("older").addEventListener("click", () => openNeighbour(1));
  // The button, Esc and a click on the backdrop all close it, which leads here.
  dialog.addEventListener("close", () => {
    if (dialog.returnValue !== SUSPENDED && state.view.entry !== "") leaveEntry();
  });
  // A click on the backdrop is a click on the dialog itself.
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
}

function listenToBrowser() {
  window.addEventListener("popstate", (event) => {
    const before = state.view;
    closeExports();
    forgetTyping();
    state.view = viewOf(location.search);
    state.browse = event.state?.browse;
    state.step = event.state?.step;
    render(before);
  });
  window.addEventListener("hashchange", () => takeFragment(state.view.workspace) && takeUp());
  window.addEventListener("online", () => !byId("message").hidden && refresh());
}

/** Opens the entry that somebody wanted to see before they had access, unless the address has one. */
function showWanted() {
  const entry = takeWanted(state.view.workspace);
  if (entry === "" || state.view.entry !== "") return;
  state.view.entry = entry;
  history.replaceState(history.state, "", location.pathname + searchOf(state.view));
}

function start() {
  if (takeFragment(state.view.workspace)) showWanted();
  writeTexts();
  showZones();
  state.labels = loadLabels(new AbortController().signal);
  listen();
  listenToHost({
    onToken: (token, endsAt) => {
      keepToken(state.view.workspace, token, endsAt);
      // One that comes in time changes nothing of what is shown.
      if (state.needsToken) takeUp();
    },
  });
  listenToEnd(state.view.workspace, noticeEnd);
  history.replaceState({ ...history.state, browse: undefined, step: undefined }, "");
  render();
}

start();
