// The panel about a user or an address: what it says, where it comes from and leads to, and what
// happens to it when the token ends or the list changes under it.

import assert from "node:assert/strict";
import test, { after, before } from "node:test";
import {
  choose,
  directoryHas,
  entry,
  focusedId,
  listed,
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
let first = "";

const DAY_MS = 86_400_000;
/** @type {(days: number, hour: number) => { occurred_at: string }} */
const at = (days, hour) => {
  const day = new Date(Date.now() - days * DAY_MS).toISOString().slice(0, 10);
  return { occurred_at: `${day}T${String(hour).padStart(2, "0")}:30:00.000Z` };
};
const eve = {
  type: "user",
  id: "usr_eve",
  name: "Eve <b>Moneypenny</b>",
  email: "eve@example.com",
};
const robot = { type: "api_key", id: "key/7", name: "Robot" };

before(async () => {
  service = await startService();
  await service.workspace("ws_about", "enterprise");
  [first] = await service.record("ws_about", [
    entry(0, { ...at(1, 8), actor: eve, ip_address: "203.0.113.7" }),
    entry(0, { ...at(1, 9), actor: eve, ip_address: "198.51.100.9", action: "project.update" }),
    entry(0, { ...at(2, 14), actor: { ...eve, name: "Eve Holt", email: "holt@example.com" } }),
    entry(0, { ...at(3, 23), actor: robot }),
    entry(0, { ...at(3, 22), actor: { type: "anonymous" }, ip_address: "203.0.113.99" }),
  ]);
  token = await service.token("ws_about");
  await directoryHas(service, "ws_about", "actors?search=eve", 1);
});
after(stopAll);

/** @param {BrowserContextOptions} options */
async function open(query = "to=2100-01-01&action=member.invite,project.update", options = {}) {
  return openList(viewer(service, "ws_about", { token, query }), options);
}

/**
 * The facts of the panel, by their names, when it has them.
 *
 * @param {Page} page
 */
async function facts(page) {
  await page.waitForSelector("#about-body:not([aria-busy]) .facts");
  const pairs = await page
    .locator("#about .fact")
    .evaluateAll((all) =>
      all.map((one) => [
        one.querySelector("dt")?.textContent,
        one.querySelector("dd")?.innerText.trim(),
      ]),
    );
  return Object.fromEntries(pairs);
}

/** @param {Page} page @param {string} name */
const dialog = (page, name) => page.getByRole("dialog", { name });

test("a click on a user tells what the log knows, and leads to just these entries", async () => {
  const page = await open();
  await page.locator("td.user .pick").first().click();
  await dialog(page, "Eve <b>Moneypenny</b>").waitFor();
  assert.equal(await focusedId(page), "about-only");
  const told = await facts(page);
  const hour = (/** @type {number} */ utc) => {
    const time = new Date();
    time.setUTCHours(utc, 0, 0, 0);
    return time.toLocaleTimeString("en-GB", { timeZone: "Europe/Berlin", timeStyle: "short" });
  };
  assert.equal(told.Email, "eve@example.com");
  assert.match(told["User id"], /^usr_eve/);
  assert.match(told["First seen"], /^\d+ \w+ \d{4}, UTC$/);
  assert.match(told["Last seen"], /\d\d:\d\d:\d\d$/);
  assert.equal(told["Active days"], "2");
  assert.equal(
    told["Usual hours"],
    `${hour(8)}–${hour(10)}, ${hour(14)}–${hour(15)}\nEurope/Berlin, by today's clock`,
  );
  assert.deepEqual(told.Networks.split("\n").sort(), ["198.51.100.0/24", "203.0.113.0/24"]);
  assert.deepEqual(told.Actions.split("\n").sort(), ["Member invited", "Project updated"]);
  assert.equal(told["Other names"], "Eve Holt");
  assert.equal(told["Other emails"], "holt@example.com");
  await page.getByText("may be missing").waitFor();
  assert.deepEqual(await seriousFindings(page), []);
  // An entry with an earlier name leads to the same user.
  await page.keyboard.press("Escape");
  await page.locator("td.user .pick", { hasText: "Eve Holt" }).click();
  await dialog(page, "Eve <b>Moneypenny</b>").waitFor();
  // Enter on the button that has the focus.
  await page.keyboard.press("Enter");
  await page.waitForURL(/actor_id=usr_eve/);
  await rowsShown(page, 3);
  await page.waitForFunction(() => document.activeElement?.hasAttribute("data-id"));
  // What it did from one network, and one of its actions.
  await page.locator("td.user .pick").first().click();
  await page.getByRole("button", { name: "198.51.100.0/24" }).click();
  await rowsShown(page, 1);
  assert.equal(await page.inputValue("#address"), "198.51.100.0/24");
  await page.locator("td.user .pick").first().click();
  await page.locator("#about").getByRole("button", { name: "Project updated" }).click();
  await page.waitForURL(/action=project\.update&/);
  await page.assertQuiet();
  await page.leave();
});

test("an address tells its network and who used it, and each of them more", async () => {
  const page = await open();
  const address = page.locator("td.ip .pick", { hasText: /^203\.0\.113\.7$/ }).first();
  assert.equal(await address.getAttribute("title"), "More about 203.0.113.7");
  await address.click();
  await dialog(page, "203.0.113.7").waitFor();
  const told = await facts(page);
  assert.equal(told.Network, "203.0.113.0/24");
  assert.equal(
    told["Used by (2)"],
    "Eve <b>Moneypenny</b>\neve@example.com · usr_eve\nRobot\nkey/7 · API key",
  );
  assert.equal(await page.locator("#about-back").isVisible(), false);
  await page.locator("#about").getByRole("button", { name: "Eve <b>Moneypenny</b>" }).click();
  await dialog(page, "Eve <b>Moneypenny</b>").waitFor();
  assert.equal((await facts(page))["Other names"], "Eve Holt");
  await page.click("#about-back");
  await dialog(page, "203.0.113.7").waitFor();
  await facts(page);
  assert.equal(await focusedId(page), "about-only");
  await page.keyboard.press("Escape");
  await page.waitForFunction(() => !document.getElementById("about").open);
  assert.equal(await address.evaluate((one) => one === document.activeElement), true);
  await address.click();
  await page.click("#about-only");
  await page.waitForURL(/ip_address=203\.0\.113\.7/);
  assert.equal(await page.inputValue("#address"), "203.0.113.7");
  await page.assertQuiet();
  await page.leave();
});

test("an open entry leads to its user and its address, and the focus comes back to it", async () => {
  const page = await open(`entry=${first}`);
  await page.waitForSelector("#entry .facts");
  const name = page
    .locator("#entry")
    .getByRole("button", { name: "Eve <b>Moneypenny</b>" })
    .first();
  await name.focus();
  await page.keyboard.press("Enter");
  await dialog(page, "Eve <b>Moneypenny</b>").waitFor();
  await facts(page);
  // The arrows of the entry do nothing below the panel.
  await page.keyboard.press("ArrowRight");
  assert.ok(page.url().includes(first));
  await page.keyboard.press("Escape");
  await page.waitForFunction(() => !document.getElementById("about").open);
  assert.equal(await page.locator("#entry").isVisible(), true);
  assert.equal(await name.evaluate((one) => one === document.activeElement), true);
  await page.locator("#entry").getByRole("button", { name: "203.0.113.7" }).click();
  await dialog(page, "203.0.113.7").waitFor();
  await page.click("#about-only");
  await page.waitForURL(/ip_address=203\.0\.113\.7$/);
  await rowsShown(page, 3);
  assert.equal(await page.locator("dialog[open]").count(), 0);
  await page.waitForFunction(() => document.activeElement?.hasAttribute("data-id"));
  await page.assertQuiet();
  await page.leave();
});

test("who is not known yet, what is incomplete, and what was refused is said", async () => {
  const page = await open();
  /** @type {{ status: number, body: string, headers?: Record<string, string> }} */
  let answer = { status: 404, body: "{}" };
  await page.route(/\/(actors|addresses)\/./, (route) => route.fulfill(answer));
  const told = page.locator("#about-told");
  await page.locator("td.user .pick").first().click();
  await told.getByText("Nothing is known of this user yet, or any more").waitFor();
  assert.equal(await page.locator("#about-only").isVisible(), true);
  await page.keyboard.press("Escape");
  await page.locator("td.ip .pick").first().click();
  await told.getByText("Nothing is known of this address yet, or any more").waitFor();
  await page.keyboard.press("Escape");
  answer = { status: 429, body: "{}", headers: { "retry-after": "3" } };
  await page.locator("td.user .pick").first().click();
  await told.getByText("Try again in 3 seconds.").waitFor();
  const many = ["names", "emails", "networks", "actions", "days"];
  const profile = {
    ...{ type: "user", id: "usr_eve", name: "Eve", email: null, first_day: null },
    ...{ last_entry_at: at(1, 8).occurred_at, active_days: 366, names: ["Eve", "E."] },
    ...{ emails: ["e@example.com"], networks: ["203.0.113.0/24"], actions: ["gone.away"] },
    ...{ active_hours: [0, 23, 5], incomplete: many },
  };
  answer = { status: 200, body: JSON.stringify(profile) };
  await told.getByRole("button", { name: "Try again" }).click();
  const known = await facts(page);
  assert.match(known["First seen"], /^Before the last 366 active days/);
  assert.equal(known["Active days"], "at least 366");
  assert.equal(known.Actions.split("\n")[0], "gone.away");
  assert.match(known["Usual hours"], /^\d\d:00–\d\d:00, \d\d:00–\d\d:00\n/);
  assert.equal(await told.getByText("Those that were seen last are shown.").count(), 4);
  assert.deepEqual(await seriousFindings(page), []);
  await page.assertQuiet();
  await page.leave();
});

test("of an id with a slash that a gateway took apart, the row of a search is told", async () => {
  const page = await open("action=member.invite&actor_type=api_key&actor_id=key/7");
  await page.route(/\/actors\/api_key\/./, (route) => route.fulfill({ status: 404, body: "{}" }));
  await page.locator("td.user .pick").first().click();
  const told = await facts(page);
  assert.match(told["API key id"], /^key\/7/);
  assert.equal(told["Active days"], "1");
  await page.getByText("Of somebody whose id has a slash, only this is known here.").waitFor();
  await page.unrouteAll();
  await page.keyboard.press("Escape");
  await page.locator("td.user .pick").first().click();
  assert.equal((await facts(page)).Actions, "Member invited", "it is sent encoded");
  await page.assertQuiet();
  await page.leave();
});

test("the panel closes when the token ends, opens again with the next, and closes when one goes back", async () => {
  const page = await open("actor_id=usr_eve");
  await choose(page, "action", "member.invite");
  await page.waitForURL(/action=member\.invite/);
  await listed(page);
  let isRefused = true;
  await page.route(/\/(actors|addresses)\/./, (route) =>
    isRefused ? route.fulfill({ status: 401, body: "{}" }) : route.continue(),
  );
  await page.locator("td.user .pick").first().click();
  await page.getByText("Your access to this log has ended").waitFor();
  assert.equal(await page.locator("dialog[open]").count(), 0);
  isRefused = false;
  await page.evaluate((one) => {
    location.hash = `token=${one}`;
  }, token);
  await dialog(page, "Eve <b>Moneypenny</b>").waitFor();
  await facts(page);
  // The rows under it are others now, so the button that had opened it is gone.
  await page.keyboard.press("Escape");
  await page.waitForFunction(() => document.activeElement?.hasAttribute("data-id"));
  await page.locator("td.user .pick").first().click();
  await facts(page);
  await page.goBack();
  await page.waitForFunction(() => !document.getElementById("about").open);
  await page.waitForURL(/actor_id=usr_eve$/);
  await page.assertQuiet();
  await page.leave();
});

test("the panel fits into 320 pixels, dark and in forced colours, in German too, and is not printed", async () => {
  for (const options of /** @type {BrowserContextOptions[]} */ ([
    { viewport: { width: 320, height: 640 } },
    { viewport: { width: 320, height: 640 }, colorScheme: "dark", locale: "de-DE" },
    { viewport: { width: 1_280, height: 800 }, forcedColors: "active" },
    { viewport: { width: 1_280, height: 800 }, colorScheme: "dark" },
  ])) {
    const page = await open(undefined, options);
    await page.locator("td.user .pick").first().click();
    const told = await facts(page);
    if (options.locale) assert.match(told.Aktionen, /Project updated/);
    assert.deepEqual(await seriousFindings(page), []);
    const sideways = await page.evaluate(() => {
      const body = document.getElementById("about-body");
      const root = document.documentElement;
      return [body.scrollWidth - body.clientWidth, root.scrollWidth - root.clientWidth];
    });
    assert.ok(
      sideways.every((one) => one <= 0),
      String(sideways),
    );
    await page.emulateMedia({ media: "print" });
    assert.equal(await page.locator("#about").isVisible(), false);
    assert.equal(await page.locator("main").isVisible(), true);
    await page.assertQuiet();
    await page.leave();
  }
});
