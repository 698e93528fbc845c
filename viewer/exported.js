// Owns one export on the screen: who asked for what, how far it is, and the links to its file.

import { actorKind, actorName } from "./actors.js";
import { copyable } from "./copy.js";
import { el, inside, plain, shown } from "./dom.js";
import { isEmbedded } from "./host.js";
import { grouped } from "./text.js";
import { say } from "./texts.js";
import { localMinute, utcTime } from "./time.js";
import { filterChips, formWords, progressWords, sizeWords } from "./wording.js";

/**
 * @import { Export, ExportFile } from "./answers.d.ts"
 * @import { Child } from "./dom.js"
 */

/**
 * The addresses of a file and of its manifest. `until` is when to renew them, by this machine's
 * clock in ms.
 *
 * @typedef {{ file: string, manifest: string | undefined, until: number }} Links
 */

/**
 * What a click asks for: the links of a file, fresh links (whether there are any is the result), or
 * the same export again.
 *
 * @typedef {{
 *   open: (one: Export) => unknown,
 *   renew: (one: Export) => Promise<boolean>,
 *   retry: (one: Export) => unknown,
 * }} ExportActions
 */

/** Links are renewed this long before they end, because a download must have begun by then. */
const MARGIN_MS = 60_000;
/** @type {Partial<Record<string, string>>} */
const STATES = say.exports.states;

/**
 * Whether an export is waiting or running.
 *
 * @param {Export} one
 */
export function isUnderWay({ state }) {
  return state === "queued" || state === "running";
}

/**
 * The links in an answer about an export; undefined if it has none.
 *
 * @param {Export} one
 * @param {number} now the service's time in ms
 * @returns {Links | undefined}
 */
export function linksOf({ file }, now) {
  if (!file?.url) return undefined;
  const life = Date.parse(file.url_expires_at ?? "") - now;
  const until = Date.now() + Math.max(life - MARGIN_MS, life / 2);
  return { file: file.url, manifest: file.manifest_url, until };
}

/**
 * An export as an item of the list.
 *
 * @param {Export} one
 * @param {Links | undefined} links undefined while they have not been asked for
 * @param {ExportActions} on
 */
export function exportItem(one, links, on) {
  const { type, email } = one.requested_by;
  const badge = el("span", { class: `badge ${one.state}` }, STATES[one.state] ?? one.state);
  const [called, kind] = [actorName(one.requested_by), actorKind(type)];
  const name = shown(called);
  const hasKind = type !== "user" && called !== kind;
  const by = email ? [name, " (", shown(email), ")"] : [name, hasKind && ` (${kind})`];
  return el(
    "li",
    { class: "export", "data-id": one.id, "data-state": one.state },
    el("p", { class: "export-head" }, el("span", { class: "strong" }, formWords(one)), badge),
    el("p", { class: "quiet" }, say.exports.by(moment(one.requested_at), by)),
    filterChips(one.filters),
    bodyOf(one, links, on),
  );
}

/**
 * @param {Export} one
 * @param {Links | undefined} links
 * @param {ExportActions} on
 */
function bodyOf(one, links, on) {
  if (isUnderWay(one)) return progressOf(one);
  if (one.state === "done" && one.file) return fileOf(one, one.file, links, on);
  return one.state === "failed" && failureOf(one, on);
}

/**
 * Shows in its item how far an export is.
 *
 * @param {Element} item
 * @param {Export} one
 */
export function showProgress(item, one) {
  const bar = inside(item, "progress");
  inside(item, "label").textContent = progressWords(one);
  if (one.state === "queued" || one.rows_expected === null) return bar.removeAttribute("value");
  bar.max = Math.max(one.rows_expected, 1);
  bar.value = Math.min(one.rows_written, bar.max);
}

/**
 * Puts fresh addresses into the links of an item.
 *
 * @param {Element} item
 * @param {Links} links
 */
export function showLinks(item, links) {
  /** @type {NodeListOf<HTMLAnchorElement>} */
  const shownLinks = item.querySelectorAll("a[data-of]");
  for (const link of shownLinks) {
    link.href = (link.dataset.of === "manifest" ? links.manifest : links.file) ?? "";
    link.dataset.until = String(links.until);
  }
}

