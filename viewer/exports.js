// Owns the panel of exports: starts new ones, shows those of the workspace, and follows the ones in
// progress while the panel is open.

import { tokenFor } from "./access.js";
import { exportFiltersOf, unusable, viewOf } from "./address.js";
import { askWorkspace, refusalFrom, sendToWorkspace } from "./api.js";
import { letClose, whenClosed } from "./dialog.js";
import { byId, el } from "./dom.js";
import { exportItem, isUnderWay, linksOf, showLinks, showProgress } from "./exported.js";
import { startPolling, stopPolling } from "./polling.js";
import { say } from "./texts.js";
import { NO_EXPORTING, hideTrouble, showTrouble } from "./trouble.js";
import { filterChips, formWords, progressWords } from "./wording.js";

/**
 * @import { Export, ExportList, ExportRequest, Page } from "./answers.d.ts"
 * @import { Refusal } from "./api.js"
 * @import { View } from "./address.js"
 * @import { ExportActions, Links } from "./exported.js"
 * @import { Round } from "./polling.js"
 * @import { TroubleOptions } from "./trouble.js"
 */

/** The most exports that one round asks about; the others get their turn when these are done. */
const FOLLOWED = 3;
/** Progress is announced to screen readers no more often than this. */
const SAY_EVERY_MS = 10_000;

/**
 * `view` and `page` are what the list shows; `page` is null while there is no answer. `list` has
 * the exports shown, newest first, and `links` the links of those that were opened. Closing the
 * panel aborts `asking`. `saidAt` is when a screen reader was last told something.
 *
 * @typedef {{
 *   view: View,
 *   page: Page | null,
 *   list: Export[],
 *   links: Map<string, Links>,
 *   asking: AbortController,
 *   isSuspended: boolean,
 *   saidAt: number,
 *   onRefused: (refusal: Refusal) => void,
 * }} Panel
 */

/** @type {Panel} */
const panel = {
  view: viewOf(""),
  page: null,
  list: [],
  links: new Map(),
  asking: new AbortController(),
  isSuspended: false,
  saidAt: 0,
  onRefused: () => {},
};

/**
 * Listens to the panel.
 *
 * @param {(refusal: Refusal) => void} onRefused called when the token is no longer valid, which
 *   concerns the whole page
 */
export function listenToExports(onRefused) {
  const dialog = byId("exports");
  panel.onRefused = onRefused;
  byId("export").addEventListener("click", openExports);
  letClose(dialog, byId("exports-close"));
  whenClosed(dialog, (isFocusLost) => {
    leavePanel();
    if (!panel.isSuspended && isFocusLost) byId("export").focus();
  });
  byId("export-form").addEventListener("submit", (event) => {
    event.preventDefault();
    const form = new FormData(byId("export-form"));
    const format = form.get("format") === "ndjson" ? "ndjson" : "csv";
    startExport({
      format,
      // Excel knows UTF-8 by the byte order mark.
      bom: format === "csv",
      compression: form.has("gzip") ? "gzip" : "none",
      ...exportFiltersOf(panel.view),
    });
  });
}

/**
 * Shows what an export would contain.
 *
 * @param {View} view
 * @param {Page | null} page null while the list has no answer
 */
export function showChoice(view, page) {
  Object.assign(panel, { view, page });
  if (!byId("exports").open) return;
  const problem = unusable(view);
  const chips = filterChips(exportFiltersOf(view));
  const words = el("p", { class: "strong" }, problem || sizeOfChoice(page));
  byId("export-choice").replaceChildren(words, chips);
  byId("export-start").setAttribute("aria-disabled", String(problem !== ""));
}

/** @param {Page | null} page */
function sizeOfChoice(page) {
  if (page === null) return say.exports.sizeUnknown;
  return say.exports.size(page.total_entries, page.total_is_exact);
}

/**
 * Enables the export button if there is a list to export and the token allows it.
 *
 * @param {boolean} isAllowed
 */
export function allowExports(isAllowed) {
  byId("export").setAttribute("aria-disabled", String(!isAllowed || isForbidden()));
}

/** Whether the panel is open. */
export function isExporting() {
  return byId("exports").open;
}

