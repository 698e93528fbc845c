// Owns the token: takes it out of the address the moment the page runs, keeps it, and forgets it when it is refused.
//
// It lives in this tab's session storage, so that reloading the page works, and in memory where a browser denies that storage to a frame.

const FRAGMENT_NAME = "token";
const memory = new Map();

/** Takes what the fragment hands over, and takes the fragment out of the address and the history. Says whether there was a token. */
export function takeFragment(workspace) {
  const handed = new URLSearchParams(location.hash.slice(1));
  const query = new URLSearchParams(location.search);
  // A token in a query has already been sent to servers that may log it. It is not used, so that nobody builds on it.
  query.delete(FRAGMENT_NAME);
  const search = query.size === 0 ? "" : `?${query}`;
  if (location.hash !== "" || search !== location.search) history.replaceState(history.state, "", location.pathname + search);
  const token = handed.get(FRAGMENT_NAME);
  if (token) keepToken(workspace, token);
  return Boolean(token);
}

/** Keeps a token for a workspace, in place of an earlier one. */
export function keepToken(workspace, token) {
  memory.set(workspace, token);
  withStorage((storage) => storage.setItem(nameOf(workspace), token));
}

/** The token for a workspace; undefined if there is none. */
export function tokenFor(workspace) {
  return memory.get(workspace) ?? withStorage((storage) => storage.getItem(nameOf(workspace))) ?? undefined;
}

/** Forgets the token for a workspace, unless another has taken its place since. */
export function dropToken(workspace, token) {
  if (tokenFor(workspace) !== token) return;
  memory.delete(workspace);
  withStorage((storage) => storage.removeItem(nameOf(workspace)));
}

function nameOf(workspace) {
  return `audit-log-token:${workspace}`;
}

function withStorage(use) {
  try {
    return use(sessionStorage);
  } catch {
    return undefined;
  }
}
