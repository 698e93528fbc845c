// The panel of exports with made-up answers: requests, progress and files. `download.test.js` has
// the answers of the running service.

import assert from "node:assert/strict";
import test, { after, before } from "node:test";
import {
  SHA,
  addresses,
  answer,
  closePanel,
  done,
  exported,
  fileWith,
  idOf,
  isPanelOpen,
  openPanel,
  problem,
} from "./exporting.js";
import {
  entry,
  focusedId,
  gate,
  listed,
  openPage,
  serve,
  startService,
  stopAll,
  viewer,
} from "./harness.js";

/**
 * @import { Export } from "../../viewer/answers.d.ts"
 * @import { PanelPage } from "./exporting.js"
 * @import { Client } from "./harness.js"
 */

const EVIL = '<img src=x onerror="alert(1)">\u202etxt.exe';

/** @type {Client} */
let service;
/** @type {string} */
let token;
/** The origin of the files, another one than the service's, as with a bucket. */
let fileOrigin = "";

before(async () => {
  service = await startService();
  await service.workspace("ws_a", "enterprise");
  await service.record(
    "ws_a",
    Array.from({ length: 45 }, (_, index) => entry(index + 1)),
  );
  await service.record("ws_a", [
    entry(100, {
      action: "project.update",
      target: { type: "project", id: "prj_1", name: "Apollo" },
    }),
  ]);
  token = await service.token("ws_a");
  const port = await serve(({ url = "" }, response) => {
    const isFile = url.startsWith("/fresh") || url.startsWith("/manifest");
    response
      .writeHead(isFile ? 200 : 403, {
        "content-type": "text/csv",
        ...(isFile && { "content-disposition": 'attachment; filename="audit-log.csv"' }),
      })
      .end("id\r\n");
  });
  fileOrigin = `http://localhost:${port}`;
});
after(stopAll);

/** @param {PanelPage} page */
const kinds = (page) => page.asked.map(({ kind }) => kind);
/** @param {PanelPage} page */
const status = (page) => page.locator("#exports-status").textContent();

test("the panel says what the file will have, and exports by the filters of the list", async () => {
  const query =
    "action=member.invite&target_type=member&target_id=mbr_3&actor_id=usr_grace&from=2026-01-31&to=2035-03-31&page=2";
  const page = await openPanel(service, token, {
    query,
    answers: {
      start: ({ body }) =>
        exported({ filters: body, format: body.format, compression: body.compression }),
      one: () => exported(),
    },
  });
  assert.equal(
    await page.locator("#export-choice p").innerText(),
    "The file will have 1 entry, as the list has now.",
  );
  const chips = [
    "Action: Member invited",
    "Target type: Member",
    "Target: mbr_3",
    "User: usr_grace",
    "From 31 Jan 2026, 00:00",
    "Before 1 Apr 2035, 00:00",
  ];
  assert.deepEqual(await page.locator("#export-choice .chip").allInnerTexts(), chips);
  const filters = {
    action: "member.invite",
    target_type: "member",
    target_id: "mbr_3",
    actor_id: "usr_grace",
    from: "2026-01-30T23:00:00.000Z",
    to: "2035-03-31T22:00:00.000Z",
  };
  await page.click("#export-start");
  await page.waitForSelector(".export");
  assert.deepEqual(page.asked.find(({ kind }) => kind === "start")?.body, {
    format: "csv",
    bom: true,
    compression: "none",
    ...filters,
  });
  await page.getByLabel("NDJSON").check();
  await page.getByLabel("Compress").check();
  await page.click("#export-start");
  await page.waitForFunction(() =>
    document
      .getElementById("exports-status")
      .textContent.startsWith("Export started: NDJSON, gzip"),
  );
  const second = page.asked.filter(({ kind }) => kind === "start")[1];
  const form = { format: "ndjson", bom: false, compression: "gzip" };
  assert.deepEqual(second.body, { ...form, ...filters });
  assert.ok(
    second.address.endsWith("/exports") &&
      second.headers["content-type"] === "application/json" &&
      second.headers.authorization === `Bearer ${token}`,
  );
  await page.assertQuiet();
  await page.leave();
});

