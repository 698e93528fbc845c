// Owns asking again and again, at intervals, while somebody looks: not while the page is hidden, nor
// while an entry or a panel covers the list.

/** @typedef {(signal: AbortSignal) => Promise<boolean>} Ask Asks once, and returns whether to go on. */

/**
 * What asks in turns. `pauseMs` is how long it waits before the round with that number, which
 * counts from 0; undefined if there is none.
 *
 * @param {(round: number) => number | undefined} pauseMs
 */
export function inTurns(pauseMs) {
  /** @type {Ask | undefined} */
  let ask;
  let signal = new AbortController().signal;
  let round = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;

  function askLater() {
    clearTimeout(timer);
    const pause = pauseMs(round);
    if (ask === undefined || signal.aborted || document.hidden || pause === undefined) return;
    timer = setTimeout(askNow, pause);
  }

  async function askNow() {
    const asked = ask;
    if (asked === undefined || signal.aborted) return;
    if (document.querySelector("dialog[open]") !== null) return askLater();
    round += 1;
    const goesOn = await asked(signal);
    if (signal.aborted || ask !== asked) return;
    if (goesOn) askLater();
    else ask = undefined;
  }

  return {
    /** Goes on when the page is seen again. To be called once. */
    listen: () => document.addEventListener("visibilitychange", askLater),
    /**
     * Asks from now on, in place of what was asked before.
     *
     * @param {Ask} nextAsk
     * @param {AbortSignal} nextSignal ends it
     */
    start: (nextAsk, nextSignal) => {
      [ask, signal, round] = [nextAsk, nextSignal, 0];
      askLater();
    },
  };
}
