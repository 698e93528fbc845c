// Owns what the panel of exports says when the service refuses: what has happened, and what to do or to wait for.

import { byId, el } from "./dom.js";
import { ACCESS, refusalWords } from "./messages.js";
import { counted } from "./text.js";

/** What a token without the scope is told. */
export const NO_EXPORTING = "This access does not allow exporting";
/** Refusals that have other words here than above the list. */
const PANEL_REFUSALS = {
  busy: ["The service is busy", ["Nothing is lost."], true],
  forbidden: [NO_EXPORTING, ACCESS],
  absent: ["Exports are not to be had here", ["The workspace is not open to you any more, or the service does not have exports yet."]],
  unusable: ["This cannot be exported", []],
  unreachable: ["The service cannot be reached", ["You may be offline. What has been started goes on without this page."], true],
};

/** Says what was refused. `isPassing`: it is asked again without a click. `isUnclear`: it may have been done all the same. */
export function showTrouble(refusal, { retry, isPassing = false, isUnclear = false }) {
  const { title, lines, canRetry } = refusalWords(refusal, PANEL_REFUSALS);
  const wait = refusal.retryAfterMs > 0 ? `in ${counted(Math.ceil(refusal.retryAfterMs / 1_000), "second", "seconds")}` : "in a moment";
  const hint = isPassing ? `The page asks again ${wait}, by itself.` : refusal.kind === "busy" && `Try again ${wait}.`;
  const unclear = isUnclear && "The export may have started all the same. If so, it is in the list below.";
  const said = [...lines, unclear, canRetry && hint].filter(Boolean).map((line) => el("p", {}, line));
  const words = isUnclear ? "Look whether it has" : "Try again";
  const again = canRetry && retry && !isPassing && el("button", { type: "button", class: "button", onclick: retry }, words);
  const message = byId("exports-message");
  message.replaceChildren(el("h3", {}, title), ...said, ...(again ? [el("div", { class: "actions" }, again)] : []));
  message.setAttribute("role", isPassing ? "status" : "alert");
  message.dataset.isPassing = isPassing;
  message.hidden = false;
}

/** Takes it away; `onlyPassing` leaves what waits for a click. */
export function hideTrouble({ onlyPassing = false } = {}) {
  const message = byId("exports-message");
  if (!onlyPassing || message.dataset.isPassing === "true") message.hidden = true;
}
