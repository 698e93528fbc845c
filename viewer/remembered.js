// Owns what the page remembers of how somebody likes it: in this browser, for all workspaces. None
// of it is about entries.

/** @typedef {"zone" | "values" | "keys"} Liking */

/** @type {Map<Liking, string>} */
const thisVisit = new Map();

/**
 * What was chosen last; undefined if nothing was.
 *
 * @param {Liking} name
 */
export function remembered(name) {
  return thisVisit.get(name) ?? withLikings((storage) => storage.getItem(keyIn(name))) ?? undefined;
}

/**
 * Remembers a choice. Where the browser denies a frame its storage, for this visit only.
 *
 * @param {Liking} name
 * @param {string} choice
 */
export function keepLiking(name, choice) {
  thisVisit.set(name, choice);
  withLikings((storage) => storage.setItem(keyIn(name), choice));
}

/** @param {Liking} name */
function keyIn(name) {
  return `audit-log-${name}`;
}

/**
 * @template Result
 * @param {(storage: Storage) => Result} use
 */
function withLikings(use) {
  try {
    return use(localStorage);
  } catch {
    return undefined;
  }
}
