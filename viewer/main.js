// Owns the page: which view is shown, what is fetched for it, and what a person's clicks and keys do to it.

import { keepToken, takeFragment, tokenFor } from "./access.js";
import { isFiltered, searchOf, unfiltered, viewOf } from "./address.js";
import { Refusal } from "./api.js";
import { loadLabels, remember } from "./catalog.js";
import { byId } from "./dom.js";
import { loadEntry, openDialog, showEntry, showEntryRefusal } from "./entry.js";
import { allowExports, closeExports, isExporting, listenToExports, openExports, resumeExports, showChoice, suspendExports } from "./exports.js";
import { forgetFacets, knownFacets, renderFacets } from "./facets.js";
import { listenToFilters, showFilters } from "./filters.js";
import { listenToHost, tellHost } from "./host.js";
import { isInRow, listenToKeys } from "./keys.js";
import { linkOf, links, showRows, showSkeleton } from "./list.js";
import { hideMessage, showEmpty, showRefusal } from "./messages.js";
import { askPage } from "./pages.js";
import { hidePager, leads, listenToPager, showPager } from "./pager.js";
import { listenToPresence } from "./polling.js";
import { zoneName } from "./time.js";

const PAGE_SIZE = 20;
const SUSPENDED = "suspended";
const NO_ENTRIES = { entries: [], page: null };

const state = {
  view: viewOf(location.search),
  // A page token of the browse under way: with it, numbers stay put while entries arrive.
  browse: undefined,
  // The page token of this very page, where its number would not find it; see `stepTo`.
  step: undefined,
  shown: NO_ENTRIES,
  listing: new AbortController(),
  opening: new AbortController(),
  labels: undefined,
};

/** Goes to another view: `changes` are what differs. `how` is push or replace; `then` is done when the list is there. */
function go(changes, how = "push", then, step) {
  const before = state.view;
  state.view = { ...state.view, ...changes };
  if (listOf({ ...before, page: 1 }) !== listOf({ ...state.view, page: 1 })) state.browse = undefined;
  if (listOf(before) !== listOf(state.view)) state.step = step;
  if (searchOf(before) !== searchOf(state.view)) {
    const hasOpened = how === "push" && before.entry === "" && state.view.entry !== "";
    const overPage = hasOpened ? state.view.page : how === "replace" ? history.state?.overPage : undefined;
    history[`${how}State`]({ browse: state.browse, step: state.step, overPage }, "", location.pathname + searchOf(state.view));
  }
  return render(before, then);
}

/**
 * Goes to the page before (-1) or after (1). Where the total is exact, by number, within the browse; else by token, because entries beyond those
 * that are counted have no number.
 */
function stepTo(direction, how, then) {
  const { page } = state.shown;
  const token = page?.[direction < 0 ? "previous_page_token" : "next_page_token"];
  return go({ page: Math.max(state.view.page + direction, 1) }, how, then, page?.total_is_exact ? undefined : token);
}

/** What of a view decides which entries are listed. */
function listOf(view) {
  return searchOf({ ...view, entry: "" });
}

/** Shows the state's view, after `before`; the list is fetched only if it is another one. */
async function render(before, then) {
  tellHost({ audit: "view", search: searchOf({ ...state.view, workspace: "" }) });
  if (before?.entry !== state.view.entry) {
    if (state.view.entry !== "") renderEntry();
    else if (before !== undefined) closeDialog(before.entry);
  }
  if (before === undefined || listOf(before) !== listOf(state.view)) await renderList(then);
}

async function renderList(then) {
  state.listing.abort();
  state.listing = new AbortController();
  const { signal } = state.listing;
  const hadRows = state.shown.entries.length > 0;
  showFilters(state.view, knownFacets());
  if (hadRows) byId("table").setAttribute("aria-busy", "true");
  else startLoading();
  showChoice(state.view, null);
  renderFacets(() => state.view, state.labels, { onShow: showBefore, onExport: exportBefore });
  try {
    const [{ shown, isAnew }] = await Promise.all([askPage(state.view, state, PAGE_SIZE, signal), state.labels]);
    if (isAnew) Object.assign(state, { browse: undefined, step: undefined });
    showPage(shown);
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
  byId("status").textContent = "Loading entries.";
  showSkeleton(PAGE_SIZE);
}

function showPage({ entries, page }) {
  state.shown = { entries, page };
  state.browse = page.next_page_token ?? page.previous_page_token ?? state.browse;
  history.replaceState({ ...history.state, browse: state.browse }, "");
  remember(entries);
  hideMessage();
  showRows(entries, (id) => searchOf({ ...state.view, entry: id }), {
    open: (entry) => go({ entry }),
    actor: (actor) => go({ actor_id: actor.id, page: 1 }),
    target: (target) => go({ target_type: target.type, target_id: target.id, page: 1 }),
  });
  showFilters(state.view, knownFacets());
  showPager(page, page.number ?? state.view.page);
  showChoice(state.view, page);
  allowExports(true);
  showNeighbours();
  if (entries.length === 0) {
    byId("pager").hidden = true;
    showEmpty(page, isFiltered(state.view), { clear: clearFilters, goTo: (number) => go({ page: number }), goOn: () => stepTo(1) });
  }
  byId("status").textContent = `${byId("total").textContent}. ${byId("pager").hidden ? "" : `${byId("place").textContent}.`}`;
}

/** Goes to what leaves before a moment, and offers to export just that. */
function exportBefore(bound) {
  showBefore(bound);
  openExports();
}

function showBefore(bound) {
  go({ ...unfiltered(state.view), to: bound });
}

function refuse(error, hadRows) {
  const refusal = error instanceof Refusal ? error : new Refusal("failed");
  const keepRows = hadRows && ["busy", "failed", "unreachable"].includes(refusal.kind);
  if (!keepRows) {
    state.shown = NO_ENTRIES;
    hidePager();
  }
  allowExports(!["no-token", "unauthenticated", "forbidden", "absent"].includes(refusal.kind));
  if (["no-token", "unauthenticated"].includes(refusal.kind)) {
    suspendDialog();
    suspendExports();
    tellHost({ audit: "token-expired", reason: refusal.kind === "no-token" ? "missing" : "refused" });
  }
  byId("status").textContent = "";
  showRefusal(refusal, keepRows, { retry: refresh, clear: clearFilters });
}

function clearFilters() {
  return go(unfiltered(state.view), "push", () => byId("action").focus());
}

/** Starts anew: the newest entries, and whatever else is true now. */
function refresh() {
  state.browse = undefined;
  state.step = undefined;
  forgetFacets();
  if (state.view.entry !== "") renderEntry();
  return renderList();
}

/** Goes on with another token. */
function takeUp() {
  refresh();
  resumeExports();
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
    if (!signal.aborted) showEntry(entry);
  } catch (error) {
    if (signal.aborted) return;
    if (error.kind === "unauthenticated") refuse(error, false);
    else showEntryRefusal(error, renderEntry);
  }
}