/** @param {Export} one */
function progressOf(one) {
  const id = `progress-${one.id}`;
  const item = el("div", { class: "progress" }, el("label", { for: id }), el("progress", { id }));
  showProgress(item, one);
  return item;
}

/**
 * @param {Export} one
 * @param {ExportFile} file
 * @param {Links | undefined} links
 * @param {ExportActions} on
 */
function fileOf(one, file, links, on) {
  if (!links) {
    const name = say.exports.showFileOf(formWords(one), localMinute(one.requested_at));
    const attributes = { type: "button", class: "button", "aria-label": name };
    const button = el(
      "button",
      { ...attributes, onclick: () => on.open(one) },
      say.exports.showFile,
    );
    return el("p", { class: "actions" }, button);
  }
  const name = plain(file.name);
  const renew = () => on.renew(one);
  const size = el("span", { title: say.exports.bytes(file.bytes) }, sizeWords(file.bytes));
  return el(
    "div",
    {},
    el(
      "dl",
      { class: "facts" },
      fileFact(say.page.entries, grouped(file.row_count)),
      fileFact(say.exports.sizeName, size),
      fileFact(say.exports.keptUntil, moment(file.expires_at)),
      fileFact(say.exports.name, shown(file.name, { class: "code" })),
      fileFact(say.exports.sha256, copyable(file.sha256)),
    ),
    el(
      "p",
      { class: "actions" },
      fileLink(say.exports.download, say.exports.downloadOf(name), "file", links, renew),
      links.manifest &&
        fileLink(say.exports.manifest, say.exports.manifestOf(name), "manifest", links, renew),
    ),
  );
}

/**
 * @param {string} name
 * @param {(Child | Child[])[]} children
 */
function fileFact(name, ...children) {
  return el("div", { class: "fact wide" }, el("dt", {}, name), el("dd", {}, children.flat()));
}

/**
 * A link to the file or its manifest. A click on a link that is about to end renews it first.
 *
 * In a frame, the link opens a new tab: the policy of the page around may not allow the file's
 * origin in its frames.
 *
 * @param {string} words
 * @param {string} name
 * @param {"file" | "manifest"} of
 * @param {Links} links
 * @param {() => Promise<boolean>} renew
 */
function fileLink(words, name, of, links, renew) {
  /** @param {MouseEvent} event */
  const follow = async (event) => {
    const isRenewed = link.dataset.renewed === "";
    delete link.dataset.renewed;
    if (isRenewed || Date.now() < Number(link.dataset.until)) return;
    event.preventDefault();
    if (link.getAttribute("aria-busy") === "true") return;
    link.setAttribute("aria-busy", "true");
    const isFresh = await renew();
    link.removeAttribute("aria-busy");
    if (!isFresh) return;
    // The fresh link is followed at once, however short its life.
    link.dataset.renewed = "";
    link.click();
  };
  const place = isEmbedded() ? { target: "_blank", rel: "noopener" } : {};
  const attributes = {
    class: of === "file" ? "button lead" : "button",
    "aria-label": name,
    href: links[of],
    "data-of": of,
    "data-until": links.until,
  };
  const link = el("a", { ...attributes, ...place, onclick: follow }, words);
  return link;
}

/**
 * @param {Export} one
 * @param {ExportActions} on
 */
function failureOf(one, on) {
  const { failure } = one;
  const said =
    failure && ` ${failure.charAt(0).toUpperCase()}${failure.slice(1).replace(/\.?$/, ".")}`;
  const button = { type: "button", class: "button", onclick: () => on.retry(one) };
  return el(
    "div",
    { class: "failure-of-export" },
    el("p", {}, say.exports.failedNoFile, said),
    el("p", { class: "actions" }, el("button", button, say.messages.tryAgain)),
  );
}

/** @param {string} instant */
function moment(instant) {
  return el("time", { datetime: instant, title: utcTime(instant) }, localMinute(instant));
}