test("the panel says that the export is the whole log, and that a count is a lower bound or not known", async () => {
  const page = await openPanel(service, token);
  const total = await page.locator("#total").innerText();
  assert.equal(
    await page.locator("#export-choice p").innerText(),
    `The file will have ${total}, as the list has now.`,
  );
  assert.deepEqual(await page.locator("#export-choice .chip").allInnerTexts(), [
    "No filter: the whole log",
  ]);
  assert.equal(await page.locator("#exports-none").isVisible(), true);
  await page.leave();
  const rough = await openPage();
  await answer(rough, {});
  await rough.route(/\/entries\?/, async (route) => {
    const response = await route.fetch();
    const body = await response.json();
    Object.assign(body.page, { total_entries: 10_000, total_is_exact: false });
    await route.fulfill({ response, json: body });
  });
  await rough.goto(viewer(service, "ws_a", { token }));
  await listed(rough);
  await rough.click("#export");
  assert.equal(
    await rough.locator("#export-choice p").innerText(),
    "The file will have at least 10,000 entries, as the list has now.",
  );
  await rough.unroute(/\/entries\?/);
  await closePanel(rough);
  await rough.route(/\/entries\?/, (route) => route.fulfill({ status: 503, body: "{}" }));
  await rough.reload();
  await listed(rough);
  await rough.click("#export");
  assert.equal(
    await rough.locator("#export-choice p").innerText(),
    "How many entries the file will have is not known yet.",
  );
  await rough.leave();
});

test("filters that the API would refuse start no export", async () => {
  const page = await openPanel(service, token, { query: "from=2026-11-03&to=2026-11-01" });
  assert.equal(
    await page.locator("#export-choice p").innerText(),
    "The first day is after the last day.",
  );
  assert.equal(await page.locator("#export-start").getAttribute("aria-disabled"), "true");
  // Without force, Playwright would wait until the button is enabled.
  await page.click("#export-start", { force: true });
  await page.getByLabel("CSV").press("Enter");
  assert.deepEqual(kinds(page), ["list"]);
  await page.leave();
});

test("a started export shows its progress, and then its file", async () => {
  const states = [
    exported({ state: "running", rows_written: 4_096 }),
    exported({ state: "running", rows_written: 12_000 }),
    done({}, addresses(fileOrigin)),
  ];
  const gates = states.map(gate);
  const page = await openPanel(service, token, {
    options: { permissions: ["clipboard-read", "clipboard-write"] },
    answers: {
      start: () => exported(),
      one: async ({ count }) => gates[count].opened.then(() => states[count]),
    },
  });
  await page.click("#export-start");
  const bar = page.locator("progress");
  await bar.waitFor();
  assert.equal(await page.locator(".export .badge").innerText(), "Waiting");
  assert.equal(await bar.getAttribute("value"), null, "it is indeterminate");
  assert.equal(await page.getByLabel("Waiting to start.").count(), 1);
  assert.equal(await status(page), "Export started: CSV. Waiting to start.");
  assert.equal(await page.locator("#exports-status").getAttribute("role"), "status");
  assert.equal(await focusedId(page), "export-start", "the focus stays");
  gates[0].open();
  await page.getByText("4,096 of 12,345 entries written", { exact: true }).first().waitFor();
  const shown = await bar.evaluate((/** @type {HTMLProgressElement} */ { value, max }) => [
    value,
    max,
  ]);
  assert.deepEqual(shown, [4_096, 12_345]);
  assert.equal(await page.locator(".export .badge").innerText(), "Running");
  gates[1].open();
  await page.waitForFunction(() => document.querySelector("progress")?.value === 12_000);
  assert.equal(
    await bar.evaluate((/** @type {HTMLProgressElement} */ one) => one.labels[0].textContent),
    "12,000 of 12,345 entries written",
  );
  gates[2].open();
  const link = page.getByRole("link", { name: "Download audit-log-ws_a-20261122T140506Z.csv" });
  await link.waitFor();
  assert.equal(await bar.count(), 0);
  assert.equal(await link.getAttribute("href"), `${fileOrigin}/fresh.csv`);
  assert.equal(
    await status(page),
    "The export is done, 12,345 entries. The file can be downloaded now.",
  );
  const facts = Object.fromEntries(
    await page
      .locator(".export .fact")
      .evaluateAll((all) =>
        all.map((one) => [
          one.querySelector("dt")?.textContent,
          one.querySelector("dd")?.textContent.trim(),
        ]),
      ),
  );
  assert.deepEqual(facts, {
    Entries: "12,345",
    Size: "1.2 MB",
    "Kept until": "29 Nov 2026, 15:06",
    Name: "audit-log-ws_a-20261122T140506Z.csv",
    "SHA-256": SHA,
  });
  assert.match(
    await page
      .locator(".export .fact dd .code")
      .last()
      .evaluate((code) => getComputedStyle(code).fontFamily),
    /mono/i,
  );
  await page.locator(".export").getByRole("button", { name: "Copy" }).click();
  await page.waitForFunction(
    () => document.getElementById("exports-status").textContent === "Copied.",
  );
  // The page's policy does not allow it to read the clipboard, so another page reads it.
  const reader = await page.context().newPage();
  await reader.goto(`${service.address}/v1/health`);
  await reader.bringToFront();
  assert.equal(await reader.evaluate(() => navigator.clipboard.readText()), SHA);
  await reader.close();
  await page.bringToFront();
  const before = page.asked.length;
  await page.waitForTimeout(2_500);
  assert.equal(page.asked.length, before, "the page does not ask about a finished export again");
  await page.assertQuiet();
  await page.leave();
});