/** Opens the panel and loads the exports of the workspace. */
export function openExports() {
  if (isForbidden()) byId("status").textContent = `${NO_EXPORTING}.`;
  if (byId("export").getAttribute("aria-disabled") === "true" || isExporting()) return;
  panel.isSuspended = false;
  panel.asking = new AbortController();
  hideTrouble();
  announce("");
  byId("exports").showModal();
  /** @type {HTMLInputElement | null} */
  const chosen = byId("export-form").querySelector("input:checked");
  chosen?.focus();
  showChoice(panel.view, panel.page);
  loadExports();
}

/** Closes the panel. Exports that have started go on. */
export function closeExports() {
  byId("exports").close();
}

/** Closes the panel until there is another token. */
export function suspendExports() {
  panel.isSuspended ||= isExporting();
  closeExports();
}

/** Starts over with another token: it may allow what the last one did not. */
export function resumeExports() {
  delete document.documentElement.dataset.noExports;
  byId("export").title = "";
  byId("export-form").hidden = false;
  if (!panel.isSuspended || tokenFor(panel.view.workspace) === undefined) return;
  allowExports(true);
  openExports();
}

function isForbidden() {
  return document.documentElement.dataset.noExports !== undefined;
}

function leavePanel() {
  stopPolling();
  panel.asking.abort();
}

/** Loads the workspace's exports, then follows those in progress. */
async function loadExports() {
  const { signal } = panel.asking;
  byId("exports-list").setAttribute("aria-busy", "true");
  try {
    const { text } = await askWorkspace(panel.view, "exports", [], signal);
    /** @type {ExportList} */
    const { exports } = JSON.parse(text);
    // The answer lacks an export that started after the service had read its list.
    const isNew = (/** @type {Export} */ one) => !exports.some(({ id }) => id === one.id);
    const others = panel.list.filter((one) => isUnderWay(one) && isNew(one));
    panel.list = [...others, ...exports];
    panel.links.clear();
    hideTrouble();
    byId("exports-none").hidden = panel.list.length > 0;
    const items = panel.list.map((one) => exportItem(one, undefined, USES));
    byId("exports-list").replaceChildren(...items);
  } catch (error) {
    if (!signal.aborted) tell(refusalFrom(error), { retry: loadExports });
  } finally {
    byId("exports-list").removeAttribute("aria-busy");
    follow();
  }
}

/** @param {ExportRequest} wanted */
async function startExport(wanted) {
  const button = byId("export-start");
  const { signal } = panel.asking;
  if (button.getAttribute("aria-disabled") === "true") return;
  button.setAttribute("aria-disabled", "true");
  try {
    /** @type {Export} */
    const one = JSON.parse((await sendToWorkspace(panel.view, "exports", wanted, signal)).text);
    hideTrouble();
    add(one);
    announce(say.exports.started(formWords(one), progressWords(one)));
  } catch (error) {
    const refusal = refusalFrom(error);
    // Without an answer the export may have started all the same. The list shows whether it has.
    const isUnclear = ["failed", "unreachable"].includes(refusal.kind);
    const retry = isUnclear ? loadExports : () => startExport(wanted);
    if (!signal.aborted) tell(refusal, { retry, isUnclear });
  } finally {
    button.setAttribute("aria-disabled", String(unusable(panel.view) !== ""));
    follow();
  }
}

/** @param {Export} one */
function add(one) {
  if (itemOf(one.id)) return update(one);
  const item = exportItem(one, undefined, USES);
  panel.list.unshift(one);
  byId("exports-none").hidden = true;
  byId("exports-list").prepend(item);
  item.scrollIntoView({ block: "nearest" });
}

function follow() {
  if (isExporting() && panel.list.some(isUnderWay)) startPolling(takeStock);
}

/**
 * Asks about the exports in progress, and says whether any still is.
 *
 * @type {Round}
 */
