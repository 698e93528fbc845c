// The page within another page: the example, and a product on a site of its own.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import test, { after, before } from "node:test";
import { addresses, answer, done } from "./exporting.js";
import { entry, openPage, startService, stopAll } from "./harness.js";

let service;
let closed;
let product;
let site;

/** The product's page, on another origin, with a policy of its own that allows this service and nothing inline. */
async function startProduct(address) {
  const pages = {
    "/": `<!doctype html><html lang="en"><title>Product</title><link rel="stylesheet" href="/style.css"><script src="${address}/v1/viewer/embed.js"></script>
      <script src="/product.js"></script><h1>Settings</h1><audit-log-viewer workspace="ws_a" label="The log"></audit-log-viewer>`,
    "/style.css": "audit-log-viewer { height: 700px; --audit-log-accent: rgb(200, 0, 100); --audit-log-radius: 3px; --audit-log-background: rgb(250, 250, 240); }",
    "/product.js": `window.events = []; window.asked = [];
      for (const type of ["audit-token-expired", "audit-token-failed", "audit-view-change"])
        document.addEventListener(type, (event) => window.events.push([type, event.detail.reason ?? event.detail.view ?? "failed"]));`,
  };
  const types = { "/": "text/html; charset=utf-8", "/style.css": "text/css", "/product.js": "text/javascript" };
  const server = createServer((request, response) => {
    const path = request.url.split("?")[0];
    response.setHeader("content-security-policy", `default-src 'none'; script-src 'self' ${address}; style-src 'self'; frame-src ${address}`);
    response.writeHead(pages[path] ? 200 : 404, { "content-type": types[path] ?? "text/plain" }).end(pages[path]);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}

before(async () => {
  // The page's own address is 127.0.0.1, the product's is localhost: another site to a browser.
  product = await startProduct("http://placeholder.invalid");
  site = `http://localhost:${product.address().port}`;
  product.close();
  closed = await startService();
  service = await startService({ environment: { VIEWER_FRAME_ANCESTORS: `'self' ${site}` } });
  product = await new Promise((resolve, reject) => {
    const port = new URL(site).port;
    startProduct(service.address).then((server) => {
      server.close(() => server.listen(Number(port), () => resolve(server)).on("error", reject));
    });
  });
  await service.workspace("ws_a");
  await service.record("ws_a", Array.from({ length: 45 }, (_, index) => entry(index + 1)));
});
after(async () => {
  product.close();
  await stopAll();
});

const frameOf = (page) => page.frameLocator("audit-log-viewer iframe");

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
  const accent = await frameOf(page).locator("html").evaluate((html) => html.style.getPropertyValue("--audit-log-accent"));
  assert.match(accent, /#0f766e/);
  assert.equal(await frameOf(page).locator("h1").evaluate((heading) => heading.getBoundingClientRect().width), 1, "the heading is the outer page's");
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
  const [bad, good] = [`cwa_${"0".repeat(16)}_${"0".repeat(64)}_00000000`, await service.token("ws_a")];
  await page.evaluate(([first, second]) => {
    const tokens = [first, second];
    document.querySelector("audit-log-viewer").tokenProvider = async ({ reason, workspace }) => {
      window.asked.push([reason, workspace]);
      return tokens.shift();
    };
  }, [bad, good]);
  await frameOf(page).locator("a.open-link").nth(19).waitFor();
  assert.deepEqual(await page.evaluate(() => window.asked), [["missing", "ws_a"], ["refused", "ws_a"]]);
  const events = await page.evaluate(() => window.events);
  assert.deepEqual(events.filter(([type]) => type === "audit-token-expired"), [["audit-token-expired", "missing"], ["audit-token-expired", "refused"]]);
  assert.equal(await page.locator("audit-log-viewer").evaluate((one) => one.shadowRoot.querySelector("iframe").title), "The log");
  assert.ok(!(await page.locator("audit-log-viewer").evaluate((one) => one.outerHTML)).includes("cwa_"));
  await page.assertQuiet();
  await page.leave();
});

test("a product may hand a token over by itself, and is told which view is shown", async () => {
  const page = await openProduct();
  const token = await service.token("ws_a");
  await page.evaluate((text) => (document.querySelector("audit-log-viewer").token = text), token);
  await frameOf(page).locator("a.open-link").first().waitFor();
  await frameOf(page).locator("#action").selectOption("member.invite");
  await page.waitForFunction(() => document.querySelector("audit-log-viewer").view === "?action=member.invite");
  assert.ok((await page.evaluate(() => window.events)).some(([type, view]) => type === "audit-view-change" && view === "?action=member.invite"));
  await page.locator("audit-log-viewer").evaluate((one) => one.setAttribute("view", "?page=2"));
  await frameOf(page).locator("#place", { hasText: "Page 2 of" }).waitFor();
  assert.equal(await frameOf(page).locator("#action").inputValue(), "");
  await frameOf(page).locator("a.open-link").first().click();
  await frameOf(page).locator("dialog[open] .facts").waitFor();
  await page.assertQuiet();
  await page.leave();
});

test("a file opens beside the frame, which the product's policy keeps to the log", async () => {
  const files = createServer((request, response) => response.writeHead(200, { "content-type": "text/csv", "content-disposition": 'attachment; filename="audit-log.csv"' }).end("id\r\n"));
  await new Promise((resolve) => files.listen(0, "127.0.0.1", resolve));
  const origin = `http://127.0.0.1:${files.address().port}`;
  const page = await openProduct();
  const asked = await answer(page, { list: () => ({ exports: [done()] }), one: () => done({}, addresses(origin, asked.length > 2 ? 600_000 : 0)) });
  await page.evaluate((text) => (document.querySelector("audit-log-viewer").token = text), await service.token("ws_a"));
  await frameOf(page).locator("a.open-link").first().waitFor();
  await frameOf(page).locator("#export").click();
  await frameOf(page).getByRole("button", { name: /^Show file/ }).click();
  const link = frameOf(page).getByRole("link", { name: /^Download/ });
  // The first click renews a link that has ended, the second finds it good.
  for (const calls of [3, 3]) {
    const [saved] = await Promise.all([page.waitForEvent("download"), link.click()]);
    assert.equal(saved.url(), `${origin}/fresh.csv`);
    assert.equal(asked.length, calls);
  }
  assert.equal(await frameOf(page).locator("#exports").evaluate((dialog) => dialog.open), true);
  await page.assertQuiet();
  await page.leave();
  files.closeAllConnections();
  files.close();
});

test("the product's properties reach the page, and nothing but its look", async () => {
  const page = await openProduct();
  await page.evaluate((text) => (document.querySelector("audit-log-viewer").token = text), await service.token("ws_a"));
  await frameOf(page).locator("a.open-link").first().waitFor();
  const style = () => frameOf(page).locator("body").evaluate((body) => [getComputedStyle(body).backgroundColor, getComputedStyle(document.documentElement).colorScheme]);
  await page.waitForTimeout(200);
  assert.deepEqual(await style(), ["rgb(250, 250, 240)", "light dark"]);
  await page.locator("audit-log-viewer").evaluate((one) => one.setAttribute("color-scheme", "dark"));
  await frameOf(page).locator("body").evaluate(() => new Promise((resolve) => setTimeout(resolve, 200)));
  assert.deepEqual(await style(), ["rgb(250, 250, 240)", "dark"]);
  await page.locator("audit-log-viewer").evaluate((one) => {
    one.shadowRoot.querySelector("iframe").contentWindow.postMessage({ audit: "theme", properties: { accent: "red; } body { display: none", "__proto__": "x", background: "url(https://example.com/x.png)" } }, "*");
  });
  await frameOf(page).locator("body").evaluate(() => new Promise((resolve) => setTimeout(resolve, 200)));
  assert.equal(await frameOf(page).locator("#table").isVisible(), true);
  await page.leave();
});

test("only the page around it is listened to", async () => {
  const page = await openPage();
  await page.goto(`${service.address}/v1/viewer?workspace=ws_a`);
  const token = await service.token("ws_a");
  await page.evaluate((text) => window.postMessage({ audit: "token", token: text }, "*"), token);
  await page.waitForTimeout(300);
  assert.equal(await page.locator("#message h2").innerText(), "This page opens from your product");
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
  // The product's own policy stands in the way first: what is asked here is the service's answer.
  const { headers } = await fetch(`${closed.address}/v1/viewer`);
  assert.match(headers.get("content-security-policy"), /frame-ancestors 'self'$/);
  const other = await openPage({ bypassCSP: false });
  await other.route(`${site}/`, async (route) => {
    const response = await route.fetch();
    const rest = Object.fromEntries(Object.entries(response.headers()).filter(([name]) => name !== "content-security-policy"));
    await route.fulfill({ response, headers: rest, body: `<!doctype html><html lang="en"><title>x</title><iframe src="${closed.address}/v1/viewer?workspace=ws_a"></iframe>` });
  });
  await other.goto(site);
  await other.waitForTimeout(500);
  const frame = other.frames().find((one) => one !== other.mainFrame());
  assert.deepEqual([frame.url(), await frame.locator("#filters").count()], ["chrome-error://chromewebdata/", 0]);
  await page.leave();
  await other.leave();
});
