// What happens around the end of a token: the notice, the events of the frame, and the next token.

import assert from "node:assert/strict";
import test, { after, before } from "node:test";
import {
  entry,
  listed,
  openPage,
  seriousFindings,
  startService,
  stopAll,
  viewer,
} from "./harness.js";

/**
 * @import { Page } from "playwright-core"
 * @import { HandedToken, ViewerElement } from "../../viewer/elements.d.ts"
 * @import { Client } from "./harness.js"
 */

const FOLDER = process.env.SCREENSHOTS;
const MINUTE = 60_000;

/** @type {Client} */
let service;

before(async () => {
  service = await startService();
  await service.workspace("ws_a");
  await service.workspace("ws_b");
  const entries = Array.from({ length: 45 }, (_, index) => entry(index + 1));
  await service.record("ws_a", entries);
});
after(stopAll);

/** The end of a token that is made now, as text. */
const inAnHour = () => new Date(Date.now() + 60 * MINUTE).toISOString();

/**
 * A page whose clock the test moves. The answers of the service have no date here, so that the page
 * goes by its own clock alone: an answer with the date of one moment that the page reads at another
 * would tell it that the clocks differ.
 */
async function openClocked() {
  const page = await openPage();
  await page.clock.install();
  await page.route(/\/v1\/workspaces\//, async (route) => {
    const response = await route.fetch();
    const { date, ...headers } = response.headers();
    assert.ok(date);
    await route.fulfill({ response, headers });
  });
  return page;
}

/** The token and its end, as the page takes them in the fragment. */
async function handed() {
  return `${await service.token("ws_a")}&expires_at=${inAnHour()}`;
}

test("two minutes before the end a notice says so, and a new link goes on at the same place", async () => {
  const page = await openClocked();
  await page.goto(viewer(service, "ws_a", { token: await handed(), query: "page=2" }));
  await listed(page);
  assert.ok(!page.url().includes("#"));
  const ending = page.locator("#ending");
  await page.clock.fastForward(57 * MINUTE);
  assert.equal(await ending.isVisible(), false);
  await page.clock.fastForward(2 * MINUTE);
  await ending.getByText(/^Your access to this log ends at \d/).waitFor();
  assert.deepEqual(await seriousFindings(page), []);
  if (FOLDER) await page.screenshot({ path: `${FOLDER}/ending-list.png` });
  // With an entry open, all else is inert: the notice moves into the dialog.
  await page.locator("a.open-link").nth(3).click();
  await page.waitForSelector("dialog[open] .facts");
  await page.locator("dialog[open] #ending").waitFor();
  if (FOLDER) await page.screenshot({ path: `${FOLDER}/ending-entry.png` });
  assert.deepEqual(await seriousFindings(page), []);
  await page.getByRole("button", { name: "Copy link" }).click();
  await page.waitForFunction(() => document.getElementById("status").textContent !== "");
  assert.match(await ending.innerText(), /^Your access to this log ends/, "it is not overwritten");
  const address = page.url();
  await page.goto(`${address}#token=${await handed()}`);
  await ending.waitFor({ state: "hidden" });
  await page.waitForSelector("dialog[open] #entry-body:not([aria-busy])");
  assert.equal(page.url(), address);
  assert.match(await page.locator("#place").innerText(), /^Page 2/);
  await page.assertQuiet();
  await page.leave();
});

test("at its end the notice says so, after a reload too, and what is shown stays", async () => {
  const page = await openClocked();
  await page.goto(viewer(service, "ws_a", { token: await handed() }));
  await listed(page);
  await page.reload();
  await listed(page);
  await page.clock.fastForward(59 * MINUTE);
  await page.locator("#ending").getByText("Your access to this log ends at").waitFor();
  await page.clock.fastForward(2 * MINUTE);
  await page.locator("#ending").getByText("Your access to this log has ended").waitFor();
  assert.equal(await page.locator("#rows a.open-link").count(), 20);
  await page.assertQuiet();
  await page.leave();
});

test("a machine whose clock is wrong goes by the service's", async () => {
  const inAMinute = new Date(Date.now() + MINUTE).toISOString();
  for (const [aheadMs, end, isSaid] of /** @type {const} */ ([
    [59 * MINUTE, inAnHour(), false],
    [-59 * MINUTE, inAMinute, true],
  ])) {
    const page = await openPage();
    await page.clock.install({ time: Date.now() + aheadMs });
    const token = `${await service.token("ws_a")}&expires_at=${end}`;
    await page.goto(viewer(service, "ws_a", { token }));
    await listed(page);
    // By the machine's clock, the first would end within the minute and the second in an hour.
    await page.clock.runFor(40_000);
    const notice = page.locator("#ending").getByText("Your access to this log ends at");
    if (isSaid) await notice.waitFor();
    else assert.equal(await notice.isVisible(), false);
    await page.assertQuiet();
    await page.leave();
  }
});

test("without its end, or with one that is none, a token has no notice", async () => {
  for (const end of ["", "&expires_at=soon"]) {
    const page = await openClocked();
    const token = `${await service.token("ws_a")}${end}`;
    await page.goto(viewer(service, "ws_a", { token }));
    await listed(page);
    await page.clock.fastForward(59 * MINUTE);
    assert.equal(await page.locator("#ending").isVisible(), false);
    await page.assertQuiet();
    await page.leave();
  }
});

/** @param {Page} page */
const frameOf = (page) => page.frameLocator("audit-log-viewer iframe");

/**
 * Opens a page that embeds the log, and remembers the element's events and the provider's calls.
 *
 * @param {HandedToken[]} tokens
 */
