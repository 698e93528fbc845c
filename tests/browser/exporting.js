// Answers of the service about exports, made up: states that it gives rarely, slowly, or at the wrong moment.

import { entry, listed, openPage, startService, viewer } from "./harness.js";

const ADA = { type: "user", id: "usr_admin", name: "Ada Admin", email: "ada.admin@example.com" };
/** The digest of the files. */
export const SHA = "0123456789abcdef".repeat(4);

/** Starts a service with 45 entries in one workspace, and gives it with a viewer token. */
export async function startWithEntries() {
  const service = await startService();
  await service.workspace("ws_a", "enterprise");
  await service.record("ws_a", Array.from({ length: 45 }, (_, index) => entry(index + 1)));
  return { service, token: await service.token("ws_a") };
}

/** The id of an export, made of one digit. */
export function idOf(digit) {
  return `20261122T140506.789Z-${String(digit).repeat(32)}`;
}

/** An export as the service answers it. */
export function exported(changes = {}) {
  return {
    id: idOf(0), workspace_id: "ws_a", state: "queued", format: "csv", compression: "none", filters: {}, requested_at: "2026-11-22T14:05:06.789Z",
    requested_by: ADA, as_of: `20261122T140506.788Z-${"0".repeat(32)}`, rows_expected: 12_345, rows_written: 0, completed_at: null, file: null, ...changes,
  };
}

/** The same when it is done; without addresses, as in the list. `file` are changes of its file. */
export function done(changes = {}, file = {}) {
  const whole = { name: "audit-log-ws_a-20261122T140506Z.csv", media_type: "text/csv; charset=utf-8", bytes: 1_234_567, row_count: 12_345, sha256: SHA, truncated: false, expires_at: "2026-11-29T14:06:00.000Z" };
  return exported({ state: "done", rows_written: 12_345, completed_at: "2026-11-22T14:06:00.000Z", file: { ...whole, ...file }, ...changes });
}

/** The addresses of a file at an origin; they can be followed for so long. */
export function addresses(origin, lifeMs = 600_000, path = "/fresh.csv") {
  return { url: `${origin}${path}`, manifest_url: `${origin}/manifest.json`, url_expires_at: new Date(Date.now() + lifeMs).toISOString() };
}

/** A refusal. */
export function problem(status, type, headers = {}, more = {}) {
  return { status, headers, problem: { type, title: type, status, detail: "what the service says", request_id: "req-7", ...more } };
}

/**
 * Answers for the service. `list`, `start` and `one` get `{ id, body, count }`, with the count of calls of their kind before, and give a body, a problem,
 * or undefined for an answer that is lost. Gives what was asked.
 */
export async function answer(page, { list = () => ({ exports: [] }), start, one } = {}) {
  const asked = [];
  await page.route(/\/v1\/workspaces\/ws_a\/exports(\/[^/?]+)?(\?.*)?$/, async (route) => {
    const request = route.request();
    const id = decodeURIComponent(new URL(request.url()).pathname.split("/exports")[1].slice(1));
    const kind = request.method() === "POST" ? "start" : id ? "one" : "list";
    const count = asked.filter((other) => other.kind === kind).length;
    const call = { kind, id, count, body: request.postDataJSON(), at: Date.now(), address: request.url(), headers: request.headers() };
    asked.push(call);
    const given = await { list, start, one }[kind](call);
    if (given === undefined) return route.abort();
    const { status = kind === "start" ? 202 : 200, headers = {}, problem: body = given } = given.problem ? given : {};
    return route.fulfill({ status, headers: { "content-type": "application/json", ...headers }, body: JSON.stringify(body) });
  });
  return asked;
}

/** Opens a view, and the panel over it, with such answers; `page.asked` is what was asked. */
export async function openPanel(service, token, { query = "", answers, options } = {}) {
  const page = await openPage(options);
  page.asked = await answer(page, answers);
  await page.goto(viewer(service, "ws_a", { token, query }));
  await listed(page);
  await page.click("#export");
  await page.waitForSelector("#exports[open]");
  await page.waitForFunction(() => !document.getElementById("exports-list").hasAttribute("aria-busy"));
  return page;
}

/** Closes the panel as the keyboard does. */
export async function closePanel(page) {
  await page.keyboard.press("Escape");
  await page.waitForFunction(() => !document.getElementById("exports").open);
}

/** What of the answer waits until it is opened. */
export function gate() {
  let open;
  const opened = new Promise((resolve) => (open = resolve));
  return { opened, open };
}
