// Owns the open entry: everything that it says, in a dialog over the list.

import { Refusal, askWorkspace } from "./api.js";
import { actionLabel, nameOfSeen, typeLabel } from "./catalog.js";
import { copyButton, copyable } from "./copy.js";
import { linesOf } from "./diff.js";
import { byId, el, shown } from "./dom.js";
import { member, parseJson, textOf } from "./json.js";
import { outcomeBadge } from "./list.js";
import { exactLocalTime, utcTime } from "./time.js";
import { valueText, valuesOf } from "./values.js";

const ACTOR_KINDS = { user: "User", api_key: "API key", system: "System" };
const ENTRY_REFUSALS = {
  absent: ["This entry is not here", "It has expired, or the address is not that of an entry in this workspace."],
  unreachable: ["The service cannot be reached", "You may be offline."],
};

/** Fetches an entry. Its text is read without loss: see `json.js`. */
export async function loadEntry(view, signal) {
  if (!/^[0-9A-Za-z.-]+$/.test(view.entry)) throw new Refusal("absent");
  return parseJson((await askWorkspace(view, `entries/${view.entry}`, [], signal)).text);
}

/** Opens the dialog, empty until there is something to show. */
export function openDialog() {
  const [dialog, body] = [byId("entry"), byId("entry-body")];
  if (!dialog.open) {
    dialog.returnValue = "";
    dialog.showModal();
    // The arrows up and down scroll it, without a step more.
    body.dataset.opened = "";
    body.addEventListener("blur", () => delete body.dataset.opened, { once: true });
    body.focus();
  }
  body.setAttribute("aria-busy", "true");
}

/** Shows an entry in the dialog. */
export function showEntry(node) {
  const text = (...path) => textOf(path.reduce(member, node));
  fillDialog(actionLabel(text("action")), [
    el("p", { class: "action-name" }, el("code", {}, text("action")), outcomeBadge(text("outcome"))),
    el("dl", { class: "facts" }, factsOf(text)),
    el("h3", {}, "What changed"),
    valuesOf(member(node, "old_value"), member(node, "new_value"), changesOf(node), text("changes_truncated") === "true"),
    copyButtons(node),
  ]);
}

/** Shows in the dialog why there is no entry. */
export function showEntryRefusal(refusal, retry) {
  const [title, line] = ENTRY_REFUSALS[refusal.kind] ?? ["The entry cannot be shown", "The service could not answer."];
  const again = refusal.kind !== "absent" && el("button", { type: "button", class: "button", onclick: retry }, "Try again");
  fillDialog(title, [el("p", { class: "quiet" }, line), again]);
}

function fillDialog(title, children) {
  byId("entry-title").textContent = title;
  byId("entry-body").replaceChildren(...children.filter(Boolean));
  byId("entry-body").removeAttribute("aria-busy");
  byId("entry-body").scrollTop = 0;
}

function changesOf(node) {
  const changes = member(node, "changes")?.elements ?? [];
  return changes.map((change) => ({ change: textOf(member(change, "change")), path: textOf(member(change, "path")) }));
}

function factsOf(text) {
  const [actor, target] = [{ name: text("actor", "name"), id: text("actor", "id") }, { name: text("target", "name"), id: text("target", "id") }];
  const expiry = text("expires_at");
  const agent = text("user_agent");
  const cutNote = text("user_agent_truncated") === "true" && el("span", { class: "quiet" }, " (longer; cut when it was recorded)");
  return [
    fact("User", shown(nameOfSeen(actor)), text("actor", "email") && [el("br"), shown(text("actor", "email"))]),
    fact(`${ACTOR_KINDS[text("actor", "type")] ?? text("actor", "type")} id`, copyable(text("actor", "id"))),
    fact("Target", `${typeLabel(text("target", "type"))} `, target.name !== undefined && shown(target.name, { class: "strong" })),
    fact("Target id", copyable(target.id)),
    fact("Happened", bothTimes(text("occurred_at"))),
    fact("Recorded", bothTimes(text("recorded_at"))),
    fact("Expires", expiry === undefined ? "Never" : bothTimes(expiry)),
    fact("Outcome", { success: "Success", failure: "Failed", denied: "Denied" }[text("outcome")] ?? text("outcome")),
    fact("IP address", text("ip_address") === undefined ? none() : shown(text("ip_address"), { class: "code" })),
    text("request_id") !== undefined && fact("Request id", copyable(text("request_id"))),
    text("external_id") !== undefined && fact("External id", copyable(text("external_id"))),
    wideFact("User agent", agent === undefined ? none() : shown(agent), cutNote),
    wideFact("Entry id", copyable(text("id"))),
  ];
}

function fact(name, ...children) {
  return el("div", { class: "fact" }, el("dt", {}, name), el("dd", {}, children.flat()));
}

function wideFact(name, ...children) {
  const wide = fact(name, ...children);
  wide.classList.add("wide");
  return wide;
}

function none() {
  return el("span", { class: "quiet" }, "Not recorded");
}

function bothTimes(instant) {
  return [el("time", { datetime: instant }, exactLocalTime(instant)), el("br"), el("span", { class: "quiet" }, utcTime(instant))];
}

function copyButtons(node) {
  const button = (name, words) => {
    const value = member(node, name);
    return value && copyButton(words, () => valueText(linesOf(value)), words);
  };
  return el("p", { class: "actions" }, button("old_value", "Copy old value"), button("new_value", "Copy new value"));
}
