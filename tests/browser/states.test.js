// What the page shows while it waits and when it has no answer, and what happens to the token.

import assert from "node:assert/strict";
import test, { after, before } from "node:test";
import {
  choose,
  countsShown,
  entry,
  gate,
  listed,
  openList,
  openPage,
  placeShown,
  rowsShown,
  startService,
  stopAll,
  viewer,
} from "./harness.js";

/**
 * @import { Page, Request } from "playwright-core"
 * @import { Client } from "./harness.js"
 */

/** @type {Client} */
let service;
/** @type {string} */
let token;

before(async () => {
  service = await startService();
  await service.workspace("ws_a");
  await service.workspace("ws_b");
  await service.record(
    "ws_a",
    Array.from({ length: 45 }, (_, index) => entry(index + 1)),
  );
  token = await service.token("ws_a");
});
after(stopAll);

/** @param {Page} page */
const title = (page) => page.locator("#message h2").innerText();

/** A token of the right form and checksum that no service knows, as if it had expired. */
function endedToken() {
  const text = `cwa_${"0".repeat(16)}_${"5a".repeat(32)}`;
  let crc = 0xffffffff;
  for (const byte of Buffer.from(text)) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return `${text}_${(~crc >>> 0).toString(16).padStart(8, "0")}`;
}

test("placeholder rows have the size of entries, so that nothing moves when the entries arrive", async () => {
  const page = await openPage();
  await page.addInitScript(() => {
    window.shifts = [];
    const observer = new PerformanceObserver((list) => {
      for (const { value, sources } of /** @type {LayoutShift[]} */ (list.getEntries()))
        window.shifts.push([value, sources.map(({ node }) => node?.nodeName)]);
    });
    observer.observe({ type: "layout-shift", buffered: true });
  });
  const answers = gate();
  await page.route(/\/workspaces\/ws_a\//, async (route) => {
    await answers.opened;
    await route.continue();
  });
  await page.goto(viewer(service, "ws_a", { token }));
  await page.waitForSelector("#rows .bar");
  assert.equal(await page.locator("#rows tr").count(), 20);
  assert.equal(await page.locator("#table").getAttribute("aria-busy"), "true");
  const boxes = () =>
    page.evaluate(() =>
      ["#filters", "#table", "#rows tr:first-child", "#rows tr:last-child"].map((one) =>
        document.querySelector(one)?.getBoundingClientRect().toJSON(),
      ),
    );
  const before = await boxes();
  answers.open();
  await listed(page);
  await page.getByText(/Entries are kept/).waitFor();
  await page.waitForTimeout(300);
  assert.deepEqual(await boxes(), before);
  const shifts = await page.evaluate(() => window.shifts);
  assert.ok(shifts.reduce((sum, [value]) => sum + value, 0) < 0.01, JSON.stringify(shifts));
  await page.assertQuiet();
  await page.leave();
});

test("rows stay while the next page loads", async () => {
  const page = await openList(viewer(service, "ws_a", { token }));
  const answers = gate();
  await page.route(/page=2/, async (route) => {
    await answers.opened;
    await route.continue();
  });
  await page.click("#next");
  await page.waitForSelector('#table[aria-busy="true"]');
  assert.equal(await page.locator("#rows a.open-link").count(), 20);
  answers.open();
  await placeShown(page, "Page 2 of");
  await page.leave();
});

test("only the answer to the last of several quick requests is shown", async () => {
  const page = await openList(viewer(service, "ws_a", { token }));
  await page.route(/action=project.update/, async (route) => {
    await new Promise((resolve) => setTimeout(resolve, 500));
    await route.continue().catch(() => {});
  });
  // The menu offers an action that it can be slow for.
  await page.route(/\/facets/, async (route) => {
    const response = await route.fetch();
    const json = await response.json();
    json.actions.push({ name: "project.update", count: 1 });
    await route.fulfill({ response, json });
  });
  await page.reload();
  await countsShown(page);
  for (const name of ["project.update", "member.invite"]) await choose(page, "action", name);
  await page.waitForTimeout(900);
  assert.equal(await page.locator("#rows a.open-link").count(), 20);
  assert.match(page.url(), /action=member\.invite/);
  await page.assertQuiet();
  await page.leave();
});

