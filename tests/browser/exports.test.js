// The panel of exports: what is asked for, how far it is, and its file. `download.test.js` has the answers of the running service.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import test, { after, before } from "node:test";
import { SHA, addresses, answer, closePanel, done, exported, gate, idOf, openPanel, problem } from "./exporting.js";
import { entry, listed, openPage, startService, stopAll, viewer } from "./harness.js";

const EVIL = '<img src=x onerror="alert(1)">\u202etxt.exe';

let service;
let token;
/** Files are on an origin of their own, as a bucket is. */
let files;
let fileOrigin;

before(async () => {
  service = await startService();
  await service.workspace("ws_a", "enterprise");
  await service.record("ws_a", Array.from({ length: 45 }, (_, index) => entry(index + 1)));
  await service.record("ws_a", [entry(100, { action: "project.update", target: { type: "project", id: "prj_1", name: "Apollo" } })]);
  token = await service.token("ws_a");
  files = createServer((request, response) => {
    const isFile = request.url.startsWith("/fresh") || request.url.startsWith("/manifest");
    response.writeHead(isFile ? 200 : 403, { "content-type": "text/csv", ...(isFile && { "content-disposition": 'attachment; filename="audit-log.csv"' }) }).end("id\r\n");
  });
  await new Promise((resolve) => files.listen(0, "127.0.0.1", resolve));
  fileOrigin = `http://localhost:${files.address().port}`;
});
after(async () => {
  files.closeAllConnections();
  files.close();
  await stopAll();
});

const kinds = (page) => page.asked.map(({ kind }) => kind);
const status = (page) => page.locator("#exports-status").textContent();

test("the panel says what the file will have, and asks for the filters without the page", async () => {
  const query = "action=member.invite&target_type=member&target_id=mbr_3&actor_id=usr_grace&from=2026-01-31&to=2035-03-31&page=2";
  const page = await openPanel(service, token, { query, answers: { start: ({ body }) => exported({ filters: body, format: body.format, compression: body.compression }), one: () => exported() } });
  assert.equal(await page.locator("#export-choice p").innerText(), "The file will have 1 entry, as the list has now.");
  const chips = ["Action: Member invited", "Target type: Member", "Target: mbr_3", "User: usr_grace", "From 31 Jan 2026, 00:00", "Before 1 Apr 2035, 00:00"];
  assert.deepEqual(await page.locator("#export-choice .chip").allInnerTexts(), chips);
  const filters = { action: "member.invite", target_type: "member", target_id: "mbr_3", actor_id: "usr_grace", from: "2026-01-30T23:00:00.000Z", to: "2035-03-31T22:00:00.000Z" };
  await page.click("#export-start");
  await page.waitForSelector(".export");
  assert.deepEqual(page.asked.find(({ kind }) => kind === "start").body, { format: "csv", compression: "none", ...filters });
  await page.getByLabel("NDJSON").check();
  await page.getByLabel("Compress").check();
  await page.click("#export-start");
  await page.waitForFunction(() => document.getElementById("exports-status").textContent.startsWith("Export started: NDJSON, gzip"));
  const second = page.asked.filter(({ kind }) => kind === "start")[1];
  assert.deepEqual(second.body, { format: "ndjson", compression: "gzip", ...filters });
  assert.ok(second.address.endsWith("/exports") && second.headers["content-type"] === "application/json" && second.headers.authorization === `Bearer ${token}`);
  await page.assertQuiet();
  await page.leave();
});

test("without filters it is the whole log; a number that is not exact is not said as if it were; none is known while there is no list", async () => {
  const page = await openPanel(service, token);
  const total = await page.locator("#total").innerText();
  assert.equal(await page.locator("#export-choice p").innerText(), `The file will have ${total}, as the list has now.`);
  assert.deepEqual(await page.locator("#export-choice .chip").allInnerTexts(), ["No filter: the whole log"]);
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
  assert.equal(await rough.locator("#export-choice p").innerText(), "The file will have at least 10,000 entries, as the list has now.");
  await rough.unroute(/\/entries\?/);
  await closePanel(rough);
  await rough.route(/\/entries\?/, (route) => route.fulfill({ status: 503, body: "{}" }));
  await rough.reload();
  await listed(rough);
  await rough.click("#export");
  assert.equal(await rough.locator("#export-choice p").innerText(), "How many entries the file will have is not known yet.");
  await rough.leave();
});

