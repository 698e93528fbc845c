// The page inside another page: the example, and a product on another site.

import assert from "node:assert/strict";
import test, { after, before } from "node:test";
import { addresses, answer, done } from "./exporting.js";
import { choose, chosenIn, entry, openPage, serve, startService, stopAll } from "./harness.js";

/**
 * @import { Page } from "playwright-core"
 * @import { ViewerElement } from "../../viewer/elements.d.ts"
 * @import { Client } from "./harness.js"
 */

/**
 * The service that the product may show in a frame.
 *
 * @type {Client}
 */
let service;
/**
 * A service that no other site may show.
 *
 * @type {Client}
 */
let closed;
/** The product's origin. */
let site = "";

const STYLE = `audit-log-viewer {
  height: 700px;
  --audit-log-accent: rgb(200, 0, 100);
  --audit-log-radius: 3px;
  --audit-log-background: rgb(250, 250, 240);
}`;
const SCRIPT = `window.events = []; window.asked = [];
  for (const type of ["audit-token-expired", "audit-token-failed", "audit-view-change",
      "audit-token-expiring", "audit-blocked"])
    document.addEventListener(type, ({ detail }) =>
      window.events.push([type, detail.reason ?? detail.view ?? "failed"]));`;

/**
 * The product's files: a page that embeds the log of a service.
 *
 * @param {string} address
 * @returns {Partial<Record<string, { type: string, text: string }>>}
 */
function productOf(address) {
  const page = `<!doctype html><html lang="en"><title>Product</title>
    <link rel="stylesheet" href="/style.css">
    <script src="${address}/v1/viewer/embed.js"></script><script src="/product.js"></script>
    <h1>Settings</h1><audit-log-viewer workspace="ws_a" label="The log"></audit-log-viewer>`;
  return {
    "/": { type: "text/html; charset=utf-8", text: page },
    "/style.css": { type: "text/css", text: STYLE },
    "/product.js": { type: "text/javascript", text: SCRIPT },
  };
}

/**
 * Starts the product's server. Its policy allows this service and nothing inline. The product is on
 * localhost and the service on 127.0.0.1, which are two sites to a browser.
 */
async function startProduct() {
  const port = await serve((request, response) => {
    const { address } = service;
    const file = productOf(address)[(request.url ?? "").split("?")[0]];
    const policy = `default-src 'none'; script-src 'self' ${address}; style-src 'self'`;
    response.setHeader("content-security-policy", `${policy}; frame-src ${address}`);
    response.writeHead(file ? 200 : 404, { "content-type": file?.type ?? "text/plain" });
    response.end(file?.text);
  });
  return `http://localhost:${port}`;
}

before(async () => {
  site = await startProduct();
  closed = await startService();
  service = await startService({ environment: { VIEWER_FRAME_ANCESTORS: `'self' ${site}` } });
  await service.workspace("ws_a");
  const entries = Array.from({ length: 45 }, (_, index) => entry(index + 1));
  await service.record("ws_a", entries);
});
after(stopAll);

/** @param {Page} page */
const frameOf = (page) => page.frameLocator("audit-log-viewer iframe");

/**
 * Hands a token to the element.
 *
 * @param {Page} page
 * @param {string} token
 */
async function giveToken(page, token) {
  await page.locator("audit-log-viewer").evaluate((/** @type {ViewerElement} */ viewer, text) => {
    viewer.token = text;
  }, token);
}

async function openProduct() {
  const page = await openPage();
  await page.goto(site);
  return page;
}

