// Starts what the tests need: the service over an empty database, and a browser whose pages
// remember every complaint.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { chromium } from "playwright-core";

/**
 * @import { RequestListener } from "node:http"
 * @import { Browser, BrowserContextOptions, FrameLocator, Locator, Page } from "playwright-core"
 * @import { ActorList, BatchAnswer, Catalog, EntryPage } from "../../viewer/answers.d.ts"
 * @import { ViewerToken } from "../../viewer/answers.d.ts"
 */

/**
 * A page that remembers each error, policy violation and dialog in `complaints`. `assertQuiet`
 * fails if there is any; `leave` closes the page.
 *
 * @typedef {Page & {
 *   complaints: string[],
 *   leave: () => Promise<void>,
 *   assertQuiet: () => Promise<void>,
 * }} TestPage
 */

const BINARY = process.env.LOCAL ?? new URL("../../target/debug/local", import.meta.url).pathname;
const CHROMIUM = process.env.CHROMIUM ?? "/usr/bin/chromium";
const QUIET = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--no-first-run",
];

/**
 * What ends the processes of this run.
 *
 * @type {(() => Promise<void>)[]}
 */
const cleanups = [];

/** Ends everything that was started. For `after`. */
export async function stopAll() {
  for (let cleanup = cleanups.pop(); cleanup; cleanup = cleanups.pop()) await cleanup();
}

/**
 * Starts the service on free ports, and returns a client of it with every scope.
 *
 * @param {{ withSample?: boolean, environment?: Record<string, string> }} options
 */
export async function startService({ withSample = false, environment = {} } = {}) {
  const data = await mkdtemp(join(tmpdir(), "audit-browser-"));
  const ports = ["--port", "0", "--dynamodb-port", "0", "--s3-port", "0"];
  const options = [...ports, "--data", data, ...(withSample ? [] : ["--empty"])];
  const child = spawn(BINARY, options, {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...environment, RUST_LOG: "info,dynoxide=error,s3s=off" },
  });
  /** @type {string[]} */
  const log = [];
  createInterface({ input: child.stderr }).on("line", (line) => log.push(line));
  cleanups.push(async () => {
    child.kill("SIGTERM");
    if (child.exitCode === null) await once(child, "exit");
    await rm(data, { recursive: true, force: true });
  });
  /** @type {string[]} */
  const printed = [];
  for await (const line of createInterface({ input: child.stdout })) {
    printed.push(line);
    const key = /TOKEN=(cwa_\S+)/.exec(line)?.[1];
    const address = /http:\/\/[\d.:]+/.exec(line)?.[0];
    if (key && address) return new Client(address, key, printed, log);
  }
  throw new Error(`the service did not start: ${log.join("\n")}`);
}

/**
 * Starts an HTTP server on a free port of 127.0.0.1, and returns the port.
 *
 * @param {RequestListener} listener
 * @returns {Promise<number>}
 */
export async function serve(listener) {
  const server = createServer(listener);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  cleanups.push(async () => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  assert.ok(address !== null && typeof address === "object");
  return address.port;
}

/** A client of the service. */
export class Client {
  /**
   * @param {string} address
   * @param {string} key
   * @param {string[]} printed what the service printed at its start
   * @param {string[]} log its log lines, up to now
   */
  constructor(address, key, printed, log) {
    this.address = address;
    this.key = key;
    this.printed = printed;
    this.log = log;
  }

  /**
   * Calls the API below `/v1/workspaces/`, and returns the answer, which must be a success. The
   * caller knows its type.
   *
   * @param {string} method
   * @param {string} path
   * @param {string | object} [body] JSON text, or an object to be written as JSON
   * @returns {Promise<unknown>}
   */
  async send(method, path, body) {
    const response = await fetch(`${this.address}/v1/workspaces/${path}`, {
      method,
      headers: { authorization: `Bearer ${this.key}`, "content-type": "application/json" },
      body: typeof body === "object" ? JSON.stringify(body) : body,
    });
    const text = await response.text();
    assert.ok(response.ok, `${method} ${path}: ${response.status} ${text}`);
    return JSON.parse(text);
  }

  /**
   * Makes a workspace.
   *
   * @param {string} id
   */
  async workspace(id, plan = "pro") {
    await this.send("PUT", id, { plan });
  }

  /** The catalogue of the service. */
  async catalog() {
    const response = await fetch(`${this.address}/v1/catalog`);
    return /** @type {Catalog} */ (await response.json());
  }

  /**
   * Sets the catalogue of the service, which it knows at once.
   *
   * @param {object} catalog
   */
  async setCatalog(catalog) {
    const response = await fetch(`${this.address}/v1/catalog`, {
      method: "PUT",
      headers: { authorization: `Bearer ${this.key}`, "content-type": "application/json" },
      body: JSON.stringify(catalog),
    });
    assert.ok(response.ok, await response.text());
  }

  /**
   * Records entries, and returns their ids.
   *
   * @param {string} workspace
   * @param {(string | object)[]} entries JSON texts, or objects to be written as JSON
   */
  async record(workspace, entries) {
    const texts = entries.map((one) => (typeof one === "string" ? one : JSON.stringify(one)));
    /** @type {string[]} */
    const ids = [];
    for (let at = 0; at < texts.length; at += 100) {
      const body = `{"entries":[${texts.slice(at, at + 100).join(",")}]}`;
      const answer = await this.send("POST", `${workspace}/entries/batch`, body);
      for (const result of /** @type {BatchAnswer} */ (answer).results) {
        assert.ok(result.status !== "rejected", JSON.stringify(result));
        ids.push(result.id);
      }
    }
    return ids;
  }

  /**
   * A viewer token that outlives the tests.
   *
   * @param {string} workspace
   */
  async token(workspace) {
    const admin = { id: "usr_admin", name: "Ada Admin", email: "ada.admin@example.com" };
    const body = { admin, expires_in_seconds: 3_600 };
    const answer = await this.send("POST", `${workspace}/viewer-tokens`, body);
    return /** @type {ViewerToken} */ (answer).token;
  }
}

/** @type {Browser | undefined} */
let running;

async function startBrowser() {
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: QUIET });
  cleanups.push(() => browser.close());
  return browser;
}

