// Owns the note above the filters: how long entries are kept, how many of them expire soon, and how
// many a raised plan would bring back.

import { searchOf, unfiltered } from "./address.js";
import { askWorkspace } from "./api.js";
import { byId, el } from "./dom.js";
import { say } from "./texts.js";
import { localDay, utcTime } from "./time.js";

/**
 * @import { EntryPage, Expiring, Facets, Grace } from "./answers.d.ts"
 * @import { View } from "./address.js"
 */

/**
 * What a click in the note asks for: the entries before a time, or all of them if it is empty.
 *
 * @typedef {(bound: string) => unknown} OnBound
 * @typedef {{ onShow: OnBound, onExport: OnBound }} NoteActions
 */

/**
 * How many entries expire soon, and when the first of them does or, unless `isFirst`, by when all of
 * them do; `at` is null if that is not known.
 *
 * @typedef {{ count: number, isExact: boolean, at: string | null, isFirst: boolean }} Soon
 */

const DAY_MS = 86_400_000;
const SOON_DAYS = 7;

/**
 * What the service last said about the whole log, with the workspace and day it is for. Only an
 * answer without filters says it.
 *
 * @type {{ expiring: Expiring | undefined, grace: Grace[], of: string | undefined }}
 */
const wholeLog = { expiring: undefined, grace: [], of: undefined };

/**
 * The time before which all entries expire within seven days; null if none does. All entries of a
 * UTC day expire together.
 *
 * @param {number | null} retentionDays
 * @param {string | null} visibleFrom
 * @param {number} now
 */
export function expiryBound(retentionDays, visibleFrom, now) {
  if (retentionDays === null) return null;
  const today = Math.floor(now / DAY_MS) * DAY_MS;
  const bound = today + (SOON_DAYS - retentionDays) * DAY_MS;
  const isHidden = visibleFrom !== null && bound <= Date.parse(visibleFrom);
  return isHidden ? null : new Date(bound).toISOString();
}

/**
 * Shows the note.
 *
 * @param {View} view
 * @param {Facets} facets
 * @param {number} now
 * @param {AbortSignal} signal
 * @param {NoteActions} on
 */
export async function showRetention(view, facets, now, signal, { onShow, onExport }) {
  const note = byId("retention");
  const { retention_days: days, visible_from: visibleFrom } = facets;
  if (days === null) return note.replaceChildren(say.retention.unlimited);
  const kept = say.retention.kept(days);
  const bound = expiryBound(days, visibleFrom, now);
  const of = JSON.stringify([view.workspace, bound]);
  const { expiring, grace = [] } = facets;
  if (expiring) Object.assign(wholeLog, { expiring, grace, of });
  const known = wholeLog.of === of ? wholeLog.expiring : undefined;
  const hidden = wholeLog.of === of ? wholeLog.grace.flatMap((one) => hiddenBy(one, now)) : [];
  const soon = known ? expiringOf(known) : await countBefore(view, bound, days, signal);
  if (soon === undefined) return note.replaceChildren(kept, ...hidden);
  const { count, isExact } = soon;
  if (count === 0) {
    return note.replaceChildren(`${kept} ${say.retention.noneExpires(SOON_DAYS)}`, ...hidden);
  }
  const to = bound ?? "";
  const button = { type: "button", class: "pick strong", onclick: () => onExport(to) };
  const exportThem = el("button", button, say.retention.exportThem(count));
  // A link, unlike a button, is broken over lines like the text around it.
  const link = {
    class: "pick strong",
    href: searchOf({ ...unfiltered(view), to }),
    /** @param {MouseEvent} event */
    onclick: (event) => {
      if (event.metaKey || event.ctrlKey || event.shiftKey) return;
      event.preventDefault();
      onShow(to);
    },
  };
  note.replaceChildren(
    `${kept} `,
    el("a", link, say.retention.expire(count, isExact, SOON_DAYS)),
    el("span", {}, whenWords(soon), "."),
    el("span", { class: "advice" }, say.retention.toKeep(exportThem, count)),
    ...hidden,
  );
}

/**
 * When the first of the entries expires, or by when all of them do.
 *
 * @param {Soon} soon
 */
function whenWords({ at, isFirst, count }) {
  if (at === null) return [];
  return isFirst ? say.retention.firstOn(dayWords(at), count) : say.retention.by(dayWords(at));
}

/**
 * What a lowered plan hides, and by when it must be raised to bring that back.
 *
 * @param {Grace} grace
 * @param {number} now
 * @returns {HTMLElement[]}
 */
function hiddenBy({ since, until, hidden_entries: count, is_exact: isExact }, now) {
  if (count === 0 || Date.parse(until) <= now) return [];
  return [
    el("span", {}, " ", say.retention.hidden(count, isExact, dayWords(since), dayWords(until))),
  ];
}

/**
 * @param {Expiring} expiring
 * @returns {Soon}
 */
function expiringOf({ within_7_days: count, first_expires_at: at, is_exact: isExact }) {
  return { count, isExact, at, isFirst: true };
}

/** @param {string} at */
function dayWords(at) {
  return el("time", { datetime: at, title: utcTime(at) }, localDay(at));
}

/**
 * Counts by a list request, where the service has not said what expires; undefined if that fails.
 *
 * @param {View} view
 * @param {string | null} bound
 * @param {number} days
 * @param {AbortSignal} signal
 * @returns {Promise<Soon | undefined>}
 */
async function countBefore(view, bound, days, signal) {
  if (bound === null) return { count: 0, isExact: true, at: null, isFirst: true };
  const at = new Date(Date.parse(bound) + days * DAY_MS).toISOString();
  /** @type {[string, string][]} */
  const parameters = [
    ["to", bound],
    ["page_size", "1"],
  ];
  try {
    const { text } = await askWorkspace(view, "entries", parameters, signal);
    /** @type {EntryPage} */
    const { page } = JSON.parse(text);
    return { count: page.total_entries, isExact: page.total_is_exact, at, isFirst: false };
  } catch {
    return undefined;
  }
}
