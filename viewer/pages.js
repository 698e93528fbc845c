// Owns the asking for a page of the list, within a browse under way if there is one.

import { filtersOf, unusable } from "./address.js";
import { Refusal, askWorkspace } from "./api.js";

/**
 * Asks for the view's page. `browse` and `step` are page tokens: of the browse under way, and of this very page where its number would not find it.
 * Gives what is to be shown, and whether it had to begin without them.
 */
export async function askPage(view, { browse, step }, size, signal) {
  const problem = unusable(view);
  if (problem !== "") throw new Refusal("unusable", problem);
  const parameters = [...filtersOf(view), ["page_size", size]];
  const number = ["page", view.page];
  const within = step ? [["page_token", step]] : [number, ...(browse ? [["page_token", browse]] : [])];
  const ask = async (place) => JSON.parse((await askWorkspace(view, "entries", [...parameters, ...place], signal)).text);
  try {
    return { shown: await ask(within), isAnew: false };
  } catch (error) {
    // A token can be refused where the filters are not; a new browse needs none.
    if (error.kind !== "unusable" || (!step && !browse)) throw error;
    return { shown: await ask([number]), isAnew: true };
  }
}