test("the token leaves the address and the history, survives a reload, and is never logged", async () => {
  const page = await openPage();
  /** @type {Request[]} */
  const requests = [];
  page.on("request", (request) => requests.push(request));
  await page.goto(viewer(service, "ws_a", { token, query: "page=2" }));
  await listed(page);
  assert.equal(page.url(), viewer(service, "ws_a", { query: "page=2" }));
  assert.equal(
    await page.evaluate(() => JSON.stringify(history.state)?.includes("cwa_") ?? false),
    false,
  );
  assert.equal(
    await page.evaluate(() => document.documentElement.outerHTML.includes("cwa_")),
    false,
  );
  await page.reload();
  await listed(page);
  assert.equal(await page.locator("#rows a.open-link").count(), 20);
  for (const request of requests) {
    assert.ok(!request.url().split("#")[0].includes("cwa_"), request.url());
    const isApi = request.url().includes("/workspaces/");
    assert.equal(
      (await request.allHeaders()).authorization === `Bearer ${token}`,
      isApi,
      request.url(),
    );
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
  const page = await openList(viewer(service, "ws_a"));
  assert.equal(await title(page), "Open this page from your product");
  assert.match(
    await page.locator("#message").innerText(),
    /Open Settings → Audit again.*ask whoever runs the product/s,
  );
  await page.goto(viewer(service, "ws_a", { query: `token=${token}&page=2` }));
  await listed(page);
  assert.equal(await title(page), "Open this page from your product");
  assert.equal(page.url(), viewer(service, "ws_a", { query: "page=2" }));
  await page.goto(`${service.address}/v1/viewer`);
  await listed(page);
  assert.equal(await title(page), "Open this page from your product");
  await page.assertQuiet();
  await page.leave();
});

test("an expired token is forgotten, the page says whom to ask, and a new link continues", async () => {
  const page = await openList(viewer(service, "ws_a", { token: endedToken(), query: "page=2" }));
  assert.equal(await title(page), "Your access to this log has ended");
  assert.match(await page.locator("#message").innerText(), /ask whoever runs the product/);
  assert.equal(await page.locator("#rows a.open-link").count(), 0);
  assert.equal(await page.evaluate(() => sessionStorage.length), 0);
  await page.goto(viewer(service, "ws_a", { token, query: "page=2" }));
  await listed(page);
  assert.equal(await page.locator("#rows a.open-link").count(), 20);
  assert.match(await page.locator("#place").innerText(), /^Page 2/);
  // Only the fragment of the address differs, so the browser does not load the page again.
  await page.goto(viewer(service, "ws_a", { token: endedToken(), query: "page=2" }));
  await page.waitForFunction(
    () =>
      document.querySelector("#message h2")?.textContent === "Your access to this log has ended",
  );
  await page.assertQuiet();
  await page.leave();
});

test("an open entry closes when the token ends, and opens again with the next token", async () => {
  const page = await openList(viewer(service, "ws_a", { token }));
  await page.locator("a.open-link").nth(3).click();
  await page.getByRole("heading", { name: "What changed" }).waitFor();
  await page.route(/\/entries\//, (route) =>
    route.fulfill({
      status: 401,
      contentType: "application/problem+json",
      body: '{"type":"unauthenticated"}',
    }),
  );
  await page.click("#older");
  await page.waitForFunction(
    () => !document.getElementById("entry").open && !document.getElementById("message").hidden,
  );
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
    assert.equal(await title(page), "You do not have access to this workspace");
  }
  await page.assertQuiet();
  await page.leave();
});

test("offline, the rows stay and the page tries again by itself", async () => {
  const page = await openList(viewer(service, "ws_a", { token }));
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
  await page.waitForFunction(
    () =>
      document.getElementById("message").hidden &&
      document.getElementById("place").textContent.startsWith("Page 2 of"),
  );
  await page.assertQuiet();
  await page.leave();
});

test("after a refusal by a busy or failing service, one can try again", async () => {
  for (const status of [429, 503, 500, 502]) {
    const expected = status === 429 ? "The service is busy" : "The service could not answer";
    const page = await openPage();
    const problem = { type: "x", detail: "x", request_id: "req-1" };
    await page.route(/\/entries\?/, (route) =>
      route.fulfill({
        status,
        body: status === 502 ? "<h1>Bad gateway</h1>" : JSON.stringify(problem),
      }),
    );
    await page.goto(viewer(service, "ws_a", { token }));
    await listed(page);
    assert.equal(await title(page), expected);
    if (status === 503)
      assert.match(await page.locator("#message").innerText(), /Reference: req-1/);
    await page.unroute(/\/entries\?/);
    await page.getByRole("button", { name: "Try again" }).click();
    await rowsShown(page, 20);
    assert.equal(await page.locator("#message").isVisible(), false);
    await page.assertQuiet();
    await page.leave();
  }
});

test("unusable filters in the address are named and can be cleared", async () => {
  /** @type {[query: string, said: RegExp][]} */
  const cases = [
    ["action=nothing.like.this", /action/i],
    ["from=yesterday", /dates/],
    ["from=2026-02-30", /dates/],
    ["from=2026-11-03&to=2026-11-01", /first day is after the last/],
    ["target_id=prj_1", /type is missing/],
    ["actor_id=%E2%80%AE", /actor_id/i],
  ];
  for (const [query, said] of cases) {
    const page = await openPage();
    await page.goto(viewer(service, "ws_a", { token, query }));
    await listed(page);
    assert.equal(await title(page), "These filters cannot be used", query);
    assert.match(await page.locator("#message").innerText(), said, query);
    await page.locator("#message").getByRole("button", { name: "Clear filters" }).click();
    await rowsShown(page, 20);
    await page.leave();
  }
});

test("an invalid page number is the first page", async () => {
  for (const query of [
    "page=0",
    "page=-1",
    "page=x",
    "page=1.5",
    "page=",
    "page=99999999999999999999",
  ]) {
    const page = await openPage();
    await page.goto(viewer(service, "ws_a", { token, query }));
    await listed(page);
    assert.match(await page.locator("#place").innerText(), /^Page 1 of/, query);
    await page.leave();
  }
});
