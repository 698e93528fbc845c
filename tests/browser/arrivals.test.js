// The line that says how many entries have arrived. The list does not move for it.

import assert from "node:assert/strict";
import test, { after, before } from "node:test";
import {
  countsShown,
  entry,
  listed,
  listedIds,
  openPage,
  seriousFindings,
  startService,
  stopAll,
  viewer,
} from "./harness.js";

/**
 * @import { BrowserContextOptions } from "playwright-core"
 * @import { Client } from "./harness.js"
 */

const FOLDER = process.env.SCREENSHOTS;
const MINUTE = 60_000;
/** @type {Client} */
let service;
/** @type {string} */
let token;
let recorded = 0;

before(async () => {
  service = await startService();
  await service.workspace("ws_a");
  await record(45, 100);
  token = await service.token("ws_a");
});
after(stopAll);

/** @param {number} count */
async function record(count, minutes = 0, changes = {}) {
  const entries = Array.from({ length: count }, () =>
    entry(minutes, { target: { type: "member", id: `mbr_${(recorded += 1)}` }, ...changes }),
  );
  await service.record("ws_a", entries);
}

/** @param {BrowserContextOptions} options */
async function open(query = "", options = {}) {
  const page = await openPage(options);
  await page.clock.install();
  await page.goto(viewer(service, "ws_a", { token, query }));
  await listed(page);
  await countsShown(page);
  return page;
}

test("new entries are counted, and nothing moves until one refreshes", async () => {
  for (const [width, locale, words] of /** @type {const} */ ([
    [1_280, "en-GB", "3 new entries"],
    [320, "de-DE", "3 neue Einträge"],
  ])) {
    const page = await open("", { viewport: { width, height: 800 }, locale });
    const line = page.locator("#arrived");
    const ids = await listedIds(page);
    const boxes = () =>
      page.evaluate(() =>
        ["#filters", "#total", "#table", "#rows tr:last-child"].map((one) =>
          document.querySelector(one)?.getBoundingClientRect().toJSON(),
        ),
      );
    const before = await boxes();
    await record(3);
    assert.equal(await line.isVisible(), false);
    await page.clock.runFor(1.1 * MINUTE);
    await line.getByText(words, { exact: true }).waitFor();
    assert.deepEqual(await boxes(), before);
    assert.deepEqual(await listedIds(page), ids);
    assert.deepEqual(await seriousFindings(page), []);
    if (FOLDER) await page.screenshot({ path: `${FOLDER}/arrived-${width}.png` });
    await line.click();
    await page.waitForFunction(
      (first) => document.querySelectorAll("a.open-link")[3]?.getAttribute("data-id") === first,
      ids[0],
    );
    assert.equal(await line.isVisible(), false);
    assert.equal(await page.evaluate(() => document.activeElement?.id), "refresh");
    await page.assertQuiet();
    await page.leave();
  }
});

test("only what the filters find is counted, also if it happened earlier", async () => {
  const page = await open("action=project.create");
  await record(2);
  await record(1, 1_000, { action: "project.create" });
  await page.clock.runFor(1.1 * MINUTE);
  await page.getByText("1 new entry", { exact: true }).waitFor();
  await page.leave();
  const whole = await open();
  await record(30);
  await whole.clock.runFor(1.1 * MINUTE);
  await whole.getByText("20 or more new entries", { exact: true }).waitFor();
  await whole.leave();
});

test("it asks about the first page only, less and less often, and while the list is seen", async () => {
  const page = await open();
  let asked = 0;
  // The page that is shown may be fetched once more, for what is judged meanwhile.
  page.on("request", (request) => (asked += Number(/\/entries\?(?!.*page=)/.test(request.url()))));
  const answered = () => page.waitForResponse(/\/entries\?(?!.*page=)/);
  const first = answered();
  await page.clock.runFor(1.1 * MINUTE);
  await first;
  await page.clock.runFor(1.1 * MINUTE);
  assert.equal(asked, 1);
  const second = answered();
  await page.clock.runFor(1.1 * MINUTE);
  await second;
  await page.locator("a.open-link").first().click();
  await page.waitForSelector("dialog[open] .facts");
  await page.clock.runFor(30 * MINUTE);
  assert.equal(asked, 2);
  await page.keyboard.press("Escape");
  await page.waitForFunction(() => document.querySelector("dialog[open]") === null);
  const third = answered();
  await page.clock.runFor(10 * MINUTE);
  await third;
  await page.click("#next");
  await page.waitForFunction(() =>
    document.getElementById("place").textContent.startsWith("Page 2"),
  );
  await listed(page);
  asked = 0;
  await page.clock.runFor(60 * MINUTE);
  assert.equal(asked, 0);
  await page.assertQuiet();
  await page.leave();
});

test("a refusal of what nobody asked for changes nothing", async () => {
  const page = await open();
  await page.route(/\/entries\?/, (route) => route.fulfill({ status: 401, json: {} }));
  const refused = page.waitForResponse(/\/entries\?/);
  await page.clock.runFor(1.1 * MINUTE);
  await refused;
  await page.clock.runFor(60 * MINUTE);
  assert.equal(await page.locator("#message").isVisible(), false);
  assert.equal(await page.locator("a.open-link").count(), 20);
  await page.unroute(/\/entries\?/);
  await page.click("#next");
  await page.waitForFunction(() =>
    document.getElementById("place").textContent.startsWith("Page 2"),
  );
  await page.leave();
});