test("the progress bar is indeterminate while the number of rows is not known", async () => {
  const page = await openPanel(service, token, {
    answers: {
      start: () => exported({ rows_expected: null }),
      one: () => exported({ state: "running", rows_expected: null, rows_written: 70_000 }),
    },
  });
  await page.click("#export-start");
  await page.getByText("70,000 entries written so far").first().waitFor();
  const bar = page.locator("progress");
  assert.equal(await bar.evaluate((/** @type {HTMLProgressElement} */ one) => one.position), -1);
  await page.leave();
});

test("polling starts after a second and slows down", async () => {
  const page = await openPanel(service, token, {
    answers: { start: () => exported(), one: () => exported({ state: "running" }) },
  });
  await page.click("#export-start");
  await page.waitForTimeout(14_500);
  const times = page.asked.filter(({ kind }) => kind !== "list").map(({ at }) => at);
  const gaps = times.slice(1).map((at, index) => at - times[index]);
  const [first, last] = [gaps[0], gaps[gaps.length - 1]];
  assert.ok(gaps.length >= 4 && gaps.length <= 6, String(gaps));
  assert.ok(
    first >= 900 && first < 2_500 && last > first + 500 && gaps.every((gap) => gap < 7_000),
    String(gaps),
  );
  await page.leave();
});

test("polling pauses while the page is hidden, stops with the panel, and resumes with it", async () => {
  /** @type {Export["state"]} */
  let state = "running";
  const running = () => exported({ state, rows_written: 5 });
  const page = await openPanel(service, token, {
    answers: {
      list: ({ count }) => ({ exports: count === 0 ? [] : [running()] }),
      start: () => exported(),
      one: running,
    },
  });
  const ones = () => page.asked.filter(({ kind }) => kind === "one").length;
  /** @param {boolean} isHidden */
  const hide = (isHidden) =>
    page.evaluate((hidden) => {
      Object.defineProperty(document, "hidden", { configurable: true, value: hidden });
      document.dispatchEvent(new Event("visibilitychange"));
    }, isHidden);
  /** @param {number} ms */
  const restsFor = async (ms) => {
    await page.waitForTimeout(300);
    const before = ones();
    await page.waitForTimeout(ms);
    assert.equal(ones(), before);
  };
  await page.click("#export-start");
  await page.getByText("5 of 12,345 entries written", { exact: true }).first().waitFor();
  await hide(true);
  await restsFor(2_500);
  const before = ones();
  await hide(false);
  await page.waitForTimeout(600);
  assert.equal(ones(), before + 1, "asked for at once");
  await closePanel(page);
  await restsFor(2_500);
  await page.click("#export");
  await page.getByText("5 of 12,345 entries written", { exact: true }).first().waitFor();
  const again = ones();
  await page.waitForTimeout(2_000);
  assert.ok(ones() > again, "polling starts again");
  state = "failed";
  await page.getByText("This export failed").waitFor();
  await page.assertQuiet();
  await page.leave();
});

