// The page where there is little room: nothing scrolls sideways, and unusual names stay in place.

import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import test, { after, before } from "node:test";
import {
  boxOf,
  entry,
  listed,
  openPage,
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
const NARROW = { viewport: { width: 320, height: 640 } };
/** What 400 % makes of a window of 1,280 by 1,024. */
const ZOOMED = { viewport: { width: 320, height: 256 }, deviceScaleFactor: 4 };
const STACKED = `Z${"\u0335\u0327\u0301\u0302".repeat(40)}algo`;
const UNBROKEN = "w".repeat(200);

/** @type {Client} */
let service;
/** @type {string} */
let token;
/** @type {string[]} */
let ids;

before(async () => {
  if (FOLDER) await mkdir(FOLDER, { recursive: true });
  service = await startService();
  await service.workspace("ws_n");
  /** @param {string} name */
  const named = (name) => ({
    actor: { type: "user", id: `usr_${name.slice(0, 3).trim()}`, name, email: "a@example.com" },
    target: { type: "project", id: `prj_${UNBROKEN}`, name },
    action: "project.update",
  });
  ids = await service.record("ws_n", [
    entry(1, { ...named("   Leading blanks"), outcome: "denied", reason: "r" }),
    entry(2, named(STACKED)),
    entry(3, {
      ...named(UNBROKEN),
      targets: [{ type: "project", id: "prj_2", name: UNBROKEN }],
      ip_address: "2001:db8:1111:2222:3333:4444:5555:6666",
      user_agent: UNBROKEN,
      location: UNBROKEN,
      metadata: { [`m${"k".repeat(38)}`]: UNBROKEN, short: "s" },
      old_value: { role: "viewer", text: UNBROKEN, gone: 1, [UNBROKEN]: { deep: [[[1]]] } },
      new_value: { role: "admin", text: `${UNBROKEN}!`, here: 2, [UNBROKEN]: { deep: [[[2]]] } },
    }),
    entry(4, { actor: { type: "api_key", id: UNBROKEN }, on_behalf_of: { type: "user", id: "u" } }),
    ...Array.from({ length: 30 }, (_, index) => entry(index + 5)),
  ]);
  token = await service.token("ws_n");
});
after(stopAll);

/**
 * Opens the list, or the entry of that place.
 *
 * @param {BrowserContextOptions} options
 * @param {number} [at]
 */
async function open(options, at) {
  const page = await openPage(options);
  const query = at === undefined ? "" : `entry=${ids[at]}`;
  await page.goto(viewer(service, "ws_n", { token, query }));
  await listed(page);
  if (at !== undefined) await page.waitForSelector("dialog[open] .facts");
  return page;
}

/**
 * @param {Page} page
 * @param {string} name
 */
async function picture(page, name, fullPage = false) {
  if (!FOLDER) return;
  await page.screenshot({ path: `${FOLDER}/${name}.png`, fullPage, animations: "disabled" });
}

/**
 * What is wider than the page or the dialog, or sticks out of its cell.
 *
 * @param {Page} page
 */
const sticking = (page) =>
  page.evaluate(() => {
    const said = [];
    const { documentElement: root } = document;
    if (root.scrollWidth > innerWidth) said.push(`page: ${root.scrollWidth}`);
    for (const box of document.querySelectorAll("main, dialog[open] .sheet-body, .diff, #filters"))
      if (box.scrollWidth > box.clientWidth + 1)
        said.push(`${box.id || box.className}: ${box.scrollWidth} of ${box.clientWidth}`);
    for (const one of document.querySelectorAll("input, select, button, time, #pager *, .field")) {
      const { left, right, width } = one.getBoundingClientRect();
      const isCut = one.closest(".hidden, td") !== null;
      if (width > 1 && !isCut && (left < -1 || right > innerWidth + 1))
        said.push(`${one.id || one.className || one.tagName}: ${left} to ${right}`);
    }
    return said;
  });

/**
 * The cells of the list whose text is drawn outside of them, with what they have clipped.
 *
 * @param {Page} page
 */
const outside = (page) =>
  page.evaluate(() => {
    const said = [];
    for (const cell of document.querySelectorAll("#rows td")) {
      if (getComputedStyle(cell).display === "none") continue;
      const isClipped = getComputedStyle(cell).overflow !== "visible";
      const box = cell.getBoundingClientRect();
      for (const one of cell.querySelectorAll("*")) {
        const { left, right, top, bottom, width } = one.getBoundingClientRect();
        const isOut = left < box.left - 1 || right > box.right + 1;
        if (width > 1 && !isClipped && (isOut || top < box.top - 1 || bottom > box.bottom + 1))
          said.push(`${cell.className}: ${one.className || one.tagName}`);
      }
      if (!isClipped && cell.scrollWidth > cell.clientWidth + 1) said.push(cell.className);
    }
    return said;
  });

for (const [name, options] of /** @type {[string, BrowserContextOptions][]} */ ([
  ["320", NARROW],
  ["400%", ZOOMED],
]))
  test(`nothing scrolls sideways and no dates overlap: ${name}`, async () => {
    const page = await open(options);
    await picture(page, `narrow-list-${name}`);
    await picture(page, `narrow-list-whole-${name}`, true);
    assert.deepEqual(await sticking(page), []);
    const [from, to] = await Promise.all(["#from", "#to"].map((one) => boxOf(page.locator(one))));
    assert.ok(from.x + from.width <= to.x || from.y + from.height <= to.y, "from and to");
    assert.ok(from.width >= 130, `a date of ${from.width} px is cut`);
    assert.deepEqual(await outside(page), []);
    const address = page.locator("#rows td.ip", { hasText: /^203\.0\.113\.7$/ }).first();
    assert.ok((await boxOf(address)).height < 30, "a common address is one line");
    assert.deepEqual(await seriousFindings(page), []);
    await page.leave();
    const opened = await open(options, 2);
    await picture(opened, `narrow-entry-${name}`);
    assert.deepEqual(await sticking(opened), []);
    const body = opened.locator("#entry-body");
    await body.evaluate((one) => one.scrollTo(0, one.scrollHeight));
    await picture(opened, `narrow-entry-end-${name}`);
    assert.deepEqual(await seriousFindings(opened), []);
    await opened.assertQuiet();
    await opened.leave();
  });

for (const width of [320, 700, 1_000, 1_280])
  test(`unusual names stay inside their cell: ${width}`, async () => {
    const page = await open({ viewport: { width, height: 800 } });
    await picture(page, `names-${width}`);
    assert.deepEqual(await outside(page), []);
    assert.deepEqual(await sticking(page), []);
    const rows = await page.locator("#rows tr").evaluateAll((all) =>
      all.slice(0, 4).map((row) => {
        const { top, bottom } = row.getBoundingClientRect();
        const cut = [...row.querySelectorAll("td.user, td.target")].map(
          (cell) => getComputedStyle(cell).overflow,
        );
        return { height: bottom - top, cut };
      }),
    );
    for (const { cut } of rows) assert.deepEqual(cut, ["hidden", "hidden"]);
    const name = page.locator("#rows td.user .pick").first();
    assert.equal(
      await name.evaluate((one) => getComputedStyle(one).whiteSpaceCollapse),
      "preserve",
    );
    await page.assertQuiet();
    await page.leave();
  });
