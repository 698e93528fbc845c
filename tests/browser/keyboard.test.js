// What the keyboard does: the stops of Tab, the keys of a row, the skip link, and the help.

import assert from "node:assert/strict";
import test, { after, before } from "node:test";
import {
  choose,
  column,
  entry,
  focusedId,
  listed,
  listedIds,
  openList,
  seriousFindings,
  startService,
  stopAll,
  viewer,
} from "./harness.js";

/**
 * @import { BrowserContextOptions, Page } from "playwright-core"
 * @import { Client } from "./harness.js"
 */

/** @type {Client} */
let service;
/** @type {string} */
let token;

before(async () => {
  service = await startService();
  await service.workspace("ws_a");
  const alan = { type: "user", id: "usr_alan", name: "Alan Turing" };
  const apollo = { type: "project", id: "prj_apollo", name: "Apollo" };
  await service.record("ws_a", [
    entry(1),
    entry(2, { actor: alan, target: apollo, action: "project.update" }),
    entry(3, { target: apollo, action: "project.create" }),
    ...Array.from({ length: 20 }, (_, index) => entry(index + 10)),
  ]);
  token = await service.token("ws_a");
});
after(stopAll);

/** @param {BrowserContextOptions} options */
async function open(options = {}, query = "to=2100-01-01") {
  return openList(viewer(service, "ws_a", { token, query }), options);
}

/** @param {Page} page */
const focusedEntry = (page) =>
  page.evaluate(() => document.activeElement?.getAttribute("data-id") ?? null);

test("a row is one stop of the Tab key", async () => {
  const page = await open();
  const ids = await listedIds(page);
  await page.focus("#zone");
  for (const id of ids.slice(0, 5)) {
    await page.keyboard.press("Tab");
    assert.equal(await focusedEntry(page), id);
  }
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Shift+Tab");
  assert.equal(await focusedEntry(page), ids[4]);
  await page.keyboard.press("End");
  assert.equal(await focusedEntry(page), ids[19]);
  await page.keyboard.press("Home");
  assert.equal(await focusedEntry(page), ids[0]);
  const outline = await page
    .locator("#rows tr")
    .first()
    .evaluate((row) => getComputedStyle(row).outlineStyle);
  assert.equal(outline, "solid", "the whole row shows the focus");
  await page.assertQuiet();
  await page.leave();
});

test("keys of a row lead to its user, address or target, and the focus stays in the list", async () => {
  const page = await open({}, "action=project.update");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("a");
  await page.getByRole("dialog", { name: "203.0.113.7" }).waitFor();
  await page.keyboard.press("Escape");
  await page.waitForFunction(() => document.activeElement?.hasAttribute("data-id"));
  await page.keyboard.press("u");
  await page.keyboard.press("Enter");
  await page.waitForURL(/actor_id=usr_alan/);
  await listed(page);
  await choose(page, "action");
  await listed(page);
  await page.locator("a.open-link").focus();
  await page.keyboard.press("t");
  await page.waitForURL(/target_id=prj_apollo/);
  await page.waitForFunction(() => document.activeElement?.hasAttribute("data-id"));
  assert.deepEqual(await column(page, "action"), ["Project updated"]);
  await page.goBack();
  await page.goBack();
  await page.goBack();
  await page.waitForFunction(() => !location.search.includes("actor_id"));
  // Without a row, and in a field, these keys are letters.
  await page.focus("#refresh");
  await page.keyboard.press("u");
  await page.focus("#actor");
  await page.keyboard.press("t");
  assert.equal(await page.inputValue("#actor"), "t");
  assert.ok(!page.url().includes("actor_id"));
  await page.assertQuiet();
  await page.leave();
});

test("the first stop of the Tab key skips to the entries", async () => {
  const page = await open();
  const [first] = await listedIds(page);
  await page.keyboard.press("Tab");
  assert.equal(await focusedId(page), "skip");
  assert.equal(await page.locator("#skip").isVisible(), true);
  assert.deepEqual(await seriousFindings(page), []);
  await page.keyboard.press("Enter");
  assert.equal(await focusedEntry(page), first);
  assert.ok(!page.url().includes("#"));
  await page.goto(viewer(service, "ws_a", { token, query: "action=api_key.revoke" }));
  await listed(page);
  await page.locator("#skip").focus();
  await page.keyboard.press("Enter");
  assert.equal(await focusedId(page), "results");
  await page.assertQuiet();
  await page.leave();
});

test("a question mark or a button shows what the keys do", async () => {
  for (const [options, title] of /** @type {[BrowserContextOptions, string][]} */ ([
    [{}, "Keyboard"],
    [{ locale: "de-DE", colorScheme: "dark", viewport: { width: 320, height: 700 } }, "Tastatur"],
  ])) {
    const page = await open(options);
    await page.keyboard.press("?");
    const help = page.getByRole("dialog", { name: title });
    await help.waitFor();
    const caps = await help.locator("kbd").allInnerTexts();
    for (const key of ["↑", "←", "Enter", "Esc", "U", "A", "T", "?"])
      assert.ok(caps.includes(key), key);
    assert.deepEqual(await seriousFindings(page), []);
    // The keys of the page behind do nothing.
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("Escape");
    await help.waitFor({ state: "hidden" });
    assert.ok(!page.url().includes("page="));
    await page.locator("a.open-link").first().click();
    await page.waitForSelector("dialog .facts");
    await page.keyboard.press("?");
    await help.waitFor();
    await page.keyboard.press("Escape");
    await help.waitFor({ state: "hidden" });
    assert.equal(await page.locator("#entry").isVisible(), true, "it lies over the entry");
    await page.keyboard.press("Escape");
    await page.waitForFunction(() => !document.getElementById("entry").open);
    await page.click("#keys");
    await help.waitFor();
    await page.assertQuiet();
    await page.leave();
  }
});

test("the keys of one character can be turned off, and stay so", async () => {
  const page = await open();
  await page.click("#keys");
  await page.locator("#single-keys").uncheck();
  await page.keyboard.press("Escape");
  await page.reload();
  await listed(page);
  await page.keyboard.press("?");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("u");
  assert.equal(await page.locator("#help").isVisible(), false);
  assert.equal(new URL(page.url()).searchParams.get("actor_id"), null);
  assert.notEqual(await focusedEntry(page), null, "the arrows work");
  await page.click("#keys");
  await page.locator("#single-keys").check();
  await page.keyboard.press("Escape");
  await page.keyboard.press("?");
  assert.equal(await page.locator("#help").isVisible(), true);
  await page.leave();
});
