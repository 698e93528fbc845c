// The menus in which one chooses several actions or types: with the mouse and by keyboard, only
// these and all but these, in the address, in exports and where the list is empty.

import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import test, { after, before } from "node:test";
import {
  choose,
  chosenIn,
  column,
  countsShown,
  entry,
  focusedId,
  listed,
  offeredIn,
  openList,
  openPage,
  rowsShown,
  seriousFindings,
  startService,
  stopAll,
  viewer,
} from "./harness.js";

/**
 * @import { BrowserContextOptions, Page } from "playwright-core"
 * @import { Client } from "./harness.js"
 */

const FOLDER = process.env.SCREENSHOTS;

/** @type {Client} */
let service;
/** @type {string} */
let token;

before(async () => {
  service = await startService();
  const { actions, target_types } = await service.catalog();
  await service.setCatalog({
    unknown_actions: "accept",
    actions: actions.filter((action) => !action.service),
    target_types,
  });
  await service.workspace("ws_c");
  await service.record("ws_c", [
    entry(1),
    entry(2),
    entry(3, { action: "member.remove" }),
    entry(4, { action: "settings.update", target: { type: "settings", id: "set_1" } }),
    entry(5, { action: "project.update", target: { type: "project", id: "prj_1" } }),
  ]);
  token = await service.token("ws_c");
  if (FOLDER) await mkdir(FOLDER, { recursive: true });
});
after(stopAll);

/**
 * @param {string} [query]
 * @param {BrowserContextOptions} [options]
 */
async function open(query = "", options = {}) {
  return openList(viewer(service, "ws_c", { token, query }), options);
}

/**
 * @param {Page} page
 * @param {string} name
 */
const parameter = (page, name) => new URL(page.url()).searchParams.get(name);

/** @param {Page} page */
const button = (page) => page.locator("#action");

/** @param {Page} page */
const list = (page) => page.locator("#action-list");

test("several actions are checked one after the other while the list stays open", async () => {
  const page = await open();
  await countsShown(page);
  await button(page).click();
  await list(page).getByText("Member invited (2)").click();
  await rowsShown(page, 2);
  assert.equal(parameter(page, "action"), "member.invite");
  assert.equal(await button(page).innerText(), "Member invited");
  assert.equal(await list(page).isVisible(), true);
  await list(page).getByText("Member removed (1)").click();
  await list(page).getByText("Settings updated (1)").click();
  await rowsShown(page, 4);
  assert.equal(parameter(page, "action"), "member.invite,member.remove,settings.update");
  assert.equal(await button(page).innerText(), "Member invited + 2");
  assert.equal(
    await button(page).getAttribute("title"),
    "Member invited, Member removed, Settings updated",
  );
  // What is below opens by one click, which closes the list.
  await page.locator("#rows td.time").last().click();
  await page.waitForSelector("dialog[open] .facts");
  assert.equal(await list(page).isVisible(), false);
  await page.goBack();
  await page.goBack();
  await rowsShown(page, 2);
  assert.equal(await button(page).innerText(), "Member invited");
  await page.goForward();
  await rowsShown(page, 4);
  await page.reload();
  await rowsShown(page, 4);
  assert.equal(await button(page).innerText(), "Member invited + 2");
  await button(page).click();
  await list(page).getByRole("button", { name: "Clear" }).click();
  await page.waitForFunction(() => !location.search.includes("action="));
  assert.equal(await button(page).innerText(), "All actions");
  await page.assertQuiet();
  await page.leave();
});

