// Owns the service's counts for the menus: of which filters they are, and whether they are on their way.

import { filtersOf } from "./address.js";
import { askWorkspace } from "./api.js";
import { showFilters } from "./filters.js";
import { showRetention } from "./retention.js";

const latest = { facets: null, of: undefined, counting: new AbortController() };

/** The counts, or null while they are not known. */
export function knownFacets() {
  return latest.facets;
}

/** Has them fetched anew, the next time they are wanted. */
export function forgetFacets() {
  latest.of = undefined;
}

/** Fetches the counts, unless those of the same filters are there or on their way. `on` is what the note on what expires can ask for. */
export async function renderFacets(currentView, labels, on) {
  const parameters = filtersOf(currentView(), ["action", "target_type", "from", "to"]);
  if (latest.of === String(parameters)) return;
  latest.of = String(parameters);
  latest.counting.abort();
  latest.counting = new AbortController();
  const { signal } = latest.counting;
  try {
    const [{ text, now }] = await Promise.all([askWorkspace(currentView(), "facets", parameters, signal), labels]);
    latest.facets = JSON.parse(text);
    showFilters(currentView(), latest.facets);
    await showRetention(currentView(), latest.facets, now, signal, on);
  } catch {
    // The list says what is wrong; without counts, the filters offer everything.
    if (!signal.aborted) latest.of = undefined;
  }
}
