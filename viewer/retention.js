// Owns the note above the filters: how long entries are kept, how many of them expire soon, and how
// many a raised plan would bring back.

import { askWorkspace } from "./api.js";
import { byId, el } from "./dom.js";
import { counted } from "./text.js";
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
 * How many entries expire soon and when the first of them does; `at` is null if that is not known.
 *
 * @typedef {{ count: number, isExact: boolean, at: string | null, word: string }} Soon
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
  if (days === null) return note.replaceChildren("Entries are kept without limit.");
  const kept = `Entries are kept for ${counted(days, "day", "days")}.`;
  const bound = expiryBound(days, visibleFrom, now);
  const of = JSON.stringify([view.workspace, bound]);
  const { expiring, grace = [] } = facets;
  if (expiring) Object.assign(wholeLog, { expiring, grace, of });
  const known = wholeLog.of === of ? wholeLog.expiring : undefined;
  const hidden = wholeLog.of === of ? wholeLog.grace.flatMap((one) => hiddenBy(one, now)) : [];
  const soon = known ? expiringOf(known) : await countBefore(view, bound, days, signal);
  if (soon === undefined) return note.replaceChildren(kept, ...hidden);
  const { count, isExact, at, word } = soon;
  if (count === 0) {
    return note.replaceChildren(`${kept} None expires within ${SOON_DAYS} days.`, ...hidden);
  }
  const expire = counted(count, "entry expires", "entries expire");
  const many = `${isExact ? "" : "At least "}${expire} within ${SOON_DAYS} days`;
  /** @type {(words: string, use: OnBound) => HTMLElement} */
  const pick = (words, use) => {
    const onclick = () => use(bound ?? "");
    return el("button", { type: "button", class: "pick strong", onclick }, words);
  };
  const when =
    at === null
      ? []
      : [`, ${word} `, el("time", { datetime: at, title: utcTime(at) }, localDay(at))];
  const them = count === 1 ? "it" : "them";
  const advice = [" ", pick(`Export ${them}`, onExport), ` to keep ${them}.`];
  note.replaceChildren(
    `${kept} `,
    pick(many, onShow),
    ...when,
    ".",
    el("span", { class: "advice" }, advice),
    ...hidden,
  );
}

/**
 * What a lowered plan hides, and by when it must be raised to bring that back.
 *
 * @param {Grace} grace
 * @param {number} now
 * @returns {(string | HTMLElement)[]}
 */
function hiddenBy({ since, until, hidden_entries: count, is_exact: isExact }, now) {
  if (count === 0 || Date.parse(until) <= now) return [];
  /** @type {(at: string) => HTMLElement} */
  const day = (at) => el("time", { datetime: at, title: utcTime(at) }, localDay(at));
  const many = `${isExact ? "" : "At least "}${counted(count, "entry", "entries")}`;
  const them = count === 1 ? "it" : "them";
  const words = [`${many} hidden since `, day(since), ". Raise the plan by ", day(until)];
  return [" ", el("span", {}, ...words, ` to get ${them} back.`)];
}

/**
 * @param {Expiring} expiring
 * @returns {Soon}
 */
function expiringOf({ within_7_days: count, first_expires_at: at, is_exact: isExact }) {
  return { count, isExact, at, word: count === 1 ? "on" : "the first on" };
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
  if (bound === null) return { count: 0, isExact: true, at: null, word: "" };
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
    return { count: page.total_entries, isExact: page.total_is_exact, at, word: "by" };
  } catch {
    return undefined;
  }
}