test("filters that cannot be used start no export", async () => {
  const page = await openPanel(service, token, { query: "from=2026-11-03&to=2026-11-01" });
  assert.equal(await page.locator("#export-choice p").innerText(), "The first day is after the last day.");
  assert.equal(await page.locator("#export-start").getAttribute("aria-disabled"), "true");
  // Whoever drives the page waits for a button that is enabled; a person does not.
  await page.click("#export-start", { force: true });
  await page.getByLabel("CSV").press("Enter");
  assert.deepEqual(kinds(page), ["list"]);
  await page.leave();
});

test("an export that is started shows how far it is, and then its file", async () => {
  const states = [
    exported({ state: "running", rows_written: 4_096 }),
    exported({ state: "running", rows_written: 12_000 }),
    done({}, addresses(fileOrigin)),
  ];
  const gates = states.map(gate);
  const page = await openPanel(service, token, {
    options: { permissions: ["clipboard-read", "clipboard-write"] },
    answers: { start: () => exported(), one: async ({ count }) => gates[count].opened.then(() => states[count]) },
  });
  await page.click("#export-start");
  const bar = page.locator("progress");
  await bar.waitFor();
  assert.equal(await page.locator(".export .badge").innerText(), "Waiting");
  assert.equal(await bar.getAttribute("value"), null, "it has no length yet");
  assert.equal(await page.getByLabel("Waiting to start.").count(), 1);
  assert.match(await status(page), /^Export started: CSV\. Waiting to start\.$/);
  assert.equal(await page.locator("#exports-status").getAttribute("role"), "status");
  assert.equal(await page.evaluate(() => document.activeElement.id), "export-start", "the focus stays");
  gates[0].open();
  await page.getByText("4,096 of 12,345 entries written", { exact: true }).first().waitFor();
  assert.deepEqual(await bar.evaluate(({ value, max }) => [value, max]), [4_096, 12_345]);
  assert.equal(await page.locator(".export .badge").innerText(), "Running");
  gates[1].open();
  await page.waitForFunction(() => document.querySelector("progress").value === 12_000);
  assert.equal(await bar.evaluate(({ labels }) => labels[0].textContent), "12,000 of 12,345 entries written");
  gates[2].open();
  const link = page.getByRole("link", { name: "Download audit-log-ws_a-20261122T140506Z.csv" });
  await link.waitFor();
  assert.equal(await bar.count(), 0);
  assert.equal(await link.getAttribute("href"), `${fileOrigin}/fresh.csv`);
  assert.equal(await status(page), "The export is done, 12,345 entries. The file can be downloaded now.");
  const facts = Object.fromEntries(await page.locator(".export .fact").evaluateAll((all) => all.map((one) => [one.querySelector("dt").textContent, one.querySelector("dd").textContent.trim()])));
  assert.deepEqual(facts, { Entries: "12,345", Size: "1.2 MB", "Kept until": "29 Nov 2026, 15:06", Name: "audit-log-ws_a-20261122T140506Z.csv", "SHA-256": SHA });
  assert.match(await page.locator(".export .fact dd .code").last().evaluate((code) => getComputedStyle(code).fontFamily), /mono/i);
  await page.locator(".export").getByRole("button", { name: "Copy" }).click();
  await page.waitForFunction(() => document.getElementById("exports-status").textContent === "Copied.");
  // The page's policy lets nobody read the clipboard: another page does.
  const reader = await page.context().newPage();
  await reader.goto(`${service.address}/v1/health`);
  await reader.bringToFront();
  assert.equal(await reader.evaluate(() => navigator.clipboard.readText()), SHA);
  await reader.close();
  await page.bringToFront();
  const before = page.asked.length;
  await page.waitForTimeout(2_500);
  assert.equal(page.asked.length, before, "what is done is not asked for again");
  await page.assertQuiet();
  await page.leave();
});

