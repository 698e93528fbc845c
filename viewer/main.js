// Owns the start of the page: what it listens to, and which clicks and keys change what.

import { closeAbout, isAboutOpen, listenToAbout } from "./about.js";
import { keepToken, listenToEnd, takeFragment } from "./access.js";
import { searchOf, viewOf } from "./address.js";
import { listenToArrivals, stopArrivals } from "./arrivals.js";
import { loadLabels } from "./catalog.js";
import { byId } from "./dom.js";
import { closeExports, isExporting, listenToExports } from "./exports.js";
import { forgetFacets } from "./facets.js";
import { forgetTyping, listenToFilters } from "./filters.js";
import { listenToHelp } from "./help.js";
import { listenToHost, tellHost } from "./host.js";
import { listenToJudging } from "./judging.js";
import { focusEntries, isInRow, listenToKeys } from "./keys.js";
import { listenToDialogs, showEnding } from "./messages.js";
import { listenToEntry, openNeighbour } from "./opening.js";
import { listenToPager } from "./pager.js";
import { listenToPresence } from "./polling.js";
import {
  ONLY,
  changeZone,
  clearFilters,
  go,
  goOnly,
  refresh,
  refuse,
  render,
  stepTo,
  takeUp,
} from "./showing.js";
import { state } from "./state.js";
import { localMinute } from "./time.js";
import { listenToTimeline } from "./timeline.js";
import { listenToLayout } from "./values.js";
import { takeWanted } from "./wanted.js";
import { writeTexts } from "./written.js";
import { listenToZone } from "./zone.js";

/** @import { Stage } from "./access.js" */

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

/** Scrolls to the top of the table, which is what one wants to see of another page. */
function showTop() {
  const isAbove = byId("results").getBoundingClientRect().top < 0;
  if (isAbove) byId("results").scrollIntoView();
}

function listen() {
  listenToFilters(
    () => state.view,
    (changes) => go(changes),
    (refusal) => refuse(refusal, false),
  );
  listenToTimeline((changes) => go(changes));
  listenToPager({
    onStep: (step) => stepTo(step, "push", showTop),
    onPage: (page) => page !== state.view.page && go({ page }, "push", showTop),
  });
  listenToEntry({ go, stepTo, refuse: (refusal) => refuse(refusal, false), only: ONLY });
  listenToKeys({
    onEntry: openNeighbour,
    onPage: (step) => stepTo(step, "push", isInRow() ? focusEntries : showTop),
    // With an entry in the view, the page is going back to the list or waits for a token.
    isAtRest: () => state.view.entry === "" && !isExporting() && !isAboutOpen(),
  });
  listenToExports((refusal) => refuse(refusal, false));
  listenToAbout(goOnly, (refusal) => refuse(refusal, false));
  listenToPresence();
  listenToHelp();
  listenToDialogs();
  listenToArrivals();
  listenToJudging();
  listenToLayout();
  listenToZone(changeZone);
  listenToButtons();
  listenToBrowser();
}

function listenToButtons() {
  byId("clear").addEventListener("click", clearFilters);
  byId("refresh").addEventListener("click", () => {
    state.browse = undefined;
    forgetFacets();
    return state.view.page === 1 ? refresh() : go({ page: 1 });
  });
  byId("skip").addEventListener("click", (event) => {
    event.preventDefault();
    focusEntries();
  });
}

function listenToBrowser() {
  window.addEventListener("popstate", (event) => {
    const before = state.view;
    closeExports();
    closeAbout();
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
