// Owns polling: how often the page asks about exports in progress, and when it pauses.

/**
 * One round of requests. `waitMs` is how long to wait at least before the next one.
 *
 * @typedef {(signal: AbortSignal) => Promise<{ goesOn: boolean, waitMs?: number }>} Round
 */

const FIRST_MS = 1_000;
const GROWTH = 1.5;
const LONGEST_MS = 5_000;

const polling = {
  /** @type {Round | undefined} */
  round: undefined,
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  timer: undefined,
  delay: FIRST_MS,
  /** @type {AbortController | undefined} */
  asking: undefined,
};

/**
 * Calls `round` repeatedly, first after a second and then with growing delays, until it returns
 * `{ goesOn: false }` or `stopPolling` is called. It pauses while the page is hidden.
 *
 * @param {Round} round
 */
export function startPolling(round) {
  stopPolling();
  Object.assign(polling, { round, delay: FIRST_MS });
  schedule(FIRST_MS);
}

/** Stops polling and aborts the round in progress. */
export function stopPolling() {
  polling.round = undefined;
  rest();
}

/** Pauses and resumes polling as the page is hidden and shown. To be called once. */
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
  takeRound(polling.round);
}

function rest() {
  clearTimeout(polling.timer);
  polling.asking?.abort();
  polling.asking = undefined;
}

/** @param {number} waitMs */
function schedule(waitMs) {
  const { round } = polling;
  if (!document.hidden && round) polling.timer = setTimeout(() => takeRound(round), waitMs);
}

/** @param {Round} round */
async function takeRound(round) {
  const asking = new AbortController();
  polling.asking = asking;
  const { goesOn, waitMs = 0 } = await round(asking.signal);
  if (asking.signal.aborted) return;
  polling.asking = undefined;
  if (!goesOn) return stopPolling();
  polling.delay = Math.min(polling.delay * GROWTH, LONGEST_MS);
  schedule(Math.max(polling.delay, waitMs));
}