test("where it is not known how many rows there will be, the bar has no length", async () => {
  const page = await openPanel(service, token, { answers: { start: () => exported({ rows_expected: null }), one: () => exported({ state: "running", rows_expected: null, rows_written: 70_000 }) } });
  await page.click("#export-start");
  await page.getByText("70,000 entries written so far").first().waitFor();
  assert.equal(await page.locator("progress").evaluate((bar) => bar.position), -1);
  await page.leave();
});

test("it is asked for first after a second, then less often", async () => {
  const page = await openPanel(service, token, { answers: { start: () => exported(), one: () => exported({ state: "running" }) } });
  await page.click("#export-start");
  await page.waitForTimeout(14_500);
  const times = page.asked.filter(({ kind }) => kind !== "list").map(({ at }) => at);
  const gaps = times.slice(1).map((at, index) => at - times[index]);
  assert.ok(gaps.length >= 4 && gaps.length <= 6, String(gaps));
  assert.ok(gaps[0] >= 900 && gaps[0] < 2_500 && gaps.at(-1) > gaps[0] + 500 && gaps.every((gap) => gap < 7_000), String(gaps));
  await page.leave();
});

test("it rests while nobody looks, ends with the panel, and is found again", async () => {
  let state = "running";
  const running = () => exported({ state, rows_written: 5 });
  const page = await openPanel(service, token, { answers: { list: ({ count }) => ({ exports: count === 0 ? [] : [running()] }), start: () => exported(), one: running } });
  const ones = () => page.asked.filter(({ kind }) => kind === "one").length;
  const hide = (isHidden) => page.evaluate((hidden) => {
    Object.defineProperty(document, "hidden", { configurable: true, value: hidden });
    document.dispatchEvent(new Event("visibilitychange"));
  }, isHidden);
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
  assert.ok(ones() > again, "what is under way is followed again");
  state = "failed";
  await page.getByText("This export failed").waitFor();
  await page.assertQuiet();
  await page.leave();
});

test("an export that failed says so, and is asked for again as it was", async () => {
  const filters = { action: "member.invite", from: "2026-11-01T00:00:00.000Z" };
  const wanted = { format: "ndjson", compression: "gzip", filters };
  const failed = exported({ id: idOf(1), state: "failed", failure: "the rows could not be read in time", ...wanted });
  const page = await openPanel(service, token, { answers: { list: () => ({ exports: [failed] }), start: () => exported({ id: idOf(2), ...wanted }), one: () => exported({ id: idOf(2), state: "running", ...wanted }) } });
  assert.match(await page.locator(".export").innerText(), /This export failed; there is no file\. The rows could not be read in time\./);
  const again = page.locator(".export").getByRole("button", { name: "Try again" });
  await again.click();
  await page.locator("progress").waitFor();
  assert.deepEqual(page.asked.find(({ kind }) => kind === "start").body, { format: "ndjson", compression: "gzip", ...filters });
  assert.deepEqual(await page.locator(".export .badge").allInnerTexts().then((all) => all.at(-1)), "Failed");
  assert.equal(await again.evaluate((button) => button === document.activeElement), true, "the focus stays");
  await page.leave();
});

test("recent exports say what, by whom, when and how far; the file is one click away", async () => {
  const exports = [
    exported({ id: idOf(4), state: "running", rows_written: 10, format: "ndjson" }),
    done({ id: idOf(3), compression: "gzip", filters: { action: "member.invite", target_type: "project", target_id: "prj_1" } }),
    exported({ id: idOf(2), state: "failed", failure: "x", requested_by: { type: "api_key", id: "key_9" } }),
    done({ id: idOf(1), requested_by: { type: "user", id: "usr_2" } }),
  ];
  const page = await openPanel(service, token, { answers: {
    list: () => ({ exports }),
    one: ({ id: wanted, count }) => (wanted === idOf(4) ? exported({ id: idOf(4), state: "running", rows_written: 10 + count }) : { ...exports.find((one) => one.id === wanted), file: { ...exports[1].file, ...addresses(fileOrigin) } }),
  } });
  const texts = await page.locator(".export").allInnerTexts();
  assert.match(texts[0], /^NDJSON\s+Running\s+22 Nov 2026, 15:05, by Ada Admin \(ada\.admin@example\.com\)\s+No filter: the whole log\s+10 of 12,345 entries written/);
  assert.match(texts[1], /^CSV, gzip\s+Done\s+.*\s+Action: Member invited\s+Target type: Project\s+Target: (Apollo|prj_1)\s+Show file$/);
  assert.match(texts[2], /^CSV\s+Failed\s+.*by key_9 \(API key\)/);
  assert.match(texts[3], /by usr_2\s/);
  await page.getByRole("button", { name: "Show file: CSV, gzip, 22 Nov 2026, 15:05" }).click();
  const link = page.locator(`[data-id="${idOf(3)}"] a[data-of=file]`);
  await link.waitFor();
  assert.equal(await link.evaluate((one) => one === document.activeElement), true, "the focus goes on to the link");
  assert.deepEqual(page.asked.filter(({ id: wanted }) => wanted === idOf(3)).length, 1);
  await page.waitForFunction(() => document.querySelector("progress").value > 10);
  await page.assertQuiet();
  await page.leave();
});

