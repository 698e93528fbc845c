// Owns the wait until the newest entries are judged, so that it is known which are unusual: the page
// asks a few times, at growing intervals, and not while nobody looks: while the page is hidden, or an
// entry or a panel covers the list.

/** More than five minutes in all: an instance of the service judges for menus that often. */
const PAUSES_MS = [5_000, 10_000, 20_000, 40_000, 80_000, 160_000];

const judging = {
  /**
   * Asks once, and returns whether all are judged; undefined while nobody waits.
   *
   * @type {(() => Promise<boolean>) | undefined}
   */
  ask: undefined,
  signal: new AbortController().signal,
  round: 0,
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  timer: undefined,
};

/** Goes on when the page is seen again. To be called once. */
export function listenToJudging() {
  document.addEventListener("visibilitychange", askForJudgement);
}

/**
 * Calls `ask` until it returns that all are judged, or fails, or was called often enough.
 *
 * @param {() => Promise<boolean>} ask
 * @param {AbortSignal} signal ends the wait
 */
export function awaitJudgement(ask, signal) {
  Object.assign(judging, { ask, signal, round: 0 });
  askForJudgement();
}

function askForJudgement() {
  clearTimeout(judging.timer);
  const { ask, signal, round } = judging;
  if (ask === undefined || signal.aborted || document.hidden) return;
  if (round === PAUSES_MS.length) return;
  judging.timer = setTimeout(async () => {
    if (document.querySelector("dialog[open]") !== null) return askForJudgement();
    judging.round += 1;
    // What goes wrong here changes nothing of what is shown.
    const isDone = await ask().catch(() => true);
    if (signal.aborted || judging.ask !== ask) return;
    if (isDone) judging.ask = undefined;
    askForJudgement();
  }, PAUSES_MS[round]);
}
