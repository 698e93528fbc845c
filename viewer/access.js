// Owns the token: takes it out of the address as soon as the page runs, keeps it, and forgets it
// when the service refuses it. It also knows when the token ends, if whoever handed it over said so,
// and says so two minutes before.
//
// It is kept in this tab's session storage, so that reloading the page works, and also in memory,
// because a browser may deny session storage to a frame.

const FRAGMENT_NAME = "token";
/** @type {Map<string, string>} */
const memory = new Map();
/** @type {Map<string, string>} */
const ends = new Map();
const END_NAME = "expires_at";
/** How long before the end of a token the page says so; half of its life if that is less. */
const NOTICE_MS = 120_000;
/** A token that ends sooner than this is not worth a notice. */
const LEAST_MS = 10_000;
/** How far the service's clock is ahead of this machine's. */
let aheadMs = 0;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;
/**
 * What is called before the end and at the end.
 *
 * @type {(stage: Stage, endsAt: string) => unknown}
 */
let onStage = () => {};

/** @typedef {"renewed" | "ending" | "ended"} Stage Where a token is in its life. */

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
  if (token) keepToken(workspace, token, handed.get(END_NAME) ?? undefined);
  return Boolean(token);
}

/**
 * Keeps a token for a workspace in place of an earlier one.
 *
 * @param {string} workspace
 * @param {string} token
 * @param {string} [endsAt] when it ends, as the service said when it was made
 */
export function keepToken(workspace, token, endsAt) {
  memory.set(workspace, token);
  const isKnown = endsAt !== undefined && !Number.isNaN(Date.parse(endsAt));
  if (isKnown) ends.set(workspace, endsAt);
  else ends.delete(workspace);
  withStorage((storage) => {
    storage.setItem(nameOf(workspace), token);
    if (isKnown) storage.setItem(endNameOf(workspace), endsAt);
    else storage.removeItem(endNameOf(workspace));
  });
  onStage("renewed", endsAt ?? "");
  watchEnd(isKnown ? endsAt : undefined);
}

/**
 * Calls when the token of a workspace is about to end, when it has ended, and when there is another.
 *
 * @param {string} workspace
 * @param {(stage: Stage, endsAt: string) => unknown} call
 */
export function listenToEnd(workspace, call) {
  onStage = call;
  const stored = () => withStorage((storage) => storage.getItem(endNameOf(workspace)));
  watchEnd(ends.get(workspace) ?? stored() ?? undefined);
}

/**
 * Learns the service's time, because this machine's clock may be wrong.
 *
 * @param {number} now
 */
export function learnTime(now) {
  aheadMs = now - Date.now();
}

/**
 * Waits for the notice, then for the end.
 *
 * @param {string | undefined} endsAt
 */
function watchEnd(endsAt) {
  clearTimeout(timer);
  if (endsAt === undefined) return;
  const leftMs = () => Date.parse(endsAt) - Date.now() - aheadMs;
  const noticeMs = Math.min(NOTICE_MS, leftMs() / 2);
  if (leftMs() < LEAST_MS) return;
  // Each wait is short, because a machine that sleeps stops the clock of a longer one.
  /** @type {(untilMs: number, then: () => void) => void} */
  const wait = (untilMs, then) => {
    const restMs = leftMs() - untilMs;
    if (restMs <= 0) then();
    else timer = setTimeout(() => wait(untilMs, then), Math.min(restMs, 5_000));
  };
  wait(noticeMs, () => {
    onStage("ending", endsAt);
    wait(0, () => onStage("ended", endsAt));
  });
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
  ends.delete(workspace);
  clearTimeout(timer);
  withStorage((storage) => {
    storage.removeItem(nameOf(workspace));
    storage.removeItem(endNameOf(workspace));
  });
}

/** @param {string} workspace */
function nameOf(workspace) {
  return `audit-log-token:${workspace}`;
}

/** @param {string} workspace */
function endNameOf(workspace) {
  return `audit-log-token-end:${workspace}`;
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
