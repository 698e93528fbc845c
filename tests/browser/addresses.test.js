// The field "IP address": an address, a range, and what is found by its beginning.

import assert from "node:assert/strict";
import test, { after, before } from "node:test";
import {
  directoryHas,
  entry,
  listed,
  offeredIn,
  openList,
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

/** @type {Client} */
let service;
/** @type {string} */
let token;

before(async () => {
  service = await startService();
  await service.workspace("ws_where", "enterprise");
  const other = { type: "user", id: "usr_alan", name: "Alan Turing" };
  await service.record("ws_where", [
    ...Array.from({ length: 25 }, (_, index) => entry(index + 1)),
    entry(100, { ip_address: "198.51.100.9" }),
    entry(101, { ip_address: "198.51.100.9", actor: other }),
    entry(102, { ip_address: "198.51.100.77" }),
    entry(103, { ip_address: "2001:db8::1" }),
  ]);
  token = await service.token("ws_where");
  await directoryHas(service, "ws_where", "addresses", 4);
});
after(stopAll);

/** @param {BrowserContextOptions} options */
async function open(query = "", options = {}) {
  return openList(viewer(service, "ws_where", { token, query }), options);
}

/** @param {Page} page */
const options = (page) => page.locator("#address-options [role=option]");
/** @param {Page} page */
const addressIn = (page) => new URL(page.url()).searchParams.get("ip_address");

test("addresses are found by their beginning, with who used them and when", async () => {
  const page = await open();
  const field = page.getByRole("combobox", { name: "IP address" });
  await field.pressSequentially("198.51");
  await options(page).nth(1).waitFor();
  const [first, second] = await options(page).allInnerTexts();
  assert.match(first, /^198\.51\.100\.9\nUsed by 2, last on \d+ \w+ \d{4}, \d\d:\d\d$/);
  assert.match(second, /^198\.51\.100\.77\nUsed by 1, /);
  assert.deepEqual(await seriousFindings(page), []);
  const sideways = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
  assert.ok(sideways <= 0, "the list of the last field of a line");
  await field.press("ArrowDown");
  await field.press("Enter");
  await rowsShown(page, 2);
  assert.equal(addressIn(page), "198.51.100.9");
  assert.equal(await field.inputValue(), "198.51.100.9");
  await page.reload();
  await listed(page);
  assert.equal(await field.inputValue(), "198.51.100.9");
  assert.equal(await page.locator("#rows tr").count(), 2);
  // The menus do not count what was done from one address.
  assert.ok(!(await offeredIn(page, "action")).some((text) => text.includes("(")));
  await page.click("#clear");
  await rowsShown(page, 20);
  assert.equal(await field.inputValue(), "");
  await page.goBack();
  await rowsShown(page, 2);
  assert.equal(await field.inputValue(), "198.51.100.9");
  await page.assertQuiet();
  await page.leave();
});

test("an address or a range is taken as it is typed, also when one leaves the field", async () => {
  const page = await open();
  for (const [typed, rows] of /** @type {const} */ ([
    ["198.51.100.0/24", 3],
    ["2001:DB8::/32", 1],
    ["198.51.100.77", 1],
  ])) {
    await page.fill("#address", typed);
    await page.press("#address", "Enter");
    await rowsShown(page, rows);
    assert.equal(addressIn(page), typed);
  }
  await page.fill("#address", " 198.51.100.0/25 ");
  await page.focus("#target");
  await rowsShown(page, 3);
  assert.equal(await page.inputValue("#address"), "198.51.100.0/25");
  await page.fill("#address", "203.0");
  await page.focus("#target");
  assert.equal(await page.inputValue("#address"), "198.51.100.0/25");
  await page.fill("#address", "");
  await page.press("#address", "Enter");
  await rowsShown(page, 20);
  await page.assertQuiet();
  await page.leave();
});

test("what is no address is said in words before anything is sent", async () => {
  for (const [locale, words, none] of [
    [
      "en-GB",
      "This is no IP address. Type one such as 203.0.113.7",
      "No address in this log begins so",
    ],
    ["de-DE", "Das ist keine IP-Adresse.", "Keine Adresse in diesem Log beginnt so"],
  ]) {
    const page = await open("", { locale, viewport: { width: 320, height: 640 } });
    /** @type {string[]} */
    const asked = [];
    page.on("request", (request) => {
      const url = new URL(request.url());
      if (/addresses|entries/.test(url.pathname)) asked.push(url.search);
    });
    const below = page.locator(".lookup:has(#address) .below");
    for (const typed of ["203.0.113.0/33", "203.0.113.300", "home", "1.2.3.4/24/8", "::/129"]) {
      await page.fill("#address", typed);
      await page.press("#address", "Enter");
      await below.filter({ hasText: words }).waitFor();
      await page.press("#address", "Escape");
    }
    assert.deepEqual(asked, []);
    assert.equal(addressIn(page), null);
    await page.fill("#address", "9.9.9");
    await page.press("#address", "Enter");
    await below.filter({ hasText: none }).waitFor();
    assert.deepEqual(await seriousFindings(page), []);
    const sideways = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    assert.ok(sideways <= 0);
    await page.assertQuiet();
    await page.leave();
  }
  const page = await open("ip_address=nowhere");
  assert.match(await page.locator("#message").innerText(), /This is no IP address/);
  await page.locator("#message").getByRole("button", { name: "Clear filters" }).click();
  await rowsShown(page, 20);
  await page.leave();
});

test("the panel of exports says from where, and sends it", async () => {
  const page = await open("ip_address=198.51.100.0/24");
  await page.click("#export");
  assert.deepEqual(await page.locator("#export-choice .chip").allInnerTexts(), [
    "IP address: 198.51.100.0/24",
  ]);
  const asked = page.waitForRequest((request) => request.method() === "POST");
  await page.click("#export-start");
  assert.equal((await asked).postDataJSON().ip_address, "198.51.100.0/24");
  await page.locator("#exports-list .chip", { hasText: "198.51.100.0/24" }).waitFor();
  await page.assertQuiet();
  await page.leave();
});

test("the words in the filters' fields are whole at 1,280 pixels", async () => {
  for (const locale of ["en-GB", "de-DE"]) {
    const page = await open("", { locale });
    for (const id of ["actor", "target", "address"]) {
      const [width, room] = await page.locator(`#${id}`).evaluate((field) => {
        const style = getComputedStyle(field);
        const canvas = document.createElement("canvas").getContext("2d");
        if (canvas === null || !(field instanceof HTMLInputElement)) throw new Error("no field");
        canvas.font = style.font;
        const inner = field.clientWidth - parseFloat(style.paddingLeft) * 2;
        return [canvas.measureText(field.placeholder).width, inner];
      });
      assert.ok(width <= room, `${id}: ${width} in ${room}`);
    }
    await page.leave();
  }
});
