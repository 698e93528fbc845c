// Owns the line that says how many entries have arrived since the list was fetched. It asks for the
// first page now and then. The list stays as it is until somebody refreshes it.
//
// It asks after a minute, then at growing intervals, and not at all while nobody looks.

import { filtersOf } from "./address.js";
import { askWorkspace, refusalFrom } from "./api.js";
import { inTurns } from "./asking.js";
import { byId } from "./dom.js";
import { say } from "./texts.js";

/**
 * @import { EntryPage, EntryRow } from "./answers.d.ts"
 * @import { View } from "./address.js"
 */

const FIRST_ASK_MS = 60_000;
const ASK_GROWTH = 1.5;
const LAST_ASK_MS = 600_000;

const arrivals = inTurns((round) => Math.min(FIRST_ASK_MS * ASK_GROWTH ** round, LAST_ASK_MS));
let watching = new AbortController();

/** Leads a click on the line to the button that refreshes. To be called once. */
export function listenToArrivals() {
  byId("arrived").addEventListener("click", () => {
    byId("refresh").focus();
    byId("refresh").click();
  });
  arrivals.listen();
}

/** Stops asking, and hides the line. */
export function stopArrivals() {
  watching.abort();
  byId("arrived").hidden = true;
}

/**
 * Watches for entries that are not on the first page of a list.
 *
 * @param {View} view
 * @param {EntryRow[]} entries the first page
 * @param {number} size
 */
export function watchArrivals(view, entries, size) {
  stopArrivals();
  const filters = filtersOf(view);
  const { to } = Object.fromEntries(filters);
  // What happens from now on is not in a list that ends before.
  if (to && Date.parse(to) < Date.now()) return;
  const known = new Set(entries.map(({ id }) => id));
  watching = new AbortController();
  arrivals.start(async (signal) => {
    /** @type {[string, string][]} */
    const parameters = [...filters, ["page_size", String(size)]];
    try {
      const { text } = await askWorkspace(view, "entries", parameters, signal, true);
      /** @type {EntryPage} */
      const { entries: newest } = JSON.parse(text);
      if (!signal.aborted) showArrived(newest.filter(({ id }) => !known.has(id)).length, size);
      return true;
    } catch (error) {
      return ["busy", "failed", "unreachable"].includes(refusalFrom(error).kind);
    }
  }, watching.signal);
}

/**
 * Says how many entries of the newest page are not in the list.
 *
 * @param {number} count
 * @param {number} size the most of a page: there may be more then
 */
export function showArrived(count, size) {
  const line = byId("arrived");
  const words = count === 0 ? "" : say.list.arrived(count, count === size);
  // A screen reader says it again each time that it is written.
  if (line.textContent !== words) line.textContent = words;
  line.hidden = count === 0;
}
