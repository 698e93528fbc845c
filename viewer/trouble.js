// Owns the messages in the panel of exports: what the service refused, and what to do next.

import { byId, el } from "./dom.js";
import { ACCESS, refusalWords } from "./messages.js";
import { say } from "./texts.js";

/**
 * @import { Refusal, RefusalKind } from "./api.js"
 * @import { Words } from "./messages.js"
 */

/**
 * How to show a refusal: what to do on a click on "Try again"; whether the page retries by itself;
 * and whether the export may have started although there was no answer.
 *
 * @typedef {{ retry?: () => unknown, isPassing?: boolean, isUnclear?: boolean }} TroubleOptions
 */

/** What a person is told whose token does not allow exporting. */
export const NO_EXPORTING = say.exports.notAllowed;
/**
 * Refusals that have other words here than above the list.
 *
 * @type {Partial<Record<RefusalKind, Words>>}
 */
const PANEL_REFUSALS = {
  busy: [say.messages.busy, [say.exports.busyWhy], true],
  forbidden: [NO_EXPORTING, ACCESS],
  absent: [say.exports.absent, [say.exports.absentWhy]],
  unusable: [say.exports.unusable, []],
  unreachable: [say.messages.unreachable, [say.exports.unreachableWhy], true],
};

/**
 * Shows that something was refused.
 *
 * @param {Refusal} refusal
 * @param {TroubleOptions} options
 */
export function showTrouble(refusal, { retry, isPassing = false, isUnclear = false }) {
  const { title, lines, canRetry } = refusalWords(refusal, PANEL_REFUSALS);
  const seconds = Math.ceil(refusal.retryAfterMs / 1_000);
  const wait = say.exports.inSeconds(seconds);
  const said = [...lines];
  if (isUnclear) said.push(say.exports.mayHaveStarted);
  if (canRetry && isPassing) said.push(say.exports.triesAgain(wait));
  else if (canRetry && refusal.kind === "busy") said.push(say.exports.tryAgain(wait));
  const children = [el("h3", {}, title), ...said.map((line) => el("p", {}, line))];
  if (canRetry && retry && !isPassing) {
    const words = isUnclear ? say.exports.reload : say.messages.tryAgain;
    const button = el("button", { type: "button", class: "button", onclick: retry }, words);
    children.push(el("div", { class: "actions" }, button));
  }
  const message = byId("exports-message");
  message.replaceChildren(...children);
  message.setAttribute("role", isPassing ? "status" : "alert");
  message.dataset.isPassing = String(isPassing);
  message.hidden = false;
}

/** Hides the message; with `onlyPassing`, only a message that no click has to answer. */
export function hideTrouble({ onlyPassing = false } = {}) {
  const message = byId("exports-message");
  if (!onlyPassing || message.dataset.isPassing === "true") message.hidden = true;
}
