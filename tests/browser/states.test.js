// What the page does when it waits, and when there is no answer to show; and where the token goes.

import assert from "node:assert/strict";
import test, { after, before } from "node:test";
import { entry, listed, openPage, startService, stopAll, viewer } from "./harness.js";

let service;
let token;

before(async () => {
  service = await startService();
  await service.workspace("ws_a");
  await service.workspace("ws_b");
  await service.record("ws_a", Array.from({ length: 45 }, (_, index) => entry(index + 1)));
  token = await service.token("ws_a");
});
after(stopAll);

const title = (page) => page.locator("#message h2").innerText();

/** A token that no service knows: right in form and checksum, as a token that was taken back, or has ended, is refused. */
function endedToken() {
  const text = `cwa_${"0".repeat(16)}_${"5a".repeat(32)}`;
  let crc = 0xffffffff;
  for (const byte of Buffer.from(text)) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return `${text}_${(~crc >>> 0).toString(16).padStart(8, "0")}`;
}

test("while entries are on their way, rows of their size hold the place, and nothing jumps when they come", async () => {
  const page = await openPage();
  await page.addInitScript(() => {
    window.shifts = [];
    new PerformanceObserver((list) => window.shifts.push(...list.getEntries().map(({ value, sources }) => [value, sources.map(({ node }) => node?.id || node?.className || node?.nodeName)]))).observe({ type: "layout-shift", buffered: true });
  });
  let release;
  const held = new Promise((resolve) => (release = resolve));
  await page.route(/\/workspaces\/ws_a\//, async (route) => {
    await held;
    await route.continue();
  });
  await page.goto(viewer(service, "ws_a", { token }));
  await page.waitForSelector("#rows .bar");
  assert.equal(await page.locator("#rows tr").count(), 20);
  assert.equal(await page.locator("#table").getAttribute("aria-busy"), "true");
  const boxes = () => page.evaluate(() => ["#filters", "#table", "#rows tr:first-child", "#rows tr:last-child"].map((one) => document.querySelector(one).getBoundingClientRect().toJSON()));
  const before = await boxes();
  release();
  await listed(page);
  await page.getByText(/Entries are kept/).waitFor();
  await page.waitForTimeout(300);
  assert.deepEqual(await boxes(), before);
  const shifts = await page.evaluate(() => window.shifts);
  assert.ok(shifts.reduce((sum, [value]) => sum + value, 0) < 0.01, JSON.stringify(shifts));
  await page.assertQuiet();
  await page.leave();
});

test("rows stay while the next page is on its way", async () => {
  const page = await openPage();
  await page.goto(viewer(service, "ws_a", { token }));
  await listed(page);
  let release;
  const held = new Promise((resolve) => (release = resolve));
  await page.route(/page=2/, async (route) => {
    await held;
    await route.continue();
  });
  await page.click("#next");
  await page.waitForSelector('#table[aria-busy="true"]');
  assert.equal(await page.locator("#rows a.open-link").count(), 20);
  release();
  await page.waitForFunction(() => document.getElementById("place").textContent.startsWith("Page 2 of"));
  await page.leave();
});

test("only the last of several quick requests counts", async () => {
  const page = await openPage();
  await page.goto(viewer(service, "ws_a", { token }));
  await listed(page);
  await page.route(/action=project.update/, async (route) => {
    await new Promise((resolve) => setTimeout(resolve, 500));
    await route.continue().catch(() => {});
  });
  await page.selectOption("#action", "");
  await page.evaluate(() => {
    const action = document.getElementById("action");
    action.append(new Option("x", "project.update"));
    for (const value of ["project.update", "member.invite"]) {
      action.value = value;
      action.dispatchEvent(new Event("change", { bubbles: true }));
    }
  });
  await page.waitForTimeout(900);
  assert.equal(await page.locator("#rows a.open-link").count(), 20);
  assert.match(page.url(), /action=member\.invite/);
  await page.assertQuiet();
  await page.leave();
});

