// The field "User": it finds people who are on no page that was seen, tells namesakes apart, and
// says truthfully when it finds nobody or cannot ask.

import assert from "node:assert/strict";
import test, { after, before } from "node:test";
import {
  directoryHas,
  entry,
  focusedId,
  gate,
  listed,
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

/** @type {Client} */
let service;
/** @type {string} */
let token;

const lovelace = { type: "user", id: "usr_1", name: "Eve Lovelace", email: "eve@example.com" };
const namesake = {
  type: "user",
  id: "usr_10",
  name: "Eve Lovelace",
  email: "lovelace@example.org",
};
const robot = { type: "api_key", id: "key_7", name: "Evening" };

before(async () => {
  service = await startService();
  await service.workspace("ws_who", "enterprise");
  await service.record("ws_who", [
    // The newest page has none of those whom the tests look for.
    ...Array.from({ length: 25 }, (_, index) => entry(index + 1)),
    entry(100, { actor: lovelace }),
    entry(101, { actor: lovelace }),
    entry(102, { actor: namesake }),
    entry(103, { actor: robot }),
  ]);
  token = await service.token("ws_who");
  await directoryHas(service, "ws_who", "actors", 4);
});
after(stopAll);

/** @param {BrowserContextOptions} options */
async function open(query = "", options = {}) {
  return openList(viewer(service, "ws_who", { token, query }), options);
}

/** @param {Page} page */
const options = (page) => page.locator("#actor-options [role=option]");
/** @param {Page} page */
const spoken = (page) => page.locator(".lookup:has(#actor) [role=status]");
/** @param {Page} page */
const search = (page) => Object.fromEntries(new URL(page.url()).searchParams);
/** @param {Page} page @param {string} value */
const fieldShows = (page, value) =>
  page.waitForFunction((wanted) => document.getElementById("actor").value === wanted, value);

test("people of no page that was seen are found as one types, namesakes with what differs", async () => {
  const page = await open();
  await page.locator("#actor").pressSequentially("eve");
  await options(page).nth(2).waitFor();
  assert.deepEqual(await options(page).allInnerTexts(), [
    "Eve Lovelace\neve@example.com · usr_1",
    "Eve Lovelace\nlovelace@example.org · usr_10",
    "Evening\nkey_7 · API key",
  ]);
  assert.equal(await spoken(page).innerText(), "3 found. The arrow keys move through them.");
  const field = page.getByRole("combobox", { name: "User" });
  assert.equal(await field.getAttribute("aria-expanded"), "true");
  assert.equal(await page.getByRole("listbox", { name: "User" }).isVisible(), true);
  assert.deepEqual(await seriousFindings(page), []);
  // Nothing is active by itself, and the arrows go around through the field.
  assert.equal(await field.getAttribute("aria-activedescendant"), null);
  for (const id of ["actor-options-2", null, "actor-options-2", "actor-options-1"]) {
    await field.press(id === null ? "ArrowDown" : "ArrowUp");
    assert.equal(await field.getAttribute("aria-activedescendant"), id);
  }
  assert.equal(await options(page).nth(1).getAttribute("aria-selected"), "true");
  await field.press("Enter");
  await page.waitForURL(/actor_id=usr_10$/);
  await rowsShown(page, 1);
  assert.equal(await field.inputValue(), "Eve Lovelace (lovelace@example.org)");
  assert.equal(await field.getAttribute("aria-expanded"), "false");
  assert.equal(await focusedId(page), "actor");
  // A click picks, too.
  await field.fill("eve");
  await options(page).filter({ hasText: "key_7" }).click();
  await page.waitForURL(/actor_type=api_key&actor_id=key_7$/);
  await fieldShows(page, "API key Evening");
  await page.goBack();
  await fieldShows(page, "Eve Lovelace (lovelace@example.org)");
  await page.goBack();
  await fieldShows(page, "");
  await page.goForward();
  await fieldShows(page, "Eve Lovelace (lovelace@example.org)");
  await page.reload();
  await listed(page);
  await fieldShows(page, "Eve Lovelace");
  assert.equal(await field.getAttribute("title"), "Eve Lovelace, lovelace@example.org, usr_10");
  await page.assertQuiet();
  await page.leave();
});

test("a name, email address or id that is one person's alone is picked by Enter, before an answer too", async () => {
  const page = await open();
  for (const [typed, kind, id] of [
    ["EVE@example.com", undefined, "usr_1"],
    ["usr_10", undefined, "usr_10"],
    ["usr_1", undefined, "usr_1"],
    ["evening", "api_key", "key_7"],
    ["User usr_10", undefined, "usr_10"],
    ["API key key_7", "api_key", "key_7"],
  ]) {
    await page.fill("#actor", typed ?? "");
    await page.press("#actor", "Enter");
    await page.waitForFunction(
      ([wantedKind, wantedId]) => {
        const query = new URLSearchParams(location.search);
        return query.get("actor_id") === wantedId && query.get("actor_type") === wantedKind;
      },
      [kind ?? null, id ?? null],
    );
    await listed(page);
  }
  // A name that two have, or a part of one, picks nobody; the next Enter picks whom it shows.
  for (const typed of ["eve lovelace", "lovel"]) {
    await page.fill("#actor", typed);
    await page.press("#actor", "Enter");
    await page.locator("#actor[aria-activedescendant]").waitFor();
    assert.equal(search(page).actor_id, "key_7", "nobody was picked");
    await page.press("#actor", "Escape");
    assert.equal(await page.inputValue("#actor"), typed);
    await page.press("#actor", "Escape");
    assert.equal(await page.inputValue("#actor"), "API key Evening");
  }
  await page.fill("#actor", "lovel");
  await page.press("#actor", "Enter");
  await page.locator("#actor[aria-activedescendant]").waitFor();
  await page.press("#actor", "Enter");
  await page.waitForURL(/actor_id=usr_1$/);
  await page.assertQuiet();
  await page.leave();
});

test("nobody is looked up before the typing rests, and a late answer to what was typed before is dropped", async () => {
  const page = await open();
  /** @type {string[]} */
  const asked = [];
  const late = gate();
  await page.route(/\/actors\?/, async (route) => {
    const text = new URL(route.request().url()).searchParams.get("search") ?? "";
    asked.push(text);
    if (text === "grace") await late.opened;
    await route.continue().catch(() => {});
  });
  await page.locator("#actor").pressSequentially("grace");
  await page.getByText("Looking …").waitFor();
  await page.fill("#actor", "even");
  await options(page).waitFor();
  late.open();
  await page.waitForTimeout(300);
  assert.deepEqual(await options(page).allInnerTexts(), ["Evening\nkey_7 · API key"]);
  assert.deepEqual(asked, ["grace", "even"]);
  await page.assertQuiet();
  await page.leave();
});

test("the field says that nobody was found and who may be missing, and takes an id all the same", async () => {
  for (const [locale, words, asId] of [
    [
      "en-GB",
      "Nobody with this name, email or id in this log; somebody who acted in the last 40 seconds may be missing.",
      "Use it as an id: usr_nobody",
    ],
    [
      "de-DE",
      "Niemand mit diesem Namen, dieser E-Mail oder ID in diesem Log; wer in den letzten 40 Sekunden etwas tat, kann fehlen.",
      "Als ID verwenden: usr_nobody",
    ],
  ]) {
    const page = await open("", { locale, viewport: { width: 320, height: 640 } });
    await page.fill("#actor", "Nobody At All");
    await page.press("#actor", "Enter");
    await page.locator(".below", { hasText: words }).waitFor();
    assert.equal(await spoken(page).innerText(), words);
    assert.equal(await options(page).count(), 0, "a name is no id");
    assert.equal(search(page).actor_id, undefined);
    await page.fill("#actor", "usr_nobody");
    await page.press("#actor", "Enter");
    await options(page).waitFor();
    assert.deepEqual(await options(page).allInnerTexts(), [asId]);
    assert.deepEqual(await seriousFindings(page), []);
    const sideways = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    assert.ok(sideways <= 0);
    assert.equal(search(page).actor_id, undefined, "only who chooses it filters by it");
    await page.locator("#actor[aria-activedescendant]").waitFor();
    await page.press("#actor", "Enter");
    await page.waitForURL(/actor_id=usr_nobody/);
    await page.assertQuiet();
    await page.leave();
  }
});

test("who is on a page that was seen is found at once, before the service can find it", async () => {
  await service.workspace("ws_now");
  await service.record("ws_now", [entry(0, { actor: lovelace }), entry(1)]);
  const page = await openList(viewer(service, "ws_now", { token: await service.token("ws_now") }));
  await page.fill("#actor", "lovel");
  await options(page).waitFor();
  assert.deepEqual(await options(page).allInnerTexts(), ["Eve Lovelace\neve@example.com · usr_1"]);
  await page.assertQuiet();
  await page.leave();
});

test("a refused look-up is said, and can be tried again by mouse and by keyboard", async () => {
  const page = await open();
  let answer = "busy";
  await page.route(/\/actors\?/, (route) => {
    if (answer === "busy")
      return route.fulfill({ status: 429, headers: { "retry-after": "7" }, body: "{}" });
    return answer === "gone" ? route.abort() : route.continue();
  });
  await page.fill("#actor", "even");
  await page.locator(".below").getByText("The service is busy. Try again in 7 seconds.").waitFor();
  assert.equal(
    await spoken(page).innerText(),
    "The service is busy. Try again in 7 seconds.",
    "a screen reader hears it",
  );
  assert.deepEqual(await seriousFindings(page), []);
  answer = "gone";
  const retry = page.locator(".below").getByRole("button", { name: "Try again" });
  await retry.click();
  await page.locator(".below").getByText("The service cannot be reached.").waitFor();
  answer = "";
  await page.press("#actor", "Tab");
  assert.equal(await retry.evaluate((one) => one === document.activeElement), true);
  await page.keyboard.press("Enter");
  await options(page).waitFor();
  assert.equal(await focusedId(page), "actor");
  await page.press("#actor", "ArrowDown");
  await page.press("#actor", "Enter");
  await page.waitForURL(/actor_id=key_7$/);
  await page.assertQuiet();
  await page.leave();
});

test("the field says what the list shows when one leaves it, and empties to all", async () => {
  const page = await open("actor_id=usr_1");
  assert.equal(await page.inputValue("#actor"), "Eve Lovelace");
  await page.fill("#actor", "grac");
  await options(page).waitFor();
  await page.focus("#target");
  assert.equal(await page.inputValue("#actor"), "Eve Lovelace");
  assert.equal(await options(page).isVisible(), false);
  // What is one person's alone is taken, as on Enter.
  await page.fill("#actor", "grace@example.com");
  await options(page).waitFor();
  await page.focus("#target");
  await page.waitForURL(/actor_id=usr_grace$/);
  await fieldShows(page, "Grace Hopper");
  await page.fill("#actor", "");
  await page.press("#actor", "Enter");
  await page.waitForFunction(() => !location.search.includes("actor_id"));
  // The arrows show who acted last, without a text.
  await page.press("#actor", "ArrowDown");
  await options(page).nth(3).waitFor();
  assert.equal(await options(page).filter({ hasText: "Grace Hopper" }).count(), 1);
  await page.press("#actor", "Escape");
  assert.equal(await options(page).first().isVisible(), false);
  await page.assertQuiet();
  await page.leave();
});

test("the field names an actor of whom no entry is in the list", async () => {
  const page = await openPage();
  const query = "actor_type=api_key&actor_id=key_7&action=member.remove";
  await page.goto(viewer(service, "ws_who", { token, query }));
  await page.getByText("No entries match these filters").waitFor();
  await fieldShows(page, "API key Evening");
  await page.assertQuiet();
  await page.leave();
});

test("a token that is refused while somebody types concerns the whole page", async () => {
  const page = await open();
  await page.route(/\/actors\?/, (route) => route.fulfill({ status: 401, body: "{}" }));
  await page.fill("#actor", "eve");
  await page.getByText("Your access to this log has ended").waitFor();
  assert.equal(await page.locator(".options:visible").count(), 0);
  await page.assertQuiet();
  await page.leave();
});
