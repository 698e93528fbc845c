// Owns what is said when there are no entries to show: what has happened, and what to do next.

import { byId, el } from "./dom.js";
import { grouped } from "./text.js";

/** Whom to ask when a token does not do. */
export const ACCESS = [
  "Open Settings → Audit again in your product: that makes a new link, good for up to an hour.",
  "If the same happens again, ask whoever runs the product for you: they decide who may read this log.",
];
/** Each kind of refusal: a title, what to do, and whether trying again can help. */
const REFUSALS = {
  "no-token": ["This page opens from your product", ACCESS],
  unauthenticated: ["Your access to this log has ended", ["It was given for a short time, or has been taken back.", ...ACCESS]],
  forbidden: ["This access does not allow reading the log", ACCESS],
  absent: ["This workspace is not open to you", ["There is no such workspace, or your access is for another one.", ...ACCESS]],
  unusable: ["These filters cannot be used", []],
  busy: ["The service is busy", ["Nothing is lost. Try again in a moment."], true],
  failed: ["The service could not answer", ["Nothing is lost. Try again; if it stays like this, tell whoever runs the product."], true],
  unreachable: ["The service cannot be reached", ["You may be offline. As soon as there is a connection, the page tries again by itself."], true],
};

/** A refusal in words: a title, what to do, and whether trying again can help. `others` are words that take the place of those for the list. */
export function refusalWords(refusal, others = {}) {
  const [title, lines, canRetry = false] = others[refusal.kind] ?? REFUSALS[refusal.kind] ?? REFUSALS.failed;
  const said = refusal.kind === "unusable" && refusal.detail ? [`${refusal.detail.charAt(0).toUpperCase()}${refusal.detail.slice(1)}`] : [];
  const reference = refusal.requestId && canRetry ? [`Reference: ${refusal.requestId}`] : [];
  return { title, lines: [...said, ...lines, ...reference], canRetry };
}

/** Shows that a request was refused, in place of the table, or above it when `keepRows` says that there are entries to keep. */
export function showRefusal(refusal, keepRows, { retry, clear }) {
  const { title, lines, canRetry } = refusalWords(refusal);
  const actions = [canRetry && button("Try again", retry), refusal.kind === "unusable" && button("Clear filters", clear)];
  show({ title, lines, actions, keepRows, isAlert: true });
}

/** Shows that there is nothing to list, and why. */
export function showEmpty(page, isFiltered, { clear, goTo, goOn }) {
  if (page.next_page_token !== null) {
    const lines = ["None of the entries looked through so far matches. There are older ones."];
    show({ title: "Nothing here yet", lines, actions: [button("Look further", goOn)] });
  } else if (page.total_entries > 0) {
    const bound = page.total_is_exact ? "" : "at least ";
    const pages = page.total_pages === 1 ? "There is one page" : `There are ${bound}${grouped(page.total_pages)} pages`;
    const last = button(`Go to page ${grouped(page.total_pages)}`, () => goTo(page.total_pages));
    show({ title: `Page ${grouped(page.number)} is past the end`, lines: [`${pages} of entries here.`], actions: [last] });
  } else if (isFiltered) {
    const actions = [button("Clear filters", clear)];
    show({ title: "No entries match these filters", lines: ["Nothing like this was recorded, or it has expired since."], actions });
  } else {
    const lines = ["What people and programs do in this workspace will appear here: who, what, when and from where."];
    show({ title: "Nothing has been recorded yet", lines, actions: [] });
  }
}

/** Takes the message away, and shows the table again. */
export function hideMessage() {
  byId("message").hidden = true;
  byId("table").hidden = false;
}

function show({ title, lines, actions, keepRows = false, isAlert = false }) {
  const message = byId("message");
  const paragraphs = lines.map((line) => el("p", {}, line));
  message.replaceChildren(el("h2", {}, title), ...paragraphs, el("div", { class: "actions" }, actions));
  message.setAttribute("role", isAlert ? "alert" : "status");
  message.classList.toggle("above", keepRows);
  message.hidden = false;
  byId("table").hidden = !keepRows;
}

function button(text, onclick) {
  return el("button", { type: "button", class: "button", onclick }, text);
}