test("the token is taken out of the address and the history, kept for a reload, and logged nowhere", async () => {
  const page = await openPage();
  const requests = [];
  page.on("request", (request) => requests.push(request));
  await page.goto(viewer(service, "ws_a", { token, query: "page=2" }));
  await listed(page);
  assert.equal(page.url(), viewer(service, "ws_a", { query: "page=2" }));
  assert.equal(await page.evaluate(() => JSON.stringify(history.state)?.includes("cwa_") ?? false), false);
  assert.equal(await page.evaluate(() => document.documentElement.outerHTML.includes("cwa_")), false);
  await page.reload();
  await listed(page);
  assert.equal(await page.locator("#rows a.open-link").count(), 20);
  for (const request of requests) {
    assert.ok(!request.url().split("#")[0].includes("cwa_"), request.url());
    const isApi = request.url().includes("/workspaces/");
    assert.equal((await request.allHeaders()).authorization === `Bearer ${token}`, isApi, request.url());
  }
  const secret = token.split("_")[2];
  assert.ok(service.log.length > 5 && !service.log.some((line) => line.includes(secret)));
  await page.goto("about:blank");
  await page.goBack();
  await listed(page);
  assert.ok(!page.url().includes("cwa_"));
  await page.assertQuiet();
  await page.leave();
});

test("without a token, or with one in the query, the page says where to get one", async () => {
  const page = await openPage();
  await page.goto(viewer(service, "ws_a"));
  await listed(page);
  assert.equal(await title(page), "This page opens from your product");
  assert.match(await page.locator("#message").innerText(), /Open Settings → Audit again.*ask whoever runs the product/s);
  await page.goto(viewer(service, "ws_a", { query: `token=${token}&page=2` }));
  await listed(page);
  assert.equal(await title(page), "This page opens from your product");
  assert.equal(page.url(), viewer(service, "ws_a", { query: "page=2" }));
  await page.goto(`${service.address}/v1/viewer`);
  await listed(page);
  assert.equal(await title(page), "This page opens from your product");
  await page.assertQuiet();
  await page.leave();
});

test("a token that has ended is forgotten, says whom to ask, and a new link goes on from there", async () => {
  const page = await openPage();
  await page.goto(viewer(service, "ws_a", { token: endedToken(), query: "page=2" }));
  await listed(page);
  assert.equal(await title(page), "Your access to this log has ended");
  assert.match(await page.locator("#message").innerText(), /ask whoever runs the product/);
  assert.equal(await page.locator("#rows a.open-link").count(), 0);
  assert.equal(await page.evaluate(() => sessionStorage.length), 0);
  await page.goto(viewer(service, "ws_a", { token, query: "page=2" }));
  await listed(page);
  assert.equal(await page.locator("#rows a.open-link").count(), 20);
  assert.match(await page.locator("#place").innerText(), /^Page 2/);
  // The same address but for its fragment: the browser does not load the page again.
  await page.goto(viewer(service, "ws_a", { token: endedToken(), query: "page=2" }));
  await page.waitForFunction(() => document.querySelector("#message h2")?.textContent === "Your access to this log has ended");
  await page.assertQuiet();
  await page.leave();
});