/**
 * Opens an empty page.
 *
 * @param {BrowserContextOptions} options
 * @returns {Promise<TestPage>}
 */
export async function openPage(options = {}) {
  running ??= await startBrowser();
  const context = await running.newContext({
    locale: "en-GB",
    timezoneId: "Europe/Berlin",
    viewport: { width: 1_280, height: 900 },
    ...options,
  });
  const page = await context.newPage();
  page.setDefaultTimeout(10_000);
  /** @type {string[]} */
  const complaints = [];
  page.on("pageerror", (error) => complaints.push(`error: ${error.message}`));
  page.on("dialog", (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`);
    dialog.dismiss();
  });
  page.on("console", (message) => {
    // The browser itself reports a refused request; tests of refusals check those on their own.
    if (message.type() !== "error" || /Failed to load resource/.test(message.text())) return;
    complaints.push(`console: ${message.text()}`);
  });
  await page.addInitScript(() => {
    window.violations = [];
    document.addEventListener("securitypolicyviolation", (event) =>
      window.violations.push(`${event.violatedDirective} ${event.blockedURI}`),
    );
  });
  return Object.assign(page, {
    complaints,
    leave: async () => {
      await page.unrouteAll({ behavior: "ignoreErrors" });
      await context.close();
    },
    assertQuiet: async () => {
      assert.deepEqual(complaints, []);
      assert.deepEqual(await page.evaluate(() => window.violations), []);
    },
  });
}

/**
 * The address of a view.
 *
 * @param {Client} service
 * @param {string} workspace
 * @param {{ token?: string, query?: string }} options
 */
export function viewer(service, workspace, { token, query = "" } = {}) {
  const search = `workspace=${workspace}${query && `&${query}`}`;
  return `${service.address}/v1/viewer?${search}${token ? `#token=${token}` : ""}`;
}

/**
 * Opens a page with a view, and waits until it shows the list.
 *
 * @param {string} address
 * @param {BrowserContextOptions} [options]
 */
export async function openList(address, options) {
  const page = await openPage(options);
  await page.goto(address);
  await listed(page);
  return page;
}

/**
 * Waits until the page shows a list, or a message in its place.
 *
 * @param {Page} page
 */
export async function listed(page) {
  await page.waitForFunction(() => {
    const isBusy = document.getElementById("table").getAttribute("aria-busy") === "true";
    const hasRows = document.querySelector("#rows a.open-link") !== null;
    return !isBusy && (hasRows || !document.getElementById("message").hidden);
  });
}

/**
 * The texts of a column of the list.
 *
 * @param {Page} page
 * @param {string} name
 */
export function column(page, name) {
  return page.locator(`#rows td.${name}`).allInnerTexts();
}

/**
 * The ids of the entries in the list, in order.
 *
 * @param {Page} page
 */
export function listedIds(page) {
  return page
    .locator("a.open-link")
    .evaluateAll((links) => links.map((link) => link.dataset.id ?? ""));
}

/**
 * Waits until the list has that many rows with entries.
 *
 * @param {Page} page
 * @param {number} count
 */
export async function rowsShown(page, count) {
  await page.waitForFunction(
    (expected) => document.querySelectorAll("#rows a.open-link").length === expected,
    count,
  );
}

/**
 * Waits until the pager says where the page stands.
 *
 * @param {Page} page
 * @param {string} start the start of its text, for example `Page 2 of`
 */
export async function placeShown(page, start) {
  await page.waitForFunction(
    (expected) => document.getElementById("place").textContent.startsWith(expected),
    start,
  );
}

/**
 * Waits until the menus have counts. They come after the list.
 *
 * @param {Page} page
 */
export async function countsShown(page) {
  await page.waitForFunction(() =>
    document.getElementById("outcome").options[1]?.textContent.includes("("),
  );
}

/**
 * Chooses names in the menu of actions or of target types, and nothing else; without names, all.
 *
 * @param {Page | FrameLocator} page
 * @param {"action" | "target_type"} id
 * @param {string[]} names
 */
export async function choose(page, id, ...names) {
  await page.locator(`#${id}`).click();
  const list = page.locator(`#${id}-list`);
  await list
    .getByRole("button", { name: "Clear", exact: true })
    .or(list.getByText("Leeren"))
    .click();
  for (const name of names) await list.locator(`input[value="${name}"]`).check();
  await page.locator(`#${id}`).press("Escape");
}

/**
 * The names that such a menu chooses, as the address has them.
 *
 * @param {Page | FrameLocator} page
 * @param {"action" | "target_type"} id
 */
export function chosenIn(page, id) {
  return page.locator(`#${id}`).getAttribute("value");
}

/**
 * What such a menu offers, with the counts.
 *
 * @param {Page} page
 * @param {"action" | "target_type"} id
 */
export async function offeredIn(page, id) {
  await page.click(`#${id}`);
  const labels = await page.locator(`#${id}-list .choices label`).allInnerTexts();
  await page.locator(`#${id}`).press("Escape");
  return labels;
}

/**
 * The id of the element that has the focus.
 *
 * @param {Page} page
 */
export function focusedId(page) {
  return page.evaluate(() => document.activeElement?.id);
}

/**
 * The box of an element, which must be visible.
 *
 * @param {Locator} locator
 */
export async function boxOf(locator) {
  const box = await locator.boundingBox();
  assert.ok(box);
  return box;
}

/**
 * The findings of axe that are serious or critical.
 *
 * @param {Page} page
 */
export async function seriousFindings(page) {
  const source = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
  const isLoaded = await page.evaluate(() => "axe" in window);
  if (!isLoaded) await page.evaluate(await readFile(source, "utf8"));
  const { violations } = await page.evaluate(() =>
    window.axe.run(document, { resultTypes: ["violations"] }),
  );
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(" | ")}`);
}

/**
 * A common entry, with whatever differs.
 *
 * @param {number} minutes how long ago it happened
 */
export function entry(minutes, changes = {}) {
  return {
    occurred_at: new Date(Date.now() - minutes * 60_000).toISOString(),
    actor: { type: "user", id: "usr_grace", name: "Grace Hopper", email: "grace@example.com" },
    action: "member.invite",
    target: { type: "member", id: `mbr_${minutes}`, name: `Member ${minutes}` },
    ip_address: "203.0.113.7",
    ...changes,
  };
}

/** Something to wait for until it is opened. */
export function gate() {
  /** @type {() => void} */
  let open = () => {};
  /** @type {Promise<void>} */
  const opened = new Promise((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

/**
 * Waits until the directory of a workspace has followed the log: until a search finds as many.
 *
 * @param {Client} client
 * @param {string} workspace
 * @param {string} path such as `actors?search=ada`
 * @param {number} count
 */
export async function directoryHas(client, workspace, path, count) {
  for (;;) {
    const answer = /** @type {ActorList} */ (await client.send("GET", `${workspace}/${path}`));
    if (answer.page.total >= count) return;
    // It follows by itself, some 10 seconds behind and at most every 30 seconds.
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

/**
 * Waits until the newest entries of a workspace are judged, so that it is known which are unusual.
 *
 * @param {Client} client
 * @param {string} workspace
 */
export async function judged(client, workspace) {
  for (;;) {
    const path = `${workspace}/entries?page_size=100`;
    const { entries } = /** @type {EntryPage} */ (await client.send("GET", path));
    if (entries.every(({ unusual }) => unusual !== undefined)) return;
    // It follows by itself, some 10 seconds behind and at most every 30 seconds.
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}