async function openProduct(tokens, workspace = "ws_a") {
  const page = await openClocked();
  await page.route("**/product.html", (route) =>
    route.fulfill({
      contentType: "text/html",
      body: `<!doctype html><html lang="en"><title>Product</title>
        <script src="/v1/viewer/embed.js"></script>`,
    }),
  );
  await page.goto(`${service.address}/product.html`);
  await page.evaluate(
    ([all, id]) => {
      window.events = [];
      window.asked = [];
      for (const type of ["audit-token-expiring", "audit-token-expired", "audit-blocked"])
        document.addEventListener(type, (event) => {
          const { reason, expires_at } = /** @type {CustomEvent} */ (event).detail;
          window.events.push([type, reason ?? expires_at]);
        });
      const element = /** @type {ViewerElement} */ (document.createElement("audit-log-viewer"));
      element.setAttribute("workspace", /** @type {string} */ (id));
      element.tokenProvider = async ({ reason }) => {
        window.asked.push([reason, ""]);
        const next = /** @type {HandedToken[]} */ (all).shift();
        return next ?? new Promise(() => {});
      };
      document.body.append(element);
    },
    [tokens, workspace],
  );
  return page;
}

/**
 * Waits until the element has dispatched an event.
 *
 * @param {Page} page
 * @param {string} type
 * @param {string} detail
 */
async function said(page, type, detail) {
  await page.waitForFunction(
    ([wanted, of]) => window.events.some(([one, is]) => one === wanted && is === of),
    [type, detail],
  );
}

test("a product is asked for the next token before the end, and the frame stays as it is", async () => {
  const end = inAnHour();
  const [first, second] = [await service.token("ws_a"), await service.token("ws_a")];
  const page = await openProduct([
    { token: first, expires_at: end },
    { token: second, expires_at: new Date(Date.now() + 180 * MINUTE).toISOString() },
  ]);
  const frame = frameOf(page);
  await frame.locator("a.open-link").nth(4).click();
  await frame.locator("dialog[open] .facts").waitFor();
  /** @type {string[]} */
  const asked = [];
  page.on("request", (request) => {
    if (request.url().includes("/workspaces/"))
      asked.push(request.headers().authorization ?? "none");
  });
  await page.clock.fastForward(59 * MINUTE);
  await said(page, "audit-token-expiring", end);
  await page.waitForFunction(() => window.asked.length === 2);
  assert.deepEqual(await page.evaluate(() => window.asked.map(([reason]) => reason)), [
    "missing",
    "expiring",
  ]);
  await frame.locator("#ending").waitFor({ state: "hidden" });
  assert.equal(await frame.locator("dialog[open] .facts").isVisible(), true);
  assert.deepEqual(asked, [], "nothing is fetched again");
  await frame.locator("#older").click();
  await frame.locator("#entry-body:not([aria-busy])").waitFor();
  await page.clock.fastForward(10 * MINUTE);
  assert.equal(await frame.locator("#ending").isVisible(), false);
  assert.deepEqual([...new Set(asked)], [`Bearer ${second}`]);
  await page.assertQuiet();
  await page.leave();
});

test("a frame tells when its token has ended, and when it is blocked", async () => {
  const token = await service.token("ws_a");
  const page = await openProduct([{ token, expires_at: inAnHour() }]);
  await frameOf(page).locator("a.open-link").first().waitFor();
  await page.clock.fastForward(59 * MINUTE);
  await said(page, "audit-token-expiring", await page.evaluate(() => window.events[1][1]));
  await page.clock.fastForward(2 * MINUTE);
  await said(page, "audit-token-expired", "ended");
  await page.leave();
  // The token is of another workspace.
  const other = await openProduct([token], "ws_b");
  await said(other, "audit-blocked", "absent");
  const better = await service.token("ws_b");
  await other.locator("audit-log-viewer").evaluate((one, next) => {
    /** @type {ViewerElement} */ (one).token = next;
  }, better);
  await frameOf(other).locator("a.open-link").first().waitFor();
  await other.leave();
});

test("a frame that is silent, because a policy blocks it, is reported", async () => {
  const page = await openProduct([await service.token("ws_a")]);
  await frameOf(page).locator("a.open-link").first().waitFor();
  await page.clock.fastForward(MINUTE);
  assert.ok(!(await page.evaluate(() => window.events)).some(([type]) => type === "audit-blocked"));
  await page.route(/\/v1\/viewer\?/, (route) =>
    route.fulfill({
      contentType: "text/html",
      headers: { "content-security-policy": "frame-ancestors 'none'" },
      body: "<p>Not for you.</p>",
    }),
  );
  await page.locator("audit-log-viewer").evaluate((one) => one.setAttribute("view", "?page=2"));
  await page.clock.fastForward(MINUTE);
  await said(page, "audit-blocked", "silent");
  await page.leave();
});

test("the link to an entry leads to it without the list that it was found in", async () => {
  const page = await openPage({ permissions: ["clipboard-read", "clipboard-write"] });
  const token = await service.token("ws_a");
  const query = "action=member.invite&page=2";
  await page.goto(viewer(service, "ws_a", { token, query }));
  await listed(page);
  const link = page.locator("a.open-link").nth(2);
  const id = await link.getAttribute("data-id");
  await link.click();
  await page.waitForSelector("dialog[open] .facts");
  await page.getByRole("button", { name: "Copy link" }).click();
  await page.waitForSelector(".copied");
  const reader = await page.context().newPage();
  await reader.goto(`${service.address}/v1/health`);
  await reader.bringToFront();
  const text = await reader.evaluate(() => navigator.clipboard.readText());
  assert.equal(text, `${service.address}/v1/viewer?workspace=ws_a&entry=${id}`);
  await page.goto(`${text}#token=${token}`);
  await page.waitForSelector("dialog[open] .facts");
  await page.assertQuiet();
  await page.leave();
});