test("a token that ends while an entry is open closes it, and opens it again with the next", async () => {
  const page = await openPage();
  await page.goto(viewer(service, "ws_a", { token }));
  await listed(page);
  await page.locator("a.open-link").nth(3).click();
  await page.getByRole("heading", { name: "What changed" }).waitFor();
  await page.route(/\/entries\//, (route) => route.fulfill({ status: 401, contentType: "application/problem+json", body: '{"type":"unauthenticated"}' }));
  await page.click("#older");
  await page.waitForFunction(() => !document.getElementById("entry").open && !document.getElementById("message").hidden);
  assert.equal(await title(page), "Your access to this log has ended");
  const address = page.url();
  assert.match(address, /entry=/);
  await page.unroute(/\/entries\//);
  await page.goto(`${address}#token=${token}`);
  await page.locator("dialog[open] #entry-body h3").waitFor();
  assert.equal(page.url(), address);
  await page.assertQuiet();
  await page.leave();
});

test("a token of another workspace opens nothing here", async () => {
  const page = await openPage();
  for (const workspace of ["ws_b", "ws_none"]) {
    await page.goto("about:blank");
    await page.goto(viewer(service, workspace, { token }));
    await listed(page);
    assert.equal(await title(page), "This workspace is not open to you");
  }
  await page.assertQuiet();
  await page.leave();
});

test("offline, the rows stay and the page tries again by itself", async () => {
  const page = await openPage();
  await page.goto(viewer(service, "ws_a", { token }));
  await listed(page);
  await page.context().setOffline(true);
  await page.click("#next");
  await page.waitForSelector("#message:not([hidden])");
  assert.equal(await title(page), "The service cannot be reached");
  assert.equal(await page.locator("#message").getAttribute("role"), "alert");
  assert.equal(await page.locator("#rows a.open-link").count(), 20);
  await page.getByRole("button", { name: "Try again" }).click();
  await page.waitForTimeout(300);
  assert.equal(await page.locator("#message").isVisible(), true);
  await page.context().setOffline(false);
  await page.waitForFunction(() => document.getElementById("message").hidden && document.getElementById("place").textContent.startsWith("Page 2 of"));
  await page.assertQuiet();
  await page.leave();
});

test("a service that is busy or fails can be asked again", async () => {
  for (const [status, expected] of [[429, "The service is busy"], [503, "The service could not answer"], [500, "The service could not answer"], [502, "The service could not answer"]]) {
    const page = await openPage();
    const problem = { type: "x", detail: "x", request_id: "req-1" };
    await page.route(/\/entries\?/, (route) => route.fulfill({ status, body: status === 502 ? "<h1>Bad gateway</h1>" : JSON.stringify(problem) }));
    await page.goto(viewer(service, "ws_a", { token }));
    await listed(page);
    assert.equal(await title(page), expected);
    if (status === 503) assert.match(await page.locator("#message").innerText(), /Reference: req-1/);
    await page.unroute(/\/entries\?/);
    await page.getByRole("button", { name: "Try again" }).click();
    await page.waitForFunction(() => document.querySelectorAll("#rows a.open-link").length === 20);
    assert.equal(await page.locator("#message").isVisible(), false);
    await page.assertQuiet();
    await page.leave();
  }
});

test("an address with filters that cannot be used says which, and lets one clear them", async () => {
  for (const [query, said] of [
    ["action=nothing.like.this", /action/i],
    ["from=yesterday", /dates/],
    ["from=2026-02-30", /dates/],
    ["from=2026-11-03&to=2026-11-01", /first day is after the last/],
    ["target_id=prj_1", /type is missing/],
    ["actor_id=%E2%80%AE", /actor_id/i],
  ]) {
    const page = await openPage();
    await page.goto(viewer(service, "ws_a", { token, query }));
    await listed(page);
    assert.equal(await title(page), "These filters cannot be used", query);
    assert.match(await page.locator("#message").innerText(), said, query);
    await page.locator("#message").getByRole("button", { name: "Clear filters" }).click();
    await page.waitForFunction(() => document.querySelectorAll("#rows a.open-link").length === 20);
    await page.leave();
  }
});

test("a page number that is none is the first page", async () => {
  for (const query of ["page=0", "page=-1", "page=x", "page=1.5", "page=", "page=99999999999999999999"]) {
    const page = await openPage();
    await page.goto(viewer(service, "ws_a", { token, query }));
    await listed(page);
    assert.match(await page.locator("#place").innerText(), /^Page 1 of/, query);
    await page.leave();
  }
});