test("all but some are listed, also from an address, and what the service says is shown", async () => {
  const page = await open("from=2020-01-01");
  await countsShown(page);
  const total = await page.locator("#rows a.open-link").count();
  await button(page).click();
  await list(page).getByLabel("All but these").check();
  await list(page).getByText("Member invited (2)").click();
  await rowsShown(page, total - 2);
  assert.equal(parameter(page, "action"), "-member.invite");
  assert.equal(await button(page).innerText(), "All but Member invited");
  await list(page).getByText("Member removed (1)").click();
  await rowsShown(page, total - 3);
  assert.equal(parameter(page, "action"), "-member.invite,-member.remove");
  assert.equal(await button(page).innerText(), "All but Member invited + 1");
  // The other way round, they are the only ones.
  await list(page).getByLabel("Only these").check();
  await rowsShown(page, 3);
  assert.equal(parameter(page, "action"), "member.invite,member.remove");
  await page.goBack();
  await rowsShown(page, total - 3);
  await page.reload();
  await rowsShown(page, total - 3);
  assert.equal(await button(page).innerText(), "All but Member invited + 1");
  await choose(page, "action");
  await rowsShown(page, total);
  await page.goto(
    viewer(service, "ws_c", { token, query: "target_type=-member,-settings,-project" }),
  );
  await listed(page);
  assert.equal(await chosenIn(page, "target_type"), "-member,-settings,-project");
  assert.ok(!(await column(page, "type")).includes("Member"));
  await page.assertQuiet();
  await page.goto(viewer(service, "ws_c", { token, query: "action=-member.invite,member.remove" }));
  await page.getByText("These filters cannot be used").waitFor();
  await page.leave();
});

test("the menu is used by keyboard alone, and Esc gives the focus back", async () => {
  const page = await open();
  await countsShown(page);
  await button(page).focus();
  await page.keyboard.press("Enter");
  assert.equal(await button(page).getAttribute("aria-expanded"), "true");
  /** @returns {Promise<string | null | undefined>} */
  const at = () => page.evaluate(() => document.activeElement?.getAttribute("value"));
  const names = await list(page)
    .locator(".choices input")
    .evaluateAll((all) => all.map((one) => one.getAttribute("value")));
  assert.equal(await at(), names[0]);
  await page.keyboard.press("Space");
  await page.keyboard.press("ArrowDown");
  assert.equal(await at(), names[1]);
  await page.keyboard.press("Space");
  await page.waitForFunction(() => location.search.includes("%2C"));
  await listed(page);
  assert.equal(parameter(page, "action"), `${names[0]},${names[1]}`);
  assert.equal(await at(), names[1], "the focus stays where it is as the counts come");
  await page.keyboard.press("ArrowUp");
  await page.keyboard.press("ArrowUp");
  assert.equal(await at(), names[0]);
  await page.keyboard.press("Escape");
  assert.equal(await list(page).isVisible(), false);
  assert.equal(await focusedId(page), "action");
  // Enter checks and closes: one action with two keys.
  await choose(page, "action");
  await page.waitForFunction(() => !location.search.includes("action="));
  await button(page).press("ArrowDown");
  await page.keyboard.press("Enter");
  assert.equal(await focusedId(page), "action");
  await page.waitForFunction(() => location.search.includes("action="));
  assert.equal(parameter(page, "action"), names[0]);
  // Tab leaves the menu, which closes, and the arrows do not move through the rows.
  await button(page).press("ArrowDown");
  await page.focus("#actor");
  assert.equal(await list(page).isVisible(), false);
  // A menu has a name, and its list, too.
  const snapshot = await page.locator("#filters").ariaSnapshot();
  assert.match(snapshot, /button "Action Settings updated"/);
  await button(page).click();
  assert.match(await page.locator("#filters").ariaSnapshot(), /group "Action"/);
  await page.assertQuiet();
  await page.leave();
});

test("names that the catalogue does not have stay shown, and so does what is not among the entries", async () => {
  const page = await open("action=member.invite,gone.away");
  assert.equal(await button(page).innerText(), "Member invited + 1");
  await countsShown(page);
  assert.ok((await offeredIn(page, "action")).includes("gone.away (0)"));
  await page.assertQuiet();
  await page.leave();
});

