// Owns the messages in the panel of exports: what the service refused, and what to do next.

import { byId, el } from "./dom.js";
import { ACCESS, refusalWords } from "./messages.js";
import { counted } from "./text.js";

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
export const NO_EXPORTING = "This access does not allow exporting";
/**
 * Refusals that have other words here than above the list.
 *
 * @type {Partial<Record<RefusalKind, Words>>}
 */
const PANEL_REFUSALS = {
  busy: ["The service is busy", ["Nothing is lost."], true],
  forbidden: [NO_EXPORTING, ACCESS],
  absent: [
    "Exports are not available",
    ["You no longer have access to this workspace, or this service does not offer exports."],
  ],
  unusable: ["This cannot be exported", []],
  unreachable: [
    "The service cannot be reached",
    ["You may be offline. Exports that have started go on without this page."],
    true,
  ],
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
  const wait = seconds > 0 ? `in ${counted(seconds, "second", "seconds")}` : "in a moment";
  const said = [...lines];
  if (isUnclear) said.push("The export may have started anyway. If so, it is in the list below.");
  if (canRetry && isPassing) said.push(`The page tries again by itself ${wait}.`);
  else if (canRetry && refusal.kind === "busy") said.push(`Try again ${wait}.`);
  const children = [el("h3", {}, title), ...said.map((line) => el("p", {}, line))];
  if (canRetry && retry && !isPassing) {
    const words = isUnclear ? "Reload the list" : "Try again";
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
