// Owns the messages in place of the list: why there are no entries, and what to do next.

import { byId, el } from "./dom.js";
import { grouped } from "./text.js";

/**
 * @import { Page } from "./answers.d.ts"
 * @import { Refusal, RefusalKind } from "./api.js"
 * @import { Child } from "./dom.js"
 */

/** @typedef {[title: string, lines: string[], canRetry?: boolean]} Words A refusal in words. */

/** What to do about a token that is missing or not good enough. */
export const ACCESS = [
  "Open Settings → Audit again in your product. You get a new link, valid for up to an hour.",
  "If this happens again, ask whoever runs the product for you. They decide who may read this log.",
];
/** @type {Record<RefusalKind, Words>} */
const REFUSALS = {
  "no-token": ["Open this page from your product", ACCESS],
  unauthenticated: [
    "Your access to this log has ended",
    ["It has expired or was revoked.", ...ACCESS],
  ],
  forbidden: ["This access does not allow reading the log", ACCESS],
  absent: [
    "You do not have access to this workspace",
    ["It does not exist, or your access is for another workspace.", ...ACCESS],
  ],
  unusable: ["These filters cannot be used", []],
  busy: ["The service is busy", ["Nothing is lost. Try again in a moment."], true],
  failed: [
    "The service could not answer",
    ["Nothing is lost. Try again. If this keeps happening, tell whoever runs the product."],
    true,
  ],
  unreachable: [
    "The service cannot be reached",
    ["You may be offline. The page tries again as soon as there is a connection."],
    true,
  ],
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
  const reference = requestId && canRetry ? [`Reference: ${requestId}`] : [];
  return { title, lines: [...said, ...lines, ...reference], canRetry };
}

/**
 * Shows that a request was refused.
 *
 * @param {Refusal} refusal
 * @param {boolean} keepRows whether entries stay visible below the message
 * @param {{ retry: () => unknown, clear: () => unknown }} on
 */
export function showRefusal(refusal, keepRows, { retry, clear }) {
  const { title, lines, canRetry } = refusalWords(refusal);
  const actions = [
    canRetry && button("Try again", retry),
    refusal.kind === "unusable" && button("Clear filters", clear),
  ];
  show({ title, lines, actions, keepRows, isAlert: true });
}

/**
 * Shows that the list is empty, and why.
 *
 * @param {Page} page
 * @param {boolean} isFiltered
 * @param {{ clear: () => unknown, goTo: (number: number) => unknown, goOn: () => unknown }} on
 */
export function showEmpty(page, isFiltered, { clear, goTo, goOn }) {
  if (page.next_page_token !== null) {
    const lines = ["None of the entries searched so far match. There are older entries."];
    const actions = [button("Search older entries", goOn)];
    show({ title: "No matches so far", lines, actions });
  } else if (page.total_entries > 0) {
    const bound = page.total_is_exact ? "" : "at least ";
    const count = grouped(page.total_pages);
    const pages = page.total_pages === 1 ? "There is one page" : `There are ${bound}${count} pages`;
    const last = button(`Go to page ${count}`, () => goTo(page.total_pages));
    const title = `Page ${grouped(page.number ?? 0)} is past the end`;
    show({ title, lines: [`${pages} of entries here.`], actions: [last] });
  } else if (isFiltered) {
    const lines = ["No such entry was recorded, or it has expired."];
    const actions = [button("Clear filters", clear)];
    show({ title: "No entries match these filters", lines, actions });
  } else {
    const lines = ["What people and programs do in this workspace will appear here."];
    show({ title: "Nothing has been recorded yet", lines, actions: [] });
  }
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
 *   actions: Child[],
 *   keepRows?: boolean,
 *   isAlert?: boolean,
 * }} said
 */
function show({ title, lines, actions, keepRows = false, isAlert = false }) {
  const message = byId("message");
  const paragraphs = lines.map((line) => el("p", {}, line));
  const buttons = el("div", { class: "actions" }, actions);
  message.replaceChildren(el("h2", {}, title), ...paragraphs, buttons);
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
