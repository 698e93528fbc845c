// Owns the wait until the newest entries are judged, so that it is known which are unusual: the page
// asks a few times, at growing intervals.

import { inTurns } from "./asking.js";

/** More than five minutes in all: an instance of the service judges for menus that often. */
const PAUSES_MS = [5_000, 10_000, 20_000, 40_000, 80_000, 160_000];

const judging = inTurns((round) => PAUSES_MS[round]);

/** Goes on when the page is seen again. To be called once. */
export function listenToJudging() {
  judging.listen();
}

/**
 * Calls `ask` until it returns that all are judged, or fails, or was called often enough.
 *
 * @param {() => Promise<boolean>} ask
 * @param {AbortSignal} signal ends the wait
 */
export function awaitJudgement(ask, signal) {
  // What goes wrong here changes nothing of what is shown.
  judging.start(async () => !(await ask().catch(() => true)), signal);
}