async function takeStock(signal) {
  try {
    const followed = panel.list.filter(isUnderWay).slice(0, FOLLOWED);
    for (const { id } of followed) await askFor(id, signal);
    hideTrouble({ onlyPassing: true });
  } catch (error) {
    if (signal.aborted) return { goesOn: false };
    const refusal = refusalFrom(error);
    const isPassing = ["busy", "failed", "unreachable"].includes(refusal.kind);
    tell(refusal, { retry: loadExports, isPassing });
    return { goesOn: isPassing && isExporting(), waitMs: refusal.retryAfterMs };
  }
  return { goesOn: panel.list.some(isUnderWay) };
}

/**
 * Asks about one export and shows its state. Returns whether there is a file to download.
 *
 * @param {string} id
 * @param {AbortSignal} signal
 */
async function askFor(id, signal) {
  const path = `exports/${encodeURIComponent(id)}`;
  try {
    const { text, now } = await askWorkspace(panel.view, path, [], signal);
    /** @type {Export} */
    const one = JSON.parse(text);
    const links = linksOf(one, now);
    if (links) panel.links.set(id, links);
    update(one);
    return links !== undefined;
  } catch (error) {
    if (refusalFrom(error).kind !== "absent") throw error;
    panel.list = panel.list.filter((one) => one.id !== id);
    itemOf(id)?.replaceChildren(el("p", { tabindex: -1 }, say.exports.goneLong));
    announce(say.exports.gone);
    return false;
  }
}

/** @param {Export} one */
function update(one) {
  const before = panel.list.find(({ id }) => id === one.id);
  const item = itemOf(one.id);
  const links = panel.links.get(one.id);
  if (!before || !item) return;
  panel.list = panel.list.map((other) => (other === before ? one : other));
  if (before.state === one.state && isUnderWay(one)) {
    showProgress(item, one);
    if (Date.now() - panel.saidAt > SAY_EVERY_MS) announce(progressWords(one));
  } else if (links && item.querySelector("a[data-of]")) {
    // Links that are there only get another address, so that they keep the focus.
    showLinks(item, links);
  } else {
    item.replaceWith(exportItem(one, links, USES));
    if (before.state !== one.state) announce(stateWords(one));
  }
}

/** @param {Export} one */
function stateWords(one) {
  if (one.state === "failed") return say.exports.failed;
  if (one.state !== "done" || !one.file) return progressWords(one);
  return say.exports.done(one.file.row_count);
}

/**
 * Asks about an export after a click on it.
 *
 * @param {Export} one
 */
async function askOnClick({ id }) {
  const { signal } = panel.asking;
  try {
    return await askFor(id, signal);
  } catch (error) {
    if (!signal.aborted) tell(refusalFrom(error), {});
    return false;
  }
}

/** @type {ExportActions} */
const USES = {
  open: async (one) => {
    await askOnClick(one);
    /** @type {HTMLElement | null | undefined} */
    const first = itemOf(one.id)?.querySelector("a[data-of], [tabindex]");
    first?.focus();
  },
  renew: askOnClick,
  retry: ({ format, bom, compression, filters }) =>
    startExport({ format, bom, compression, ...filters }),
};

/** @param {string} id */
function itemOf(id) {
  const items = /** @type {HTMLElement[]} */ ([...byId("exports-list").children]);
  return items.find((item) => item.dataset.id === id);
}

/** @param {string} text */
function announce(text) {
  panel.saidAt = Date.now();
  byId("exports-status").textContent = text;
}

/**
 * Shows a refusal in the panel. If the token is no longer valid, it concerns the whole page.
 *
 * @param {Refusal} refusal
 * @param {TroubleOptions} options
 */
function tell(refusal, options) {
  if (["no-token", "unauthenticated"].includes(refusal.kind)) return panel.onRefused(refusal);
  if (refusal.kind === "forbidden") forbid();
  showTrouble(refusal, options);
}

/**
 * Removes what the token does not allow. The button that opens the panel stays, disabled, and says
 * why.
 */
function forbid() {
  document.documentElement.dataset.noExports = "";
  byId("export").title = `${NO_EXPORTING}.`;
  allowExports(false);
  panel.list = [];
  byId("exports-list").replaceChildren();
  byId("exports-none").hidden = true;
  byId("export-form").hidden = true;
  byId("exports-close").focus();
}