/** Closes the dialog; the row of the entry that was open has the focus then, if it is on this page. */
function closeDialog(id) {
  state.opening.abort();
  byId("entry").close();
  linkOf(id)?.focus();
}

/** Closes the dialog, but not the entry: with another token it opens again. */
function suspendDialog() {
  state.opening.abort();
  byId("entry").close(SUSPENDED);
}

/** Leaves the entry for the list that it was opened from, or for that of the page to which the arrows have led. */
function leaveEntry() {
  if (history.state?.overPage === state.view.page) history.back();
  else go({ entry: "" }, "replace");
}

/** The entry that stands so many rows below the open one: an id, or undefined at an end of the page. */
function neighbour(step) {
  const at = state.shown.entries.findIndex(({ id }) => id === state.view.entry);
  return at === -1 ? undefined : state.shown.entries[at + step]?.id;
}

function showNeighbours() {
  const isOnPage = state.shown.entries.some(({ id }) => id === state.view.entry);
  byId("newer").setAttribute("aria-disabled", String(!isOnPage || (neighbour(-1) === undefined && !leads(-1))));
  byId("older").setAttribute("aria-disabled", String(!isOnPage || (neighbour(1) === undefined && !leads(1))));
}

/** Opens the entry above or below, on the page before or after if need be. */
async function openNeighbour(step) {
  const id = neighbour(step);
  if (id !== undefined) return go({ entry: id }, "replace");
  const isOnPage = state.shown.entries.some((one) => one.id === state.view.entry);
  if (!isOnPage || !leads(step)) return undefined;
  await stepTo(step, "replace");
  const entry = state.shown.entries.at(step < 0 ? -1 : 0);
  return entry && go({ entry: entry.id }, "replace");
}

/** After a change of the page at the bottom of a long table, its top is what one wants to see. */
function showTop() {
  if (byId("results").getBoundingClientRect().top < 0) byId("results").scrollIntoView();
}

function listen() {
  listenToFilters(() => state.view, (changes) => go(changes));
  listenToPager({ onStep: (step) => stepTo(step, "push", showTop), onPage: (page) => page !== state.view.page && go({ page }, "push", showTop) });
  listenToKeys({
    onEntry: openNeighbour,
    onPage: (step) => stepTo(step, "push", isInRow() ? () => links()[0]?.focus() : showTop),
    // Else the way back to the list is under way, or a new token is awaited.
    isAtRest: () => state.view.entry === "" && !isExporting(),
  });
  listenToExports((refusal) => refuse(refusal, false));
  listenToPresence();
  byId("clear").addEventListener("click", clearFilters);
  byId("refresh").addEventListener("click", () => {
    state.browse = undefined;
    forgetFacets();
    return state.view.page === 1 ? refresh() : go({ page: 1 });
  });
  byId("close").addEventListener("click", () => byId("entry").close());
  byId("newer").addEventListener("click", () => openNeighbour(-1));
  byId("older").addEventListener("click", () => openNeighbour(1));
  // However it was closed: by the button, by Esc, or by a click beside its content, which is on the dialog itself.
  byId("entry").addEventListener("close", () => byId("entry").returnValue !== SUSPENDED && state.view.entry !== "" && leaveEntry());
  byId("entry").addEventListener("click", (event) => event.target === byId("entry") && byId("entry").close());
  window.addEventListener("popstate", (event) => {
    const before = state.view;
    closeExports();
    state.view = viewOf(location.search);
    state.browse = event.state?.browse;
    state.step = event.state?.step;
    render(before);
  });
  window.addEventListener("hashchange", () => takeFragment(state.view.workspace) && takeUp());
  window.addEventListener("online", () => !byId("message").hidden && refresh());
}

function start() {
  takeFragment(state.view.workspace);
  byId("zone").textContent = `Times in ${zoneName()}`;
  state.labels = loadLabels(new AbortController().signal);
  listen();
  listenToHost({
    onToken: (token) => {
      keepToken(state.view.workspace, token);
      takeUp();
    },
  });
  history.replaceState({ ...history.state, browse: undefined, step: undefined }, "");
  render();
}

start();
