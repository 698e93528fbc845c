// Owns the messages in place of the list: why there are no entries, and what to do next.

import { exportFiltersOf, isFiltered } from "./address.js";
import { byId, el, inside } from "./dom.js";
import { grouped } from "./text.js";
import { say } from "./texts.js";
import { filterChips } from "./wording.js";

/**
 * @import { Page } from "./answers.d.ts"
 * @import { View } from "./address.js"
 * @import { Refusal, RefusalKind } from "./api.js"
 * @import { Child } from "./dom.js"
 */

/** @typedef {[title: string, lines: string[], canRetry?: boolean]} Words A refusal in words. */

/** What to do about a token that is missing or not good enough. */
export const ACCESS = say.messages.access;
/** @type {Record<RefusalKind, Words>} */
const REFUSALS = {
  "no-token": [say.messages.noToken, ACCESS],
  unauthenticated: [say.messages.ended, [say.messages.endedWhy, ...ACCESS]],
  forbidden: [say.messages.forbidden, ACCESS],
  absent: [say.messages.absent, [say.messages.absentWhy, ...ACCESS]],
  unusable: [say.messages.unusable, []],
  busy: [say.messages.busy, [say.messages.busyWhy], true],
  failed: [say.messages.failed, [say.messages.failedWhy], true],
  unreachable: [say.messages.unreachable, [say.messages.unreachableWhy], true],
};

/**
 * A refusal in words.
 *
 * @param {Refusal} refusal
 * @param {Partial<Record<RefusalKind, Words>>} others words used instead of those for the list
 */
export function refusalWords(refusal, others = {}) {
  const [title, lines, canRetry = false] = others[refusal.kind] ?? REFUSALS[refusal.kind];
  const { detail, requestId } = refusal;
  const isDetailed = refusal.kind === "unusable" && detail !== "";
  const said = isDetailed ? [`${detail.charAt(0).toUpperCase()}${detail.slice(1)}`] : [];
  const reference = requestId && canRetry ? [say.messages.reference(requestId)] : [];
  return { title, lines: [...said, ...lines, ...reference], canRetry };
}

/**
 * Shows that a request was refused.
 *
 * @param {Refusal} refusal
 * @param {boolean} keepRows whether entries stay visible below the message
 * @param {boolean} waits whether an entry opens as soon as there is a token
 * @param {{ retry: () => unknown, clear: () => unknown }} on
 */
export function showRefusal(refusal, keepRows, waits, { retry, clear }) {
  const { title, lines, canRetry } = refusalWords(refusal);
  if (waits) lines.unshift(say.messages.entryWaits);
  const actions = [
    canRetry && button(say.messages.tryAgain, retry),
    refusal.kind === "unusable" && button(say.filters.clear, clear),
  ];
  show({ title, lines, actions, keepRows, isAlert: true });
}

/**
 * Shows that the list is empty, and why.
 *
 * @param {Page} page
 * @param {View} view
 * @param {boolean | undefined} isJudged whether it is known of all entries if they are unusual
 * @param {{ clear: () => unknown, goTo: (number: number) => unknown, goOn: () => unknown }} on
 */
export function showEmpty(page, view, isJudged, { clear, goTo, goOn }) {
  if (page.next_page_token !== null) {
    const lines = [say.messages.noMatchesYetWhy];
    const actions = [button(say.messages.searchOlder, goOn)];
    show({ title: say.messages.noMatchesYet, lines, actions });
  } else if (page.total_entries > 0) {
    const { total_pages: pages, total_is_exact: isExact } = page;
    const last = button(say.messages.goToPage(grouped(pages)), () => goTo(pages));
    const title = say.messages.pastEnd(grouped(page.number ?? 0));
    show({ title, lines: [say.messages.pages(pages, isExact)], actions: [last] });
  } else if (isFiltered(view)) {
    const actions = [button(say.filters.clear, clear)];
    show({ ...noMatch(view, isJudged), filters: filterChips(exportFiltersOf(view)), actions });
  } else {
    show({ title: say.messages.nothing, lines: [say.messages.nothingWhy], actions: [] });
  }
}

/**
 * That nothing matches the filters of a view, in words.
 *
 * @param {View} view
 * @param {boolean | undefined} isJudged
 */
function noMatch(view, isJudged) {
  const { noMatches, noMatchesWhy, noUnusual, noUnusualYet, noUnusualHere } = say.messages;
  if (view.unusual === "") return { title: noMatches, lines: [noMatchesWhy] };
  const hasOthers = isFiltered({ ...view, unusual: "" });
  const none = isJudged ? noUnusual : noUnusualYet;
  const lines = [say.messages.noUnusualWhy, ...(isJudged === false ? [say.unusual.unjudged] : [])];
  return { title: hasOthers ? noUnusualHere : none, lines };
}

/**
 * Says that the token is about to end or has ended; hides it when there is another. What is shown
 * stays as it is. It stands in the dialog that is open, because all else is inert then.
 *
 * @param {"renewed" | "ending" | "ended"} stage
 * @param {string} time when it ends, in words
 */
export function showEnding(stage, time) {
  const ending = byId("ending");
  ending.hidden = stage === "renewed";
  if (ending.hidden) return;
  const title = stage === "ending" ? say.messages.endsAt(time) : say.messages.ended;
  const lines = [say.messages.access[0], say.messages.goesOn];
  ending.replaceChildren(el("h2", {}, title), el("p", {}, lines.join(" ")));
  placeEnding();
}

/** Keeps the message about the end of the token where it can be seen. To be called once. */
export function listenToDialogs() {
  const observer = new MutationObserver(placeEnding);
  for (const dialog of document.querySelectorAll("dialog"))
    observer.observe(dialog, { attributeFilter: ["open"] });
}

function placeEnding() {
  if (byId("ending").hidden) return;
  const dialog = [...document.querySelectorAll("dialog[open]")].at(-1);
  const place = dialog ? inside(dialog, "header") : byId("filters").parentElement;
  if (place?.nextElementSibling !== byId("ending")) place?.after(byId("ending"));
}

/** Hides the message and shows the table again. */
export function hideMessage() {
  byId("message").hidden = true;
  byId("table").hidden = false;
}

/**
 * @param {{
 *   title: string,
 *   lines: string[],
 *   filters?: Element,
 *   actions: Child[],
 *   keepRows?: boolean,
 *   isAlert?: boolean,
 * }} said
 */
function show({ title, lines, filters, actions, keepRows = false, isAlert = false }) {
  const message = byId("message");
  const paragraphs = lines.map((line) => el("p", {}, line));
  const buttons = el("div", { class: "actions" }, actions);
  message.replaceChildren(
    el("h2", {}, title),
    ...(filters ? [filters] : []),
    ...paragraphs,
    buttons,
  );
  message.setAttribute("role", isAlert ? "alert" : "status");
  message.classList.toggle("above", keepRows);
  message.hidden = false;
  byId("table").hidden = !keepRows;
}

/**
 * @param {string} text
 * @param {() => unknown} onclick
 */
function button(text, onclick) {
  return el("button", { type: "button", class: "button", onclick }, text);
}
