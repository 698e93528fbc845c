// Made-up answers of the service about exports, for states that it has rarely, slowly or only at
// certain moments.

import { entry, listed, openPage, startService, viewer } from "./harness.js";

/**
 * @import { BrowserContextOptions, Page } from "playwright-core"
 * @import { Export, ExportFile, ExportList, ExportRequest } from "../../viewer/answers.d.ts"
 * @import { Client, TestPage } from "./harness.js"
 */

/**
 * A request that the page made. Only a start has a body, only a request about one export an id.
 *
 * @typedef {{
 *   kind: "list" | "start" | "one",
 *   id: string,
 *   count: number,
 *   body: ExportRequest,
 *   at: number,
 *   address: string,
 *   headers: Record<string, string>,
 * }} Call
 */

/** @typedef {{ status: number, headers: Record<string, string>, problem: object }} Refused */

/**
 * How to answer a request: a body, a refusal, or undefined for an answer that is lost. The call has
 * the `count` of earlier calls of its kind.
 *
 * @template Body
 * @typedef {(call: Call) => Body | Refused | undefined | Promise<Body | Refused | undefined>} Reply
 */

/**
 * @typedef {{ list?: Reply<ExportList>, start?: Reply<Export>, one?: Reply<Export> }} Answers
 * @typedef {TestPage & { asked: Call[] }} PanelPage
 */

/** @type {Export["requested_by"]} */
const ADA = { type: "user", id: "usr_admin", name: "Ada Admin", email: "ada.admin@example.com" };
/** The digest of the files. */
export const SHA = "0123456789abcdef".repeat(4);

/** Starts a service with 45 entries in one workspace, with a viewer token for it. */
export async function startWithEntries() {
  const service = await startService();
  await service.workspace("ws_a", "enterprise");
  const entries = Array.from({ length: 45 }, (_, index) => entry(index + 1));
  await service.record("ws_a", entries);
  return { service, token: await service.token("ws_a") };
}

/**
 * The id of an export, made of one digit.
 *
 * @param {number} digit
 */
export function idOf(digit) {
  return `20261122T140506.789Z-${String(digit).repeat(32)}`;
}

/**
 * An export that is queued, unless the changes say otherwise.
 *
 * @param {Partial<Export>} changes
 * @returns {Export}
 */
export function exported(changes = {}) {
  return {
    id: idOf(0),
    workspace_id: "ws_a",
    state: "queued",
    format: "csv",
    bom: true,
    compression: "none",
    filters: {},
    requested_at: "2026-11-22T14:05:06.789Z",
    requested_by: ADA,
    as_of: "2026-11-22T14:05:06.789Z",
    rows_expected: 12_345,
    rows_written: 0,
    completed_at: null,
    file: null,
    ...changes,
  };
}

/**
 * An export that is done; without links, as it is in a list.
 *
 * @param {Partial<Export>} changes
 * @param {Partial<ExportFile>} file changes of its file
 */
export function done(changes = {}, file = {}) {
  return exported({
    state: "done",
    rows_written: 12_345,
    completed_at: "2026-11-22T14:06:00.000Z",
    file: fileWith(file),
    ...changes,
  });
}

/**
 * The file of an export.
 *
 * @param {Partial<ExportFile>} changes
 * @returns {ExportFile}
 */
export function fileWith(changes = {}) {
  return {
    name: "audit-log-ws_a-20261122T140506Z.csv",
    media_type: "text/csv; charset=utf-8",
    bytes: 1_234_567,
    row_count: 12_345,
    sha256: SHA,
    truncated: false,
    expires_at: "2026-11-29T14:06:00.000Z",
    ...changes,
  };
}

/**
 * The addresses of a file at an origin, and their end.
 *
 * @param {string} origin
 */
export function addresses(origin, lifeMs = 600_000, path = "/fresh.csv") {
  return {
    url: `${origin}${path}`,
    manifest_url: `${origin}/manifest.json`,
    url_expires_at: new Date(Date.now() + lifeMs).toISOString(),
  };
}

/**
 * A refusal.
 *
 * @param {number} status
 * @param {string} type
 * @param {Record<string, string>} headers
 * @returns {Refused}
 */
export function problem(status, type, headers = {}, more = {}) {
  const detail = "what the service says";
  const body = { type, title: type, status, detail, request_id: "req-7", ...more };
  return { status, headers, problem: body };
}

/**
 * Answers the page's requests about exports in place of the service. Returns the list of requests,
 * which grows.
 *
 * @param {Page} page
 * @param {Answers} answers
 */
export async function answer(page, answers) {
  /** @type {Answers} */
  const replies = { list: () => ({ exports: [] }), ...answers };
  /** @type {Call[]} */
  const asked = [];
  await page.route(/\/v1\/workspaces\/ws_a\/exports(\/[^/?]+)?(\?.*)?$/, async (route) => {
    const request = route.request();
    const path = new URL(request.url()).pathname.split("/exports")[1];
    const id = decodeURIComponent(path.slice(1));
    /** @type {Call["kind"]} */
    const kind = request.method() === "POST" ? "start" : id ? "one" : "list";
    const call = {
      kind,
      id,
      count: asked.filter((other) => other.kind === kind).length,
      body: request.postDataJSON(),
      at: Date.now(),
      address: request.url(),
      headers: request.headers(),
    };
    asked.push(call);
    const reply = replies[kind];
    if (!reply) throw new Error(`the test has no answer to ${request.method()} ${path}`);
    const given = await reply(call);
    if (given === undefined) return route.abort();
    const isRefused = "problem" in given;
    return route.fulfill({
      status: isRefused ? given.status : kind === "start" ? 202 : 200,
      headers: { "content-type": "application/json", ...(isRefused && given.headers) },
      body: JSON.stringify(isRefused ? given.problem : given),
    });
  });
  return asked;
}

/**
 * Opens a view and the panel over it, with made-up answers. `asked` has the page's requests.
 *
 * @param {Client} service
 * @param {string} token
 * @param {{ query?: string, answers?: Answers, options?: BrowserContextOptions }} setting
 * @returns {Promise<PanelPage>}
 */
export async function openPanel(service, token, { query = "", answers = {}, options } = {}) {
  const page = await openPage(options);
  const asked = await answer(page, answers);
  await page.goto(viewer(service, "ws_a", { token, query }));
  await listed(page);
  await page.click("#export");
  await page.waitForSelector("#exports[open]");
  await page.waitForFunction(
    () => !document.getElementById("exports-list").hasAttribute("aria-busy"),
  );
  return Object.assign(page, { asked });
}

/**
 * Closes the panel as the keyboard does.
 *
 * @param {Page} page
 */
export async function closePanel(page) {
  await page.keyboard.press("Escape");
  await page.waitForFunction(() => !document.getElementById("exports").open);
}

/**
 * Whether the panel is open.
 *
 * @param {Page} page
 */
export function isPanelOpen(page) {
  return page.evaluate(() => document.getElementById("exports").open);
}