test("a link is followed as it is while it is good, and renewed first when it is about to end", async () => {
  const file = () => done({ id: idOf(1) });
  let address = () => addresses(fileOrigin, 30_000, "/stale.csv");
  const page = await openPanel(service, token, { answers: { list: () => ({ exports: [file()] }), one: () => done({ id: idOf(1) }, address()) } });
  await page.getByRole("button", { name: /^Show file/ }).click();
  const link = page.getByRole("link", { name: /^Download/ });
  await link.waitFor();
  assert.equal(await link.getAttribute("href"), `${fileOrigin}/stale.csv`);
  const ones = () => page.asked.filter(({ kind }) => kind === "one").length;
  address = () => addresses(fileOrigin);
  // Half a minute of life is kept for half of it; the clock of the page is put past that.
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
  const [manifest] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: /^Manifest/ }).click()]);
  assert.equal(manifest.url(), `${fileOrigin}/manifest.json`);
  assert.equal(ones(), 2, "a link that is good is not asked for again");
  assert.ok(page.url().startsWith(service.address), "the page stays");
  assert.equal(await page.locator("#exports").evaluate((dialog) => dialog.open), true);
  await page.assertQuiet();
  await page.leave();
});

test("a file that is gone, and one that is not whole, say so", async () => {
  let given = problem(404, "not-found");
  const page = await openPanel(service, token, { answers: { list: () => ({ exports: [done({ id: idOf(2) }), done({ id: idOf(1) })] }), one: () => given } });
  await page.locator(`[data-id="${idOf(2)}"] button`).click();
  await page.getByText("This export is gone. Its file was kept for seven days.").waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.textContent), "This export is gone. Its file was kept for seven days.");
  given = done({ id: idOf(1) }, { truncated: true, ...addresses(fileOrigin) });
  await page.locator(`[data-id="${idOf(1)}"] button`).click();
  await page.getByText("This file does not hold everything.").waitFor();
  await page.assertQuiet();
  await page.leave();
});

test("names that look like markup, or turn the writing around, are text", async () => {
  const filters = { action: EVIL, target_type: EVIL, target_id: EVIL, actor_id: EVIL };
  const exports = [
    done({ id: idOf(2), filters, requested_by: { type: "user", id: EVIL, name: EVIL, email: EVIL } }),
    exported({ id: idOf(1), state: "failed", failure: EVIL, format: EVIL, requested_by: { type: "user", id: EVIL } }),
  ];
  const page = await openPanel(service, token, { answers: { list: () => ({ exports }), one: () => ({ ...exports[0], file: { ...exports[0].file, name: EVIL, ...addresses(fileOrigin) } }) } });
  await page.locator(`[data-id="${idOf(2)}"] button`).click();
  await page.getByRole("link", { name: /^Download <img src=x/ }).waitFor();
  assert.equal(await page.locator("#exports img").count(), 0);
  const head = await page.locator(".export .quiet").first().innerText();
  assert.ok(head.includes(`by <img src=x onerror="alert(1)">\\u202etxt.exe (`), head);
  assert.ok((await page.locator(".chip bdi").count()) >= 4);
  await page.assertQuiet();
  await page.leave();
});
