// Owns the requests for pages of the list.
//
// The first page of a browse fixes which entries the browse has. Later requests send a page token
// of the browse, so that page numbers stay the same while new entries arrive.

import { filtersOf, unusable } from "./address.js";
import { Refusal, askWorkspace, refusalFrom } from "./api.js";
import { rememberSummaries } from "./summary.js";

/**
 * @import { EntryPage } from "./answers.d.ts"
 * @import { View } from "./address.js"
 */

/**
 * Page tokens: one of the current browse, and one of this very page where its number would not find
 * it.
 *
 * @typedef {{ browse: string | undefined, step: string | undefined }} Tokens
 */

/**
 * Asks for the view's page. `isAnew` says that the tokens were refused and a new browse began.
 *
 * @param {View} view
 * @param {Tokens} tokens
 * @param {number} size
 * @param {AbortSignal} signal
 */
export async function askPage(view, { browse, step }, size, signal, isAside = false) {
  const problem = unusable(view);
  if (problem !== "") throw new Refusal("unusable", problem);
  /** @typedef {[name: string, value: string][]} Parameters */
  /** @type {Parameters} */
  const parameters = [...filtersOf(view), ["page_size", String(size)]];
  /** @type {Parameters} */
  const number = [["page", String(view.page)]];
  /** @type {Parameters} */
  const within = browse ? [...number, ["page_token", browse]] : number;
  /**
   * @param {Parameters} place
   * @returns {Promise<EntryPage>}
   */
  const ask = async (place) => {
    const of = [...parameters, ...place];
    const { text } = await askWorkspace(view, "entries", of, signal, isAside);
    /** @type {EntryPage} */
    const answer = JSON.parse(text);
    rememberSummaries(answer.entries, text);
    return answer;
  };
  try {
    return { shown: await ask(step ? [["page_token", step]] : within), isAnew: false };
  } catch (error) {
    // The service may refuse a token although the filters are fine. A new browse needs no token.
    if (refusalFrom(error).kind !== "unusable" || (!step && !browse)) throw error;
    return { shown: await ask(number), isAnew: true };
  }
}

/**
 * The number of the page that has the first entry of that time: as many pages are before it as newer
 * entries fill. Undefined if their number is not exact.
 *
 * @param {View} view
 * @param {string} instant
 * @param {number} size
 * @param {AbortSignal} signal
 */
export async function pageAt(view, instant, size, signal) {
  const later = new Date(Date.parse(instant) + 1).toISOString();
  const parameters = filtersOf({ ...view, from: later });
  parameters.push(["page_size", "1"]);
  const { text } = await askWorkspace(view, "entries", parameters, signal);
  /** @type {EntryPage} */
  const { page } = JSON.parse(text);
  return page.total_is_exact ? Math.floor(page.total_entries / size) + 1 : undefined;
}