test("no more than fifty are checked, which is said", async () => {
  const page = await openPage();
  await page.route(/\/facets/, async (route) => {
    const response = await route.fetch();
    const json = await response.json();
    json.actions = Array.from({ length: 60 }, (_, at) => ({ name: `deed.${at}`, count: 1 }));
    await route.fulfill({ response, json });
  });
  const names = Array.from({ length: 49 }, (_, at) => `-deed.${at}`).join(",");
  await page.goto(viewer(service, "ws_c", { token, query: `action=${names}` }));
  await listed(page);
  await countsShown(page);
  await button(page).click();
  assert.equal(await list(page).getByText("No more than 50 at once.").count(), 0);
  await list(page).getByText("deed.55 (1)").click();
  await list(page).getByText("No more than 50 at once.").waitFor();
  assert.equal(await list(page).locator(".choices input:disabled").count(), 10);
  await list(page).getByText("deed.55 (1)").click();
  assert.equal(await list(page).locator(".choices input:disabled").count(), 0);
  await page.leave();
});

test("an open entry leads to the list of its action, and to the one without it", async () => {
  const page = await open();
  const total = await page.locator("#rows a.open-link").count();
  await page.locator("#rows tr", { hasText: "Member removed" }).locator("a.open-link").click();
  await page.getByRole("button", { name: "Leave this action out: Member removed" }).click();
  await rowsShown(page, total - 1);
  assert.equal(parameter(page, "action"), "-member.remove");
  await page.locator("#rows tr", { hasText: "Settings updated" }).locator("a.open-link").click();
  await page.getByRole("button", { name: "Leave this action out: Settings updated" }).click();
  await rowsShown(page, total - 2);
  assert.equal(parameter(page, "action"), "-member.remove,-settings.update");
  await page.locator("#rows tr", { hasText: "Member invited" }).first().locator("a").click();
  await page.getByRole("button", { name: "Show only this action: Member invited" }).click();
  await rowsShown(page, 2);
  // Of this action alone nothing is left without it, so it is all others.
  await page.locator("a.open-link").first().click();
  await page.getByRole("button", { name: "Leave this action out: Member invited" }).click();
  await rowsShown(page, total - 2);
  assert.equal(parameter(page, "action"), "-member.invite");
  await page.assertQuiet();
  await page.leave();
});

test("the panel of exports, a file, and an empty list name what is chosen", async () => {
  const page = await open("action=-member.invite,-member.remove&outcome=-denied");
  assert.equal(await page.locator("#outcome option:checked").innerText(), "All but Denied");
  await page.click("#export");
  assert.deepEqual(await page.locator("#export-choice .chip").allInnerTexts(), [
    "Action: All but Member invited, Member removed",
    "Outcome: All but Denied",
  ]);
  await page.click("#export-start");
  await page.getByText("Done", { exact: true }).waitFor();
  assert.match(
    await page.locator("#exports-list .chips").innerText(),
    /Action: All but Member invited, Member removed/,
  );
  await page.goto(
    viewer(service, "ws_c", { token, query: "action=member.invite,member.remove&outcome=denied" }),
  );
  await page.getByText("No entries match these filters").waitFor();
  assert.deepEqual(await page.locator("#message .chip").allInnerTexts(), [
    "Action: Member invited, Member removed",
    "Outcome: Denied",
  ]);
  await page.assertQuiet();
  await page.leave();
});

/** @type {[name: string, options: BrowserContextOptions][]} */
const LOOKS = [
  ["light", {}],
  ["dark", { colorScheme: "dark" }],
  ["forced", { forcedColors: "active" }],
  ["german", { locale: "de-DE" }],
  ["medium", { viewport: { width: 1_000, height: 800 } }],
  ["narrow", { viewport: { width: 320, height: 640 } }],
];

for (const [name, options] of LOOKS) {
  test(`the open menu can be read, and stays inside the page: ${name}`, async () => {
    const page = await open("action=-member.invite,-project.update", options);
    await countsShown(page);
    for (const id of /** @type {const} */ (["action", "target_type"])) {
      await page.click(`#${id}`);
      assert.deepEqual(await seriousFindings(page), []);
      assert.equal(
        await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth),
        true,
      );
      const box = await page.locator(`#${id}-list`).boundingBox();
      assert.ok(box && box.x >= 0 && box.x + box.width <= (page.viewportSize()?.width ?? 0));
      if (FOLDER) await page.screenshot({ path: `${FOLDER}/choices-${id}-${name}.png` });
      await page.keyboard.press("Escape");
    }
    await page.assertQuiet();
    await page.leave();
  });
}
