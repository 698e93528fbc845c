// Owns which entry somebody wanted to see before they had access. A link to an entry has no token, so
// whoever opens it comes in by a link of the product, and that does not name the entry.
//
// It is kept in this tab's session storage until the next link with a token.

/**
 * Remembers the entry until there is a token.
 *
 * @param {string} workspace
 * @param {string} entry
 */
export function wantEntry(workspace, entry) {
  try {
    sessionStorage.setItem(placeOf(workspace), entry);
  } catch {
    // A browser that keeps nothing shows the list.
  }
}

/**
 * Forgets the entry that somebody wanted to see, and returns its id; empty if there was none.
 *
 * @param {string} workspace
 */
export function takeWanted(workspace) {
  try {
    const entry = sessionStorage.getItem(placeOf(workspace)) ?? "";
    sessionStorage.removeItem(placeOf(workspace));
    return entry;
  } catch {
    return "";
  }
}

/** @param {string} workspace */
function placeOf(workspace) {
  return `audit-log-entry:${workspace}`;
}