test("a failed export says so, and can be retried as it was", async () => {
  const filters = { action: "member.invite", from: "2026-11-01T00:00:00.000Z" };
  /** @type {Partial<Export>} */
  const wanted = { format: "csv", bom: true, compression: "gzip", filters };
  const failed = exported({
    id: idOf(1),
    state: "failed",
    failure: "the rows could not be read in time",
    ...wanted,
  });
  const page = await openPanel(service, token, {
    answers: {
      list: () => ({ exports: [failed] }),
      start: () => exported({ id: idOf(2), ...wanted }),
      one: () => exported({ id: idOf(2), state: "running", ...wanted }),
    },
  });
  assert.match(
    await page.locator(".export").innerText(),
    /This export failed; there is no file\. The rows could not be read in time\./,
  );
  const again = page.locator(".export").getByRole("button", { name: "Try again" });
  await again.click();
  await page.locator("progress").waitFor();
  assert.deepEqual(page.asked.find(({ kind }) => kind === "start")?.body, {
    format: "csv",
    bom: true,
    compression: "gzip",
    ...filters,
  });
  assert.deepEqual(
    await page
      .locator(".export .badge")
      .allInnerTexts()
      .then((all) => all.at(-1)),
    "Failed",
  );
  assert.equal(
    await again.evaluate((button) => button === document.activeElement),
    true,
    "the focus stays",
  );
  await page.leave();
});

test("recent exports show what, by whom, when and how far; the file is one click away", async () => {
  const exports = [
    exported({ id: idOf(4), state: "running", rows_written: 10, format: "ndjson" }),
    done({
      id: idOf(3),
      compression: "gzip",
      filters: { action: "member.invite", target_type: "project", target_id: "prj_1" },
    }),
    exported({
      id: idOf(2),
      state: "failed",
      failure: "x",
      requested_by: { type: "api_key", id: "key_9" },
    }),
    done({ id: idOf(1), requested_by: { type: "user", id: "usr_2" } }),
  ];
  const page = await openPanel(service, token, {
    answers: {
      list: () => ({ exports }),
      one: ({ id, count }) => {
        const one = exports.find((other) => other.id === id);
        return one?.state === "running"
          ? { ...one, rows_written: 10 + count }
          : one && { ...one, file: fileWith(addresses(fileOrigin)) };
      },
    },
  });
  const texts = await page.locator(".export").allInnerTexts();
  assert.match(
    texts[0],
    /^NDJSON\s+Running\s+22 Nov 2026, 15:05, by Ada Admin \(ada\.admin@example\.com\)\s+No filter: the whole log\s+10 of 12,345 entries written/,
  );
  assert.match(
    texts[1],
    /^CSV, gzip\s+Done\s+.*\s+Action: Member invited\s+Target type: Project\s+Target: (Apollo|prj_1)\s+Show file$/,
  );
  assert.match(texts[2], /^CSV\s+Failed\s+.*by key_9 \(API key\)/);
  assert.match(texts[3], /by usr_2\s/);
  await page.getByRole("button", { name: "Show file: CSV, gzip, 22 Nov 2026, 15:05" }).click();
  const link = page.locator(`[data-id="${idOf(3)}"] a[data-of=file]`);
  await link.waitFor();
  assert.equal(
    await link.evaluate((one) => one === document.activeElement),
    true,
    "the focus goes on to the link",
  );
  assert.deepEqual(page.asked.filter(({ id: wanted }) => wanted === idOf(3)).length, 1);
  await page.waitForFunction(() => (document.querySelector("progress")?.value ?? 0) > 10);
  await page.assertQuiet();
  await page.leave();
});

