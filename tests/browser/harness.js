// Starts what the tests need: the service itself over an empty database, and a browser that remembers every complaint.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { chromium } from "playwright-core";

const BINARY = process.env.LOCAL ?? new URL("../../target/debug/local", import.meta.url).pathname;
const CHROMIUM = process.env.CHROMIUM ?? "/usr/bin/chromium";
const QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"];

/** What keeps a run alive, and ends with it. */
const cleanups = [];

/** Ends everything that was started; for `after`. */
export async function stopAll() {
  while (cleanups.length > 0) await cleanups.pop()();
}

/** Starts the service on free ports, without sample entries unless asked for, and gives a client of it with every scope. */
export async function startService({ withSample = false, environment = {} } = {}) {
  const data = await mkdtemp(join(tmpdir(), "audit-browser-"));
  const options = ["--port", "0", "--dynamodb-port", "0", "--s3-port", "0", "--data", data, ...(withSample ? [] : ["--empty"])];
  const child = spawn(BINARY, options, { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, ...environment, RUST_LOG: "info,dynoxide=error,s3s=off" } });
  const log = [];
  createInterface({ input: child.stderr }).on("line", (line) => log.push(line));
  cleanups.push(async () => {
    child.kill("SIGTERM");
    if (child.exitCode === null) await once(child, "exit");
    await rm(data, { recursive: true, force: true });
  });
  const printed = [];
  for await (const line of createInterface({ input: child.stdout })) {
    printed.push(line);
    const key = /TOKEN=(cwa_\S+)/.exec(line)?.[1];
    if (key) return new Client(/http:\/\/[\d.:]+/.exec(line)[0], key, printed, log);
  }
  throw new Error(`the service did not start: ${log.join("\n")}`);
}

/** A client of the service. `printed` is what it said at its start, `log` its log lines. */
class Client {
  constructor(address, key, printed, log) {
    Object.assign(this, { address, key, printed, log });
  }

  async send(method, path, body) {
    const headers = { authorization: `Bearer ${this.key}`, "content-type": "application/json" };
    const response = await fetch(`${this.address}/v1/workspaces/${path}`, { method, headers, body: typeof body === "object" ? JSON.stringify(body) : body });
    const text = await response.text();
    assert.ok(response.ok, `${method} ${path}: ${response.status} ${text}`);
    return JSON.parse(text);
  }

  /** Makes a workspace. */
  workspace(id, plan = "pro") {
    return this.send("PUT", id, { plan });
  }

  /** Records entries, given as objects or as JSON text, and gives their ids. */
  async record(workspace, entries) {
    const ids = [];
    for (let at = 0; at < entries.length; at += 100) {
      const texts = entries.slice(at, at + 100).map((entry) => (typeof entry === "string" ? entry : JSON.stringify(entry)));
      const { results } = await this.send("POST", `${workspace}/entries/batch`, `{"entries":[${texts.join(",")}]}`);
      for (const result of results) {
        assert.ok(["recorded", "duplicate"].includes(result.status), JSON.stringify(result));
        ids.push(result.id);
      }
    }
    return ids;
  }

  /** A viewer token; it lasts as long as the tests do. */
  async token(workspace) {
    const admin = { id: "usr_admin", name: "Ada Admin", email: "ada.admin@example.com" };
    return (await this.send("POST", `${workspace}/viewer-tokens`, { admin, expires_in_seconds: 3_600 })).token;
  }
}

let browser;

/** Opens an empty page that remembers each error, policy violation and dialog: `page.complaints`, which every test expects to stay empty. */
export async function openPage({ locale = "en-GB", timezoneId = "Europe/Berlin", viewport = { width: 1_280, height: 900 }, ...options } = {}) {
  if (!browser) {
    browser = await chromium.launch({ executablePath: CHROMIUM, args: QUIET });
    cleanups.push(() => browser.close());
  }
  const context = await browser.newContext({ locale, timezoneId, viewport, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(10_000);
  page.complaints = [];
  page.on("pageerror", (error) => page.complaints.push(`error: ${error.message}`));
  page.on("dialog", (dialog) => {
    page.complaints.push(`dialog: ${dialog.message()}`);
    dialog.dismiss();
  });
  page.on("console", (message) => {
    // A refused request is reported by the browser itself; tests of refusals say so on their own.
    if (message.type() !== "error" || /Failed to load resource/.test(message.text())) return;
    page.complaints.push(`console: ${message.text()}`);
  });
  await page.addInitScript(() => {
    window.violations = [];
    document.addEventListener("securitypolicyviolation", (event) => window.violations.push(`${event.violatedDirective} ${event.blockedURI}`));
  });
  page.leave = async () => {
    await page.unrouteAll({ behavior: "ignoreErrors" });
    await context.close();
  };
  page.assertQuiet = async () => {
    assert.deepEqual(page.complaints, []);
    assert.deepEqual(await page.evaluate(() => window.violations), []);
  };
  return page;
}

/** The address of a view. */
export function viewer(service, workspace, { token, query = "" } = {}) {
  return `${service.address}/v1/viewer?workspace=${workspace}${query && `&${query}`}${token ? `#token=${token}` : ""}`;
}

/** Waits until the list says what it shows. */
export async function listed(page) {
  await page.waitForFunction(() => {
    const isBusy = document.getElementById("table").getAttribute("aria-busy") === "true";
    return !isBusy && (document.querySelector("#rows a.open-link") !== null || !document.getElementById("message").hidden);
  });
}

/** The text of each row's cells of that kind. */
export function column(page, name) {
  return page.locator(`#rows td.${name}`).allInnerTexts();
}

/** What axe finds that is serious or critical. */
export async function seriousFindings(page) {
  const source = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
  if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(await readFile(source, "utf8"));
  const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
  const serious = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
  return serious.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(" | ")}`);
}

/** A usual entry, `minutes` ago, with whatever differs. */
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
