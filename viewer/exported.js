// Owns one export on the screen: who asked for what, how far it is, and its file.

import { copyable } from "./copy.js";
import { nameOfSeen } from "./catalog.js";
import { el, plain, shown } from "./dom.js";
import { isEmbedded } from "./host.js";
import { counted, grouped } from "./text.js";
import { localMinute, utcTime } from "./time.js";
import { filterChips, formWords, progressWords, sizeWords } from "./wording.js";

/** A link is renewed this long before it ends: a download must have begun by then. */
const MARGIN_MS = 60_000;
const STATES = { queued: "Waiting", running: "Running", done: "Done", failed: "Failed" };
const BODIES = { queued: progressOf, running: progressOf, done: fileOf, failed: failureOf };

/** Whether more is to come of it. */
export function isUnderWay({ state }) {
  return state === "queued" || state === "running";
}

/** The addresses of an export's file in an answer, and until when, by this machine's clock, they can be followed. `now` is the service's time. */
export function linksOf({ file }, now) {
  if (!file?.url) return undefined;
  const life = Date.parse(file.url_expires_at) - now;
  return { file: file.url, manifest: file.manifest_url, until: Date.now() + Math.max(life - MARGIN_MS, life / 2) };
}

/** An export as an item of the list. `links` are there once they were asked for; `on` has what a click asks for: open, renew, retry. */
export function exportItem(one, links, on) {
  const { type, email } = one.requested_by;
  const badge = el("span", { class: `badge ${one.state}` }, STATES[one.state] ?? one.state);
  const by = [shown(nameOfSeen(one.requested_by)), email ? [" (", shown(email), ")"] : type === "api_key" && " (API key)"];
  return el("li", { class: "export", "data-id": one.id, "data-state": one.state },
    el("p", { class: "export-head" }, el("span", { class: "strong" }, formWords(one)), badge),
    el("p", { class: "quiet" }, moment(one.requested_at), ", by ", by.flat()),
    filterChips(one.filters),
    BODIES[one.state]?.(one, links, on));
}

/** Shows how far an export is that is under way, in its item. */
export function showProgress(item, one) {
  const bar = item.querySelector("progress");
  item.querySelector("label").textContent = progressWords(one);
  if (one.state === "queued" || one.rows_expected === null) return bar.removeAttribute("value");
  bar.max = Math.max(one.rows_expected, 1);
  bar.value = Math.min(one.rows_written, bar.max);
}

/** Puts fresh addresses into the links of an item. */
export function showLinks(item, links) {
  for (const link of item.querySelectorAll("a[data-of]")) {
    link.href = links[link.dataset.of];
    link.dataset.until = links.until;
  }
}

function progressOf(one) {
  const id = `progress-${one.id}`;
  const item = el("div", { class: "progress" }, el("label", { for: id }), el("progress", { id }));
  showProgress(item, one);
  return item;
}

function fileOf(one, links, on) {
  const { file } = one;
  if (!links) {
    const name = `Show file: ${formWords(one)}, ${localMinute(one.requested_at)}`;
    const button = el("button", { type: "button", class: "button", "aria-label": name, onclick: () => on.open(one) }, "Show file");
    return el("p", { class: "actions" }, button);
  }
  return el("div", {},
    file.truncated && el("p", { class: "strong" }, "This file does not hold everything. Ask for another one."),
    el("dl", { class: "facts" },
      fileFact("Entries", grouped(file.row_count)),
      fileFact("Size", el("span", { title: counted(file.bytes, "byte", "bytes") }, sizeWords(file.bytes))),
      fileFact("Kept until", moment(file.expires_at)),
      fileFact("Name", shown(file.name, { class: "code" })),
      fileFact("SHA-256", copyable(file.sha256))),
    el("p", { class: "actions" },
      fileLink("Download", `Download ${plain(file.name)}`, "file", links, one, on),
      links.manifest && fileLink("Manifest", `Manifest of ${plain(file.name)}, as JSON`, "manifest", links, one, on)));
}

function fileFact(name, ...children) {
  return el("div", { class: "fact wide" }, el("dt", {}, name), el("dd", {}, children.flat()));
}

/** In a frame, a link opens a tab of its own: the page around decides what its frames may show, and that need not be the file's origin. */
function fileLink(words, name, of, links, one, on) {
  const follow = async (event) => {
    const link = event.currentTarget;
    const isRenewed = link.dataset.renewed === "";
    delete link.dataset.renewed;
    if (isRenewed || Date.now() < Number(link.dataset.until)) return;
    event.preventDefault();
    if (link.getAttribute("aria-busy") === "true") return;
    link.setAttribute("aria-busy", "true");
    const isFresh = await on.renew(one);
    link.removeAttribute("aria-busy");
    if (!isFresh) return;
    // However short the new one lives, it is followed now.
    link.dataset.renewed = "";
    link.click();
  };
  const place = isEmbedded() ? { target: "_blank", rel: "noopener" } : {};
  const address = { href: links[of], "data-of": of, "data-until": links.until };
  return el("a", { class: of === "file" ? "button lead" : "button", "aria-label": name, ...address, ...place, onclick: follow }, words);
}

function failureOf(one, links, on) {
  const said = one.failure ? [` ${one.failure.charAt(0).toUpperCase()}${one.failure.slice(1).replace(/\.?$/, ".")}`] : [];
  return el("div", { class: "failure-of-export" },
    el("p", {}, "This export failed; there is no file.", ...said),
    el("p", { class: "actions" }, el("button", { type: "button", class: "button", onclick: () => on.retry(one) }, "Try again")));
}

function moment(instant) {
  return el("time", { datetime: instant, title: utcTime(instant) }, localMinute(instant));
}