test("a valid link is followed as it is, and one that is about to end is renewed first", async () => {
  const file = () => done({ id: idOf(1) });
  let address = () => addresses(fileOrigin, 30_000, "/stale.csv");
  const page = await openPanel(service, token, {
    answers: { list: () => ({ exports: [file()] }), one: () => done({ id: idOf(1) }, address()) },
  });
  await page.getByRole("button", { name: /^Show file/ }).click();
  const link = page.getByRole("link", { name: /^Download/ });
  await link.waitFor();
  assert.equal(await link.getAttribute("href"), `${fileOrigin}/stale.csv`);
  const ones = () => page.asked.filter(({ kind }) => kind === "one").length;
  address = () => addresses(fileOrigin);
  // A link that lives for 30 seconds is renewed after 15; the page's clock is set past that.
  await page.evaluate(() => {
    const { now } = Date;
    Date.now = () => now() + 3_600_000;
  });
  const [renewed] = await Promise.all([page.waitForEvent("download"), link.click()]);
  assert.equal(renewed.url(), `${fileOrigin}/fresh.csv`);
  assert.equal(renewed.suggestedFilename(), "audit-log.csv");
  assert.equal(ones(), 2);
  await page.evaluate(() => {
    const { now } = Date;
    Date.now = () => now() - 3_600_000;
  });
  const [second] = await Promise.all([page.waitForEvent("download"), link.click()]);
  assert.equal(second.url(), `${fileOrigin}/fresh.csv`);
  const [manifest] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("link", { name: /^Manifest/ }).click(),
  ]);
  assert.equal(manifest.url(), `${fileOrigin}/manifest.json`);
  assert.equal(ones(), 2, "a valid link is not renewed");
  assert.ok(page.url().startsWith(service.address), "the page stays");
  assert.equal(await isPanelOpen(page), true);
  await page.assertQuiet();
  await page.leave();
});

test("an export that is gone says so", async () => {
  const page = await openPanel(service, token, {
    answers: {
      list: () => ({ exports: [done({ id: idOf(2) }), done({ id: idOf(1) })] }),
      one: () => problem(404, "not-found"),
    },
  });
  await page.locator(`[data-id="${idOf(2)}"] button`).click();
  const gone = "This export is gone. Its file was kept for seven days.";
  await page.getByText(gone).waitFor();
  assert.equal(await page.evaluate(() => document.activeElement?.textContent), gone);
  await page.assertQuiet();
  await page.leave();
});

test("names with markup, or that change the direction of text, are text", async () => {
  const filters = { action: EVIL, target_type: EVIL, target_id: EVIL, actor_id: EVIL };
  const exports = [
    done({
      id: idOf(2),
      filters,
      requested_by: { type: "user", id: EVIL, name: EVIL, email: EVIL },
    }),
    exported({
      id: idOf(1),
      state: "failed",
      failure: EVIL,
      // No format that the service has, but the page shows any.
      format: /** @type {Export["format"]} */ (/** @type {string} */ (EVIL)),
      requested_by: { type: "user", id: EVIL },
    }),
  ];
  const page = await openPanel(service, token, {
    answers: {
      list: () => ({ exports }),
      one: () => ({ ...exports[0], file: fileWith({ name: EVIL, ...addresses(fileOrigin) }) }),
    },
  });
  await page.locator(`[data-id="${idOf(2)}"] button`).click();
  await page.getByRole("link", { name: /^Download <img src=x/ }).waitFor();
  assert.equal(await page.locator("#exports img").count(), 0);
  const head = await page.locator(".export .quiet").first().innerText();
  assert.ok(head.includes(`by <img src=x onerror="alert(1)">\\u202etxt.exe (`), head);
  assert.ok((await page.locator(".chip bdi").count()) >= 4);
  await page.assertQuiet();
  await page.leave();
});
