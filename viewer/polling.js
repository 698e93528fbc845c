// Owns the asking again: how often what is under way is asked for, and when that rests.

const FIRST_MS = 1_000;
const GROWTH = 1.5;
const LONGEST_MS = 5_000;

const polling = { round: undefined, timer: undefined, delay: FIRST_MS, asking: undefined };

/**
 * Calls `round` with a signal, again and again, first in a second and then less often, until it says `{ goesOn: false }` or `stopPolling` is called.
 * `waitMs` in what it gives is how long to wait at least. While nobody sees the page, it rests.
 */
export function startPolling(round) {
  stopPolling();
  Object.assign(polling, { round, delay: FIRST_MS });
  schedule(FIRST_MS);
}

/** Ends it, and what has been asked but not answered. */
export function stopPolling() {
  polling.round = undefined;
  rest();
}

/** Listens to the page's coming and going, once. */
export function listenToPresence() {
  document.addEventListener("visibilitychange", () => (document.hidden ? rest() : wake()));
  window.addEventListener("pagehide", rest);
  window.addEventListener("pageshow", (event) => event.persisted && wake());
  window.addEventListener("online", wake);
}

function wake() {
  if (polling.round === undefined || polling.asking !== undefined) return;
  clearTimeout(polling.timer);
  polling.delay = FIRST_MS;
  takeRound();
}

function rest() {
  clearTimeout(polling.timer);
  polling.asking?.abort();
  polling.asking = undefined;
}

function schedule(waitMs) {
  if (!document.hidden) polling.timer = setTimeout(takeRound, waitMs);
}

async function takeRound() {
  const asking = new AbortController();
  polling.asking = asking;
  const { goesOn, waitMs = 0 } = await polling.round(asking.signal);
  if (asking.signal.aborted) return;
  polling.asking = undefined;
  if (!goesOn) return stopPolling();
  polling.delay = Math.min(polling.delay * GROWTH, LONGEST_MS);
  schedule(Math.max(polling.delay, waitMs));
}
