// Owns the token: takes it out of the address as soon as the page runs, keeps it, and forgets it
// when the service refuses it.
//
// It is kept in this tab's session storage, so that reloading the page works, and also in memory,
// because a browser may deny session storage to a frame.

const FRAGMENT_NAME = "token";
/** @type {Map<string, string>} */
const memory = new Map();

/**
 * Takes a token out of the fragment, and removes the fragment from the address and the history.
 * Returns whether there was a token.
 *
 * @param {string} workspace
 */
export function takeFragment(workspace) {
  const handed = new URLSearchParams(location.hash.slice(1));
  const query = new URLSearchParams(location.search);
  // Servers may have logged a token in the query, so it is removed and never used.
  query.delete(FRAGMENT_NAME);
  const search = query.size === 0 ? "" : `?${query}`;
  if (location.hash !== "" || search !== location.search)
    history.replaceState(history.state, "", location.pathname + search);
  const token = handed.get(FRAGMENT_NAME);
  if (token) keepToken(workspace, token);
  return Boolean(token);
}

/**
 * Keeps a token for a workspace in place of an earlier one.
 *
 * @param {string} workspace
 * @param {string} token
 */
export function keepToken(workspace, token) {
  memory.set(workspace, token);
  withStorage((storage) => storage.setItem(nameOf(workspace), token));
}

/**
 * The token for a workspace; undefined if there is none.
 *
 * @param {string} workspace
 */
export function tokenFor(workspace) {
  const stored = () => withStorage((storage) => storage.getItem(nameOf(workspace)));
  return memory.get(workspace) ?? stored() ?? undefined;
}

/**
 * Forgets the token for a workspace, unless another one has replaced it since.
 *
 * @param {string} workspace
 * @param {string} token
 */
export function dropToken(workspace, token) {
  if (tokenFor(workspace) !== token) return;
  memory.delete(workspace);
  withStorage((storage) => storage.removeItem(nameOf(workspace)));
}

/** @param {string} workspace */
function nameOf(workspace) {
  return `audit-log-token:${workspace}`;
}

/**
 * Uses the session storage; undefined where the browser denies it.
 *
 * @template Result
 * @param {(storage: Storage) => Result} use
 */
function withStorage(use) {
  try {
    return use(sessionStorage);
  } catch {
    return undefined;
  }
}