test("the example that the service serves shows the log, in its own colours, and keeps the view in its address", async () => {
  const page = await openPage();
  const token = await service.token("ws_a");
  await page.goto(`${service.address}/v1/viewer/example.html#workspace=ws_a&token=${token}`);
  await frameOf(page).locator("a.open-link").nth(19).waitFor();
  assert.ok(!page.url().includes("cwa_"));
  assert.equal(await page.locator("#ask").isVisible(), false);
  const accent = await frameOf(page)
    .locator("html")
    .evaluate((html) => html.style.getPropertyValue("--audit-log-accent"));
  assert.match(accent, /#0f766e/);
  assert.equal(
    await frameOf(page)
      .locator("h1")
      .evaluate((heading) => heading.getBoundingClientRect().width),
    1,
    "the heading is the outer page's",
  );
  await frameOf(page).locator("#next").click();
  await page.waitForFunction(() => location.hash.includes("page%3D2"));
  await page.reload();
  assert.equal(await page.locator("#ask").isVisible(), true, "the token is gone with the page");
  await page.fill("#token", token);
  await page.press("#token", "Enter");
  await frameOf(page).locator("#place", { hasText: "Page 2 of" }).waitFor();
  await page.assertQuiet();
  await page.leave();
});

test("a product on another site asks its backend for a token, at first and when one has ended", async () => {
  const page = await openProduct();
  const [bad, good] = [
    `cwa_${"0".repeat(16)}_${"0".repeat(64)}_00000000`,
    await service.token("ws_a"),
  ];
  const element = page.locator("audit-log-viewer");
  await element.evaluate(
    (/** @type {ViewerElement} */ viewer, tokens) => {
      viewer.tokenProvider = async ({ reason, workspace }) => {
        window.asked.push([reason, workspace]);
        return tokens.shift() ?? "";
      };
    },
    [bad, good],
  );
  await frameOf(page).locator("a.open-link").nth(19).waitFor();
  assert.deepEqual(await page.evaluate(() => window.asked), [
    ["missing", "ws_a"],
    ["refused", "ws_a"],
  ]);
  const events = await page.evaluate(() => window.events);
  assert.deepEqual(
    events.filter(([type]) => type === "audit-token-expired"),
    [
      ["audit-token-expired", "missing"],
      ["audit-token-expired", "refused"],
    ],
  );
  assert.equal(await element.locator("iframe").getAttribute("title"), "The log");
  assert.ok(!(await element.evaluate((one) => one.outerHTML)).includes("cwa_"));
  await page.assertQuiet();
  await page.leave();
});

test("a product may hand a token over by itself, and is told which view is shown", async () => {
  const page = await openProduct();
  await giveToken(page, await service.token("ws_a"));
  await frameOf(page).locator("a.open-link").first().waitFor();
  await choose(frameOf(page), "action", "member.invite");
  await page.waitForFunction(
    () => document.querySelector("audit-log-viewer")?.view === "?action=member.invite",
  );
  assert.ok(
    (await page.evaluate(() => window.events)).some(
      ([type, view]) => type === "audit-view-change" && view === "?action=member.invite",
    ),
  );
  await page.locator("audit-log-viewer").evaluate((one) => one.setAttribute("view", "?page=2"));
  await frameOf(page).locator("#place", { hasText: "Page 2 of" }).waitFor();
  assert.equal(await chosenIn(frameOf(page), "action"), "");
  await frameOf(page).locator("a.open-link").first().click();
  await frameOf(page).locator("dialog[open] .facts").waitFor();
  await page.assertQuiet();
  await page.leave();
});

test("a file opens in a new tab, because the product's policy allows only the log in its frame", async () => {
  const port = await serve((_, response) =>
    response
      .writeHead(200, {
        "content-type": "text/csv",
        "content-disposition": 'attachment; filename="audit-log.csv"',
      })
      .end("id\r\n"),
  );
  const origin = `http://127.0.0.1:${port}`;
  const page = await openProduct();
  // The first answer about the export has links that have ended already.
  const asked = await answer(page, {
    list: () => ({ exports: [done()] }),
    one: ({ count }) => done({}, addresses(origin, count > 0 ? 600_000 : 0)),
  });
  await giveToken(page, await service.token("ws_a"));
  await frameOf(page).locator("a.open-link").first().waitFor();
  await frameOf(page).locator("#export").click();
  await frameOf(page)
    .getByRole("button", { name: /^Show file/ })
    .click();
  const link = frameOf(page).getByRole("link", { name: /^Download/ });
  // The first click renews the link, the second finds it valid.
  for (const calls of [3, 3]) {
    const [saved] = await Promise.all([page.waitForEvent("download"), link.click()]);
    assert.equal(saved.url(), `${origin}/fresh.csv`);
    assert.equal(asked.length, calls);
  }
  assert.equal(
    await frameOf(page)
      .locator("#exports")
      .evaluate((/** @type {HTMLDialogElement} */ dialog) => dialog.open),
    true,
  );
  await page.assertQuiet();
  await page.leave();
});

test("the product's properties change how the page looks, and nothing else", async () => {
  const page = await openProduct();
  await giveToken(page, await service.token("ws_a"));
  await frameOf(page).locator("a.open-link").first().waitFor();
  const style = () =>
    frameOf(page)
      .locator("body")
      .evaluate((body) => [
        getComputedStyle(body).backgroundColor,
        getComputedStyle(document.documentElement).colorScheme,
      ]);
  await page.waitForTimeout(200);
  assert.deepEqual(await style(), ["rgb(250, 250, 240)", "light dark"]);
  await page
    .locator("audit-log-viewer")
    .evaluate((one) => one.setAttribute("color-scheme", "dark"));
  await frameOf(page)
    .locator("body")
    .evaluate(() => new Promise((resolve) => setTimeout(resolve, 200)));
  assert.deepEqual(await style(), ["rgb(250, 250, 240)", "dark"]);
  await page.locator("audit-log-viewer").evaluate((one) => {
    const properties = {
      accent: "red; } body { display: none",
      ["__proto__"]: "x",
      background: "url(https://example.com/x.png)",
    };
    const frame = one.shadowRoot?.querySelector("iframe")?.contentWindow;
    frame?.postMessage({ audit: "theme", properties }, "*");
  });
  await frameOf(page)
    .locator("body")
    .evaluate(() => new Promise((resolve) => setTimeout(resolve, 200)));
  assert.equal(await frameOf(page).locator("#table").isVisible(), true);
  await page.leave();
});

test("the page accepts messages from its parent only", async () => {
  const page = await openPage();
  await page.goto(`${service.address}/v1/viewer?workspace=ws_a`);
  const token = await service.token("ws_a");
  await page.evaluate((text) => window.postMessage({ audit: "token", token: text }, "*"), token);
  await page.waitForTimeout(300);
  assert.equal(await page.locator("#message h2").innerText(), "Open this page from your product");
  await page.leave();
});

test("the page sends messages to the origin of its parent and to no other", async () => {
  const page = await openPage();
  await page.addInitScript(() => {
    if (window.parent !== window) return;
    const send = window.postMessage.bind(window);
    const sent = /** @type {unknown[]} */ ([]);
    Object.assign(window, { sent });
    window.postMessage = (/** @type {unknown} */ message, /** @type {any} */ target) => {
      sent.push(target);
      send(message, target);
    };
  });
  const token = await service.token("ws_a");
  await page.goto(`${service.address}/v1/viewer/example.html#workspace=ws_a&token=${token}`);
  await frameOf(page).locator("a.open-link").first().click();
  await frameOf(page).locator("dialog[open]").first().waitFor();
  const sent = await page.evaluate(() => /** @type {any} */ (window).sent);
  assert.ok(sent.length >= 2, "it is ready, and shows another view");
  assert.deepEqual([...new Set(sent)], [service.address]);
  await page.leave();
});

test("a site that is not named may not show the page in a frame", async () => {
  const page = await openPage();
  await page.goto(site);
  await page.evaluate((address) => {
    const viewer = document.createElement("audit-log-viewer");
    viewer.setAttribute("workspace", "ws_a");
    viewer.setAttribute("src", address);
    document.body.append(viewer);
  }, `${closed.address}/v1/viewer`);
  // The product's own policy already blocks that frame. What counts is the service's own policy.
  const { headers } = await fetch(`${closed.address}/v1/viewer`);
  assert.match(headers.get("content-security-policy") ?? "", /frame-ancestors 'self'$/);
  const other = await openPage({ bypassCSP: false });
  await other.route(`${site}/`, async (route) => {
    const response = await route.fetch();
    const rest = Object.fromEntries(
      Object.entries(response.headers()).filter(([name]) => name !== "content-security-policy"),
    );
    await route.fulfill({
      response,
      headers: rest,
      body: `<!doctype html><html lang="en"><title>x</title><iframe src="${closed.address}/v1/viewer?workspace=ws_a"></iframe>`,
    });
  });
  await other.goto(site);
  await other.waitForTimeout(500);
  const frame = other.frames().find((one) => one !== other.mainFrame());
  assert.deepEqual(
    [frame?.url(), await frame?.locator("#filters").count()],
    ["chrome-error://chromewebdata/", 0],
  );
  await page.leave();
  await other.leave();
});
