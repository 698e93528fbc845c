// Owns the panel of exports: asks for new ones, shows those of the workspace, and follows what is under way while the panel is open.

import { tokenFor } from "./access.js";
import { filtersOf, unusable } from "./address.js";
import { Refusal, askWorkspace, sendToWorkspace } from "./api.js";
import { byId, el } from "./dom.js";
import { exportItem, isUnderWay, linksOf, showLinks, showProgress } from "./exported.js";
import { startPolling, stopPolling } from "./polling.js";
import { counted } from "./text.js";
import { NO_EXPORTING, hideTrouble, showTrouble } from "./trouble.js";
import { filterChips, formWords, progressWords } from "./wording.js";

/** How many exports are asked for in one round; others under way are seen when these are done. */
const FOLLOWED = 3;
/** A screen reader is told how far an export is no more often than this. */
const SAY_EVERY_MS = 10_000;

const panel = {
  // What the list shows: the view, and the page of its answer, null while there is none.
  view: undefined,
  page: null,
  // The exports that are shown, the newest first, and the addresses of the files of those that were opened.
  list: [],
  links: new Map(),
  // Ends what was asked when the panel closes.
  asking: new AbortController(),
  isSuspended: false,
  saidAt: 0,
  onRefused: () => {},
};

/** Listens to the panel. `onRefused` is told of a refusal that is about the whole page: the token is no longer good. */
export function listenToExports(onRefused) {
  const dialog = byId("exports");
  panel.onRefused = onRefused;
  byId("export").addEventListener("click", openExports);
  byId("exports-close").addEventListener("click", () => dialog.close());
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  dialog.addEventListener("close", () => {
    // It tells late: the next token may have opened it again.
    if (dialog.open) return;
    leavePanel();
    // What opened it may have been made anew since.
    if (!panel.isSuspended && document.activeElement === document.body) byId("export").focus();
  });
  byId("export-form").addEventListener("submit", (event) => {
    event.preventDefault();
    const form = new FormData(byId("export-form"));
    startExport({ format: form.get("format"), compression: form.has("gzip") ? "gzip" : "none", ...Object.fromEntries(filtersOf(panel.view)) });
  });
}

/** Says what an export would hold: the view's filters, and the `page` of the list's answer, null while there is none. */
export function showChoice(view, page) {
  Object.assign(panel, { view, page });
  if (!byId("exports").open) return;
  const problem = unusable(view);
  const bound = page?.total_is_exact ? "" : "at least ";
  const known = page && `The file will have ${bound}${counted(page.total_entries, "entry", "entries")}, as the list has now.`;
  const words = problem || known || "How many entries the file will have is not known yet.";
  byId("export-choice").replaceChildren(el("p", { class: "strong" }, words), filterChips(Object.fromEntries(filtersOf(view))));
  byId("export-start").setAttribute("aria-disabled", String(problem !== ""));
}

/** Whether there is a list to export from. Without one, or where the token does not allow it, the button does nothing. */
export function allowExports(isAllowed) {
  byId("export").setAttribute("aria-disabled", String(!isAllowed || isForbidden()));
}

/** Whether the panel is open. */
export function isExporting() {
  return byId("exports").open;
}

/** Opens the panel, with the exports of the workspace as they are now. */
export function openExports() {
  if (isForbidden()) byId("status").textContent = `${NO_EXPORTING}.`;
  if (byId("export").getAttribute("aria-disabled") === "true" || isExporting()) return;
  panel.isSuspended = false;
  panel.asking = new AbortController();
  hideTrouble();
  say("");
  byId("exports").showModal();
  byId("export-form").querySelector("input:checked").focus();
  showChoice(panel.view, panel.page);
  loadExports();
}

/** Closes the panel; what has been started goes on. */
export function closeExports() {
  byId("exports").close();
}

/** Closes it until there is another token. */
export function suspendExports() {
  panel.isSuspended ||= isExporting();
  closeExports();
}

/** Takes note that there is another token: what the last one could not, this one may. */
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

/** Asks for the workspace's exports, then follows those under way. */
async function loadExports() {
  const { signal } = panel.asking;
  byId("exports-list").setAttribute("aria-busy", "true");
  try {
    const { exports } = JSON.parse((await askWorkspace(panel.view, "exports", [], signal)).text);
    // One that was started since the service made its list is not in it.
    const others = panel.list.filter((one) => isUnderWay(one) && !exports.some(({ id }) => id === one.id));
    panel.list = [...others, ...exports];
    panel.links.clear();
    hideTrouble();
    byId("exports-none").hidden = panel.list.length > 0;
    byId("exports-list").replaceChildren(...panel.list.map((one) => exportItem(one, undefined, USES)));
  } catch (error) {
    if (!signal.aborted) tell(error, { retry: loadExports });
  } finally {
    byId("exports-list").removeAttribute("aria-busy");
    follow();
  }
}

