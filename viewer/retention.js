// Owns the note on how long entries are kept, what leaves next, and that an export keeps it.

import { askWorkspace } from "./api.js";
import { byId, el } from "./dom.js";
import { counted } from "./text.js";
import { localDay, utcTime } from "./time.js";

const DAY_MS = 86_400_000;
const SOON_DAYS = 7;

/** What the service last said of the whole log, and of which workspace and day: counts under filters do not say it. */
const wholeLog = { expiring: undefined, of: undefined };

/** The end of what expires within seven days: entries before this moment, or null if nothing does. All entries of a UTC day leave together. */
export function expiryBound(retentionDays, visibleFrom, now) {
  if (retentionDays === null) return null;
  const today = Math.floor(now / DAY_MS) * DAY_MS;
  const bound = today + (SOON_DAYS - retentionDays) * DAY_MS;
  return visibleFrom !== null && bound <= Date.parse(visibleFrom) ? null : new Date(bound).toISOString();
}

/** Shows the note; `onShow` and `onExport` are asked for the entries before a moment, all of them if there is none. */
export async function showRetention(view, facets, now, signal, { onShow, onExport }) {
  const note = byId("retention");
  const { retention_days: days, visible_from: visibleFrom } = facets;
  if (days === null) return note.replaceChildren("Entries are kept without limit.");
  const kept = `Entries are kept for ${counted(days, "day", "days")}.`;
  const bound = expiryBound(days, visibleFrom, now);
  const of = JSON.stringify([view.workspace, bound]);
  if (facets.expiring) Object.assign(wholeLog, { expiring: facets.expiring, of });
  const soon = wholeLog.of === of ? expiringOf(wholeLog.expiring) : await countBefore(view, bound, days, signal);
  if (soon === undefined) return note.replaceChildren(kept);
  if (soon.count === 0) return note.replaceChildren(`${kept} None expires within ${SOON_DAYS} days.`);
  const many = `${soon.isExact ? "" : "At least "}${counted(soon.count, "entry expires", "entries expire")} within ${SOON_DAYS} days`;
  const pick = (words, use) => el("button", { type: "button", class: "pick strong", onclick: () => use(bound ?? "") }, words);
  const when = soon.at !== null && [`, ${soon.word} `, el("time", { datetime: soon.at, title: utcTime(soon.at) }, localDay(soon.at))];
  const them = soon.count === 1 ? "it" : "them";
  const advice = el("span", { class: "advice" }, " ", pick(`Export ${them}`, onExport), ` to keep ${them}.`);
  return note.replaceChildren(...[`${kept} `, pick(many, onShow), when, ".", advice].flat().filter(Boolean));
}

function expiringOf({ within_7_days: count, first_expires_at: at, is_exact: isExact }) {
  return { count, isExact, at, word: count === 1 ? "on" : "the first on" };
}

/** What a service that does not say what expires has to be asked for. */
async function countBefore(view, bound, days, signal) {
  if (bound === null) return { count: 0 };
  try {
    const { page } = JSON.parse((await askWorkspace(view, "entries", [["to", bound], ["page_size", "1"]], signal)).text);
    const at = new Date(Date.parse(bound) + days * DAY_MS).toISOString();
    return { count: page.total_entries, isExact: page.total_is_exact, at, word: "by" };
  } catch {
    return undefined;
  }
}
