// The link to an entry, opened in a tab that has nothing yet: how to come in, and where one is then.

import assert from "node:assert/strict";
import test, { after, before } from "node:test";
import {
  countsShown,
  entry,
  listed,
  openList,
  openPage,
  placeShown,
  seriousFindings,
  startService,
  stopAll,
  viewer,
} from "./harness.js";

/**
 * @import { Page } from "playwright-core"
 * @import { Client } from "./harness.js"
 */

/** @type {Client} */
let service;
/** @type {string} */
let token;
/** @type {string[]} */
let ids;

before(async () => {
  service = await startService();
  await service.workspace("ws_a");
  // Those from the 46th to the 65th have one time.
  const { occurred_at } = entry(46);
  const entries = Array.from({ length: 90 }, (_, at) =>
    entry(at + 1, at < 45 || at > 64 ? {} : { occurred_at }),
  );
  ids = await service.record("ws_a", entries);
  token = await service.token("ws_a");
});
after(stopAll);

/** @param {string} id */
async function openEntry(id, query = "") {
  const page = await openPage();
  await page.goto(viewer(service, "ws_a", { token, query: `entry=${id}${query}` }));
  await page.waitForSelector("dialog[open] .facts");
  return page;
}

/** @param {Page} page */
const neighbours = async (page) => [
  await page.locator("#newer").getAttribute("aria-disabled"),
  await page.locator("#older").getAttribute("aria-disabled"),
];

test("an entry that is not on the first page has newer and older ones, and its row", async () => {
  const page = await openEntry(ids[70]);
  await placeShown(page, "Page 4 ");
  await listed(page);
  assert.deepEqual(await neighbours(page), ["false", "false"]);
  const search = new URL(page.url()).searchParams;
  assert.equal(search.get("page"), "4");
  assert.equal(search.get("entry"), ids[70]);
  await page.click("#older");
  await page.waitForURL(`**/*entry=${ids[71]}`);
  await page.keyboard.press("ArrowLeft");
  await page.waitForURL(`**/*entry=${ids[70]}`);
  await page.keyboard.press("Escape");
  await page.waitForSelector(`#rows a[data-id="${ids[70]}"]:focus`);
  assert.deepEqual(await seriousFindings(page), []);
  await page.assertQuiet();
  await page.leave();
});

test("entries of the same time are found on the page after, too", async () => {
  const page = await openList(viewer(service, "ws_a", { token, query: "page=4" }));
  const id = await page.locator("#rows a.open-link").first().getAttribute("data-id");
  await page.leave();
  const other = await openEntry(id ?? "");
  await placeShown(other, "Page 4 ");
  await listed(other);
  assert.deepEqual(await neighbours(other), ["false", "false"]);
  await other.assertQuiet();
  await other.leave();
});

test("an entry on the page that the address names needs no other request", async () => {
  const page = await openPage();
  /** @type {string[]} */
  const asked = [];
  page.on("request", (request) => {
    if (request.url().includes("/entries?")) asked.push(request.url());
  });
  await page.goto(viewer(service, "ws_a", { token, query: `entry=${ids[25]}&page=2` }));
  await page.waitForSelector("dialog[open] .facts");
  await countsShown(page);
  assert.deepEqual(await neighbours(page), ["false", "false"]);
  // The page itself may be fetched once more, for what is judged meanwhile.
  const others = asked.filter((url) => !/page_size=20&page=2/.test(url));
  assert.ok(asked.length >= 1);
  assert.deepEqual(others, []);
  await page.leave();
});

test("an entry that the filters leave out is shown over their list", async () => {
  const page = await openEntry(ids[70], "&action=project.create");
  await countsShown(page);
  assert.deepEqual(await neighbours(page), ["true", "true"]);
  await page.assertQuiet();
  await page.leave();
});

test("a link to an entry without a token says how to come in, and then the entry opens", async () => {
  const page = await openPage();
  await page.goto(viewer(service, "ws_a", { query: `entry=${ids[70]}` }));
  await page.getByText("Open this page from your product").waitFor();
  await page.getByText("This link leads to an entry.").waitFor();
  assert.deepEqual(await seriousFindings(page), []);
  // The product's link leads to the log, and not to the entry.
  await page.goto(viewer(service, "ws_a", { token }));
  await page.waitForSelector("dialog[open] .facts");
  await placeShown(page, "Page 4 ");
  assert.equal(new URL(page.url()).searchParams.get("entry"), ids[70]);
  await page.keyboard.press("Escape");
  await page.waitForSelector(`#rows a[data-id="${ids[70]}"]:focus`);
  // It is wanted once.
  await page.goto(`${service.address}/v1/health`);
  await page.goto(viewer(service, "ws_a", { token }));
  await listed(page);
  assert.equal(await page.locator("dialog[open]").count(), 0);
  await page.leave();
});
