// Owns the note on how long entries are kept, and what leaves next.

import { askWorkspace } from "./api.js";
import { byId, el } from "./dom.js";
import { counted } from "./text.js";
import { localMinute, utcTime } from "./time.js";

const DAY_MS = 86_400_000;
const SOON_DAYS = 7;

/** The end of what expires within seven days: entries before this moment, or null if nothing does. All entries of a UTC day leave together. */
export function expiryBound(retentionDays, visibleFrom, now) {
  if (retentionDays === null) return null;
  const today = Math.floor(now / DAY_MS) * DAY_MS;
  const bound = today + (SOON_DAYS - retentionDays) * DAY_MS;
  return visibleFrom !== null && bound <= Date.parse(visibleFrom) ? null : new Date(bound).toISOString();
}

/** Shows the note; `onShow` is asked for the entries before a moment. */
export async function showRetention(view, facets, now, signal, onShow) {
  const note = byId("retention");
  const { retention_days: days, visible_from: visibleFrom } = facets;
  if (days === null) return note.replaceChildren("Entries are kept without limit.");
  const kept = `Entries are kept for ${counted(days, "day", "days")}.`;
  const bound = expiryBound(days, visibleFrom, now);
  const count = bound === null ? { total_entries: 0, total_is_exact: true } : await countBefore(view, bound, signal);
  if (count === undefined) return note.replaceChildren(kept);
  if (count.total_entries === 0) return note.replaceChildren(`${kept} None expires within ${SOON_DAYS} days.`);
  const end = new Date(Date.parse(bound) + days * DAY_MS).toISOString();
  const bounded = count.total_is_exact ? "" : "At least ";
  const many = `${bounded}${counted(count.total_entries, "entry expires", "entries expire")} within ${SOON_DAYS} days`;
  const show = el("button", { type: "button", class: "pick strong", onclick: () => onShow(bound) }, many);
  return note.replaceChildren(`${kept} `, show, ", by ", el("time", { datetime: end, title: utcTime(end) }, localMinute(end)), ".");
}

async function countBefore(view, bound, signal) {
  try {
    const { text } = await askWorkspace(view, "entries", [["to", bound], ["page_size", "1"]], signal);
    return JSON.parse(text).page;
  } catch {
    return undefined;
  }
}