async function startExport(wanted) {
  const [button, { signal }] = [byId("export-start"), panel.asking];
  if (button.getAttribute("aria-disabled") === "true") return;
  button.setAttribute("aria-disabled", "true");
  try {
    const one = JSON.parse((await sendToWorkspace(panel.view, "exports", wanted, signal)).text);
    hideTrouble();
    add(one);
    say(`Export started: ${formWords(one)}. ${progressWords(one)}`);
  } catch (error) {
    // An answer that did not come may have been a yes: the list says which.
    const isUnclear = ["failed", "unreachable"].includes(refusalOfAny(error).kind);
    if (!signal.aborted) tell(error, isUnclear ? { retry: loadExports, isUnclear } : { retry: () => startExport(wanted) });
  } finally {
    button.setAttribute("aria-disabled", String(unusable(panel.view) !== ""));
    follow();
  }
}

function add(one) {
  if (itemOf(one.id)) return update(one);
  panel.list.unshift(one);
  byId("exports-none").hidden = true;
  byId("exports-list").prepend(exportItem(one, undefined, USES));
  return itemOf(one.id).scrollIntoView({ block: "nearest" });
}

function follow() {
  if (isExporting() && panel.list.some(isUnderWay)) startPolling(takeStock);
}

/** One round: asks for what is under way, and says whether anything still is. */
async function takeStock(signal) {
  try {
    for (const { id } of panel.list.filter(isUnderWay).slice(0, FOLLOWED)) await askFor(id, signal);
    hideTrouble({ onlyPassing: true });
  } catch (error) {
    if (signal.aborted) return { goesOn: false };
    const { kind, retryAfterMs } = refusalOfAny(error);
    const isPassing = ["busy", "failed", "unreachable"].includes(kind);
    tell(error, { retry: loadExports, isPassing });
    return { goesOn: isPassing && isExporting(), waitMs: retryAfterMs };
  }
  return { goesOn: panel.list.some(isUnderWay) };
}

/** Asks for one export and shows it as it is now; says whether there is a file to get. */
async function askFor(id, signal) {
  try {
    const { text, now } = await askWorkspace(panel.view, `exports/${encodeURIComponent(id)}`, [], signal);
    const one = JSON.parse(text);
    const links = linksOf(one, now);
    if (links) panel.links.set(id, links);
    update(one);
    return links !== undefined;
  } catch (error) {
    if (error.kind !== "absent") throw error;
    panel.list = panel.list.filter((one) => one.id !== id);
    itemOf(id)?.replaceChildren(el("p", { tabindex: -1 }, "This export is gone. Its file was kept for seven days."));
    say("This export is gone.");
    return false;
  }
}

function update(one) {
  const before = panel.list.find(({ id }) => id === one.id);
  const [item, links] = [itemOf(one.id), panel.links.get(one.id)];
  if (!before || !item) return;
  panel.list = panel.list.map((other) => (other === before ? one : other));
  if (before.state === one.state && isUnderWay(one)) {
    showProgress(item, one);
    if (Date.now() - panel.saidAt > SAY_EVERY_MS) say(progressWords(one));
  } else if (item.querySelector("a[data-of]")) {
    // A link that is there keeps its focus: only its address is another.
    showLinks(item, links);
  } else {
    item.replaceWith(exportItem(one, links, USES));
    if (before.state !== one.state) say(stateWords(one));
  }
}

function stateWords(one) {
  if (one.state === "done") return `The export is done, ${counted(one.file.row_count, "entry", "entries")}. The file can be downloaded now.`;
  return one.state === "failed" ? "The export failed." : progressWords(one);
}

/** Asks for an export because of a click on it. */
async function askOnClick({ id }) {
  const { signal } = panel.asking;
  try {
    return await askFor(id, signal);
  } catch (error) {
    if (!signal.aborted) tell(error, {});
    return false;
  }
}

const USES = {
  open: async (one) => {
    await askOnClick(one);
    itemOf(one.id)?.querySelector("a[data-of], [tabindex]")?.focus();
  },
  renew: askOnClick,
  retry: ({ format, compression, filters }) => startExport({ format, compression, ...filters }),
};

function itemOf(id) {
  return [...byId("exports-list").children].find((item) => item.dataset.id === id);
}

function say(text) {
  panel.saidAt = Date.now();
  byId("exports-status").textContent = text;
}

function refusalOfAny(error) {
  return error instanceof Refusal ? error : new Refusal("failed");
}

/** Says what was refused: in the panel, or in place of it where the token is no longer good. `how` is as `showTrouble` has it. */
function tell(error, how) {
  const refusal = refusalOfAny(error);
  if (["no-token", "unauthenticated"].includes(refusal.kind)) return panel.onRefused(refusal);
  if (refusal.kind === "forbidden") forbid();
  return showTrouble(refusal, how);
}

/** Takes away what the token does not allow; the button that led here stays, and says why it does nothing. */
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
