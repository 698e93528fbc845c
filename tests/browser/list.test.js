// The list: rows, filters, pages, and the note on what expires.

import assert from "node:assert/strict";
import test, { after, before } from "node:test";
import {
  choose,
  chosenIn,
  column,
  countsShown,
  directoryHas,
  entry,
  listed,
  listedIds,
  offeredIn,
  openList,
  openPage,
  placeShown,
  rowsShown,
  startService,
  stopAll,
  viewer,
} from "./harness.js";

/**
 * @import { BrowserContextOptions, Page } from "playwright-core"
 * @import { Client } from "./harness.js"
 */

const HOUR = 60;
const alan = { type: "user", id: "usr_alan", name: "Alan Turing", email: "alan@example.com" };
const robot = { type: "api_key", id: "key_77" };
const apollo = { type: "project", id: "prj_apollo", name: "Apollo" };

/** @type {Client} */
let service;
/** @type {string} */
let token;

before(async () => {
  service = await startService();
  for (const [id, plan] of [
    ["ws_list", "enterprise"],
    ["ws_empty", "enterprise"],
    ["ws_free", "free"],
    ["ws_busy", "enterprise"],
  ])
    await service.workspace(id, plan);
  await service.record("ws_list", [
    ...Array.from({ length: 40 }, (_, index) => entry(index + 1)),
    entry(2 * HOUR, {
      actor: alan,
      action: "project.update",
      target: apollo,
      outcome: "denied",
      ip_address: "2001:db8::1",
    }),
    entry(3 * HOUR, {
      actor: alan,
      action: "project.create",
      target: apollo,
      outcome: "failure",
      ip_address: null,
    }),
    entry(49 * HOUR, {
      actor: robot,
      action: "settings.update",
      target: { type: "settings", id: "security" },
    }),
    entry(73 * HOUR, { actor: alan, action: "member.remove" }),
  ]);
  token = await service.token("ws_list");
});
after(stopAll);

/** @param {BrowserContextOptions} options */
async function open(query = "", options = {}) {
  return openList(viewer(service, "ws_list", { token, query }), options);
}

/**
 * The instants of some time elements.
 *
 * @param {Page} page
 * @param {string} selector
 */
const instants = (page, selector) =>
  page
    .locator(selector)
    .evaluateAll((/** @type {HTMLTimeElement[]} */ all) => all.map((one) => one.dateTime));

/** @param {Page} page */
const search = (page) => Object.fromEntries(new URL(page.url()).searchParams);

test("twenty rows, newest first, show when, who, what, to what and from where", async () => {
  const page = await open("from=2020-01-01");
  assert.equal(await page.locator("#rows tr").count(), 20);
  const times = await instants(page, "#rows time");
  assert.deepEqual(times, [...times].sort().reverse());
  const first = page.locator("#rows tr").nth(2);
  assert.match(
    await first.locator("td.time").innerText(),
    /^\d{1,2} \w{3,4} \d{4}, \d\d:\d\d:\d\d$/,
  );
  assert.match(await first.locator("td.user").innerText(), /^Grace Hopper\s+grace@example\.com$/);
  assert.equal(await first.locator("td.action").innerText(), "Member invited");
  assert.equal(await first.locator("td.type").innerText(), "Member");
  assert.match(await first.locator("td.target").innerText(), /^Member \d+\s+mbr_\d+$/);
  assert.equal(await first.locator("td.ip").innerText(), "203.0.113.7");
  await page.assertQuiet();
  await page.leave();
});

test("times are in the viewer's zone, which the page names, and in UTC as titles", async () => {
  for (const [timezoneId, locale] of [
    ["Asia/Tokyo", "en-US"],
    ["America/St_Johns", "de-DE"],
  ]) {
    const page = await open("", { timezoneId, locale });
    const { instant, title, text } = await page
      .locator("#rows time")
      .first()
      .evaluate((/** @type {HTMLTimeElement} */ { dateTime, title, textContent }) => ({
        instant: dateTime,
        title,
        text: textContent,
      }));
    const parts = Object.fromEntries(
      new Intl.DateTimeFormat(locale, {
        timeZone: timezoneId,
        dateStyle: "medium",
        timeStyle: "medium",
      })
        .formatToParts(new Date(instant))
        .map(({ type, value }) => [type, value]),
    );
    assert.ok(
      text.includes(`${parts.hour}:${parts.minute}:${parts.second}`),
      `${text} in ${timezoneId}`,
    );
    assert.equal(title, `${instant.replace("T", " ").replace("Z", "")} UTC`.replace(".000", ""));
    assert.equal(
      await page.locator("#zone option:checked").innerText(),
      timezoneId.replace("_", " "),
    );
    await page.leave();
  }
});

test("times and days are in UTC for whoever prefers it, until the choice is undone", async () => {
  const page = await open("", { timezoneId: "America/Lima" });
  const instant = (await page.locator("td.time time").first().getAttribute("datetime")) ?? "";
  /** @param {string} timeZone */
  const clockIn = (timeZone) =>
    new Date(instant).toLocaleTimeString("en-GB", { timeZone, hourCycle: "h23" });
  const first = () => page.locator("td.time time").first().innerText();
  assert.ok((await first()).endsWith(clockIn("America/Lima")));
  const zone = page.getByLabel("Times in");
  await zone.selectOption("UTC");
  assert.ok((await first()).endsWith(clockIn("UTC")), await first());
  await page.fill("#from", "2026-01-31");
  const asked = await page.waitForRequest((request) => request.url().includes("/entries?"));
  assert.equal(new URL(asked.url()).searchParams.get("from"), "2026-01-31T00:00:00.000Z");
  await page.reload();
  await listed(page);
  assert.equal(await zone.locator("option:checked").innerText(), "UTC");
  assert.equal(await page.locator("#from").inputValue(), "2026-01-31");
  await zone.selectOption("America/Lima");
  await listed(page);
  assert.ok((await first()).endsWith(clockIn("America/Lima")));
  await page.assertQuiet();
  await page.leave();
});

test("the counts are asked for once, when the list is there and the service has counted", async () => {
  const page = await openPage();
  /** @type {string[]} */
  const happened = [];
  for (const [said, event] of /** @type {const} */ ([
    ["asked", "request"],
    ["answered", "requestfinished"],
  ]))
    page.on(/** @type {"request"} */ (event), (request) => {
      const [, what] = /\/(entries|facets)(?:\?|$)/.exec(request.url()) ?? [];
      if (what) happened.push(`${what} ${said}`);
    });
  await page.goto(viewer(service, "ws_list", { token }));
  await countsShown(page);
  assert.deepEqual(happened.slice(0, 3), ["entries asked", "entries answered", "facets asked"]);
  assert.equal(happened.filter((one) => one === "facets asked").length, 1);
  await page.assertQuiet();
  await page.leave();
});

test("an outcome is shown where it is not success", async () => {
  const page = await open("actor_id=usr_alan");
  assert.deepEqual(
    await column(page, "action"),
    ["Project updated\nDenied", "Project created\nFailed", "Member removed"].map((text) =>
      text.replace("\n", ""),
    ),
  );
  assert.deepEqual(await page.locator(".badge").allInnerTexts(), ["Denied", "Failed"]);
  assert.deepEqual(await column(page, "ip"), ["2001:db8::1", "–", "203.0.113.7"]);
  await page.leave();
});

test("the menus have the catalogue's labels and the counts under the other filters", async () => {
  const page = await open("from=2020-01-01&target_type=project");
  await countsShown(page);
  assert.deepEqual(await offeredIn(page, "action"), ["Project created (1)", "Project updated (1)"]);
  assert.equal(await page.locator("#action").innerText(), "All actions");
  assert.ok((await offeredIn(page, "target_type")).includes("Member (41)"));
  assert.ok((await offeredIn(page, "target_type")).includes("Project (2)"));
  assert.equal(await page.locator("#target_type").innerText(), "Project");
  await page.click("#action");
  assert.deepEqual(
    await page
      .locator("#action-list .choices [role=group]")
      .evaluateAll((groups) => groups.map((group) => group.getAttribute("aria-label"))),
    ["Projects"],
  );
  await page.keyboard.press("Escape");
  await page.locator("td.user .pick").first().click();
  await page.click("#about-only");
  await page.waitForFunction(
    () => document.getElementById("outcome").options[1]?.textContent.includes("(") === false,
  );
  assert.deepEqual(
    (await offeredIn(page, "action")).filter((text) => text.includes("(")),
    [],
  );
  await page.leave();
});

test("the menu of outcomes counts them, narrows the list, and fits what exports take", async () => {
  const page = await open();
  await countsShown(page);
  const options = await page.locator("#outcome option").allTextContents();
  const counts = options.slice(1).map((text) => Number(/\((\d+)\)$/.exec(text)?.[1]));
  assert.deepEqual(
    options.map((text) => text.replace(/ \(\d+\)$/, "")),
    ["Any", "Success", "Failed", "Denied"],
  );
  const total = Number(/^\d+/.exec(await page.locator("#total").innerText())?.[0]);
  assert.equal(
    counts.reduce((sum, count) => sum + count, 0),
    total,
  );
  await page.selectOption("#outcome", "denied");
  await rowsShown(page, counts[2]);
  assert.deepEqual(await page.locator(".badge").allInnerTexts(), ["Denied"]);
  assert.deepEqual(search(page), { workspace: "ws_list", outcome: "denied" });
  // Each menu counts under the other filters.
  await page.waitForFunction(() => document.querySelector("#outcome option:checked") !== null);
  while ((await offeredIn(page, "action")).length !== 1) await countsShown(page);
  assert.ok((await page.locator("#outcome option").allTextContents()).includes(options[2]));
  await page.click("#export");
  assert.deepEqual(await page.locator("#export-choice .chip").allInnerTexts(), ["Outcome: Denied"]);
  await page.click("#exports-close");
  await page.click("#clear");
  await rowsShown(page, 20);
  assert.equal(await page.locator("#outcome").inputValue(), "");
  await page.assertQuiet();
  await page.leave();
});

test("an address with several outcomes shows them", async () => {
  const page = await open("outcome=failure,denied");
  assert.deepEqual((await page.locator(".badge").allInnerTexts()).sort(), ["Denied", "Failed"]);
  assert.equal(await page.locator("#outcome").inputValue(), "failure,denied");
  await page.leave();
});

test("each filter narrows the list, is in the address, and is undone by the back button", async () => {
  const page = await open();
  await choose(page, "action", "member.remove");
  await rowsShown(page, 1);
  assert.deepEqual(search(page), { workspace: "ws_list", action: "member.remove" });
  await choose(page, "action");
  await rowsShown(page, 20);
  await choose(page, "target_type", "settings");
  await rowsShown(page, 1);
  assert.deepEqual(await column(page, "user"), ["key_77\nAPI key"]);
  await page.goBack();
  await rowsShown(page, 20);
  await page.goBack();
  await rowsShown(page, 1);
  assert.equal(await chosenIn(page, "action"), "member.remove");
  await page.goForward();
  await page.waitForFunction(
    () =>
      document.getElementById("action").value === "" &&
      document.querySelectorAll("#rows tr").length === 20,
  );
  await page.reload();
  await listed(page);
  assert.equal(await page.locator("#rows tr").count(), 20);
  await page.assertQuiet();
  await page.leave();
});

test("a bookmark shows the same view", async () => {
  const page = await open(
    "action=project.update&target_type=project&target_id=prj_apollo&actor_id=usr_alan",
  );
  assert.equal(await page.locator("#rows tr").count(), 1);
  assert.equal(await chosenIn(page, "action"), "project.update");
  assert.equal(await chosenIn(page, "target_type"), "project");
  assert.equal(await page.locator("#actor").inputValue(), "Alan Turing");
  assert.equal(await page.locator("#target").inputValue(), "Apollo");
  await page.click("#clear");
  await rowsShown(page, 20);
  assert.deepEqual(search(page), { workspace: "ws_list" });
  await page.leave();
});

test("from a user or a target in a row one gets to the list of just its entries", async () => {
  const page = await open("action=project.update");
  await page.locator("td.user .pick").click();
  await page.click("#about-only");
  await page.waitForURL(/actor_id=usr_alan/);
  await page.locator("td.target .pick").click();
  await page.waitForURL(/target_type=project&target_id=prj_apollo/);
  await choose(page, "action");
  await rowsShown(page, 2);
  assert.equal(await page.locator("dialog[open]").count(), 0, "the click does not open the entry");
  await choose(page, "target_type");
  await rowsShown(page, 3);
  assert.deepEqual(search(page), { workspace: "ws_list", actor_id: "usr_alan" });
  await page.leave();
});

test("users and targets are found by name, email address or id", async () => {
  await directoryHas(service, "ws_list", "actors?search=usr_alan", 1);
  await directoryHas(service, "ws_list", "actors?search=key_77", 1);
  const page = await open("from=2020-01-01");
  for (const typed of ["usr_alan", "alan turing", "ALAN@example.com", "API key key_77"]) {
    await page.fill("#actor", typed);
    await page.press("#actor", "Enter");
    await rowsShown(page, typed.includes("key_77") ? 1 : 3);
  }
  await page.fill("#actor", "");
  await page.press("#actor", "Enter");
  await rowsShown(page, 20);
  await page.fill("#target", "apollo");
  await page.press("#target", "Enter");
  await page.waitForURL(/target_type=project&target_id=prj_apollo/);
  await page.click("#clear");
  await rowsShown(page, 20);
  await page.fill("#target", "never-seen");
  await page.press("#target", "Enter");
  assert.match(
    await page.evaluate(() => document.getElementById("target").validationMessage),
    /target type first/,
  );
  await page.leave();
});

test("a range of days is in the viewer's zone and includes both days", async () => {
  /** @param {number} minutes */
  const day = (minutes) =>
    new Intl.DateTimeFormat("en-CA", { timeZone: "Europe/Berlin" }).format(
      new Date(Date.now() - minutes * 60_000),
    );
  const page = await open();
  await page.fill("#to", day(49 * HOUR));
  await rowsShown(page, 2);
  await page.fill("#from", day(49 * HOUR));
  await rowsShown(page, 1);
  assert.deepEqual(await column(page, "user"), ["key_77\nAPI key"]);
  assert.deepEqual(search(page), {
    workspace: "ws_list",
    from: day(49 * HOUR),
    to: day(49 * HOUR),
  });
  const other = await open(
    `to=${encodeURIComponent(new Date(Date.now() - 60 * HOUR * 60_000).toISOString())}`,
  );
  assert.equal(await other.locator("#rows tr").count(), 1);
  assert.match(await other.locator("#bounds").innerText(), /^Only before \d/);
  assert.equal(await other.locator("#to").inputValue(), "");
  await page.leave();
  await other.leave();
});

test("a period stands for its days, and dates that are none are other dates", async () => {
  const page = await open("", { timezoneId: "Europe/Berlin" });
  const shown = async () => [
    await page.locator("#period option:checked").innerText(),
    await page.inputValue("#from"),
    await page.inputValue("#to"),
  ];
  /** @param {number} days */
  const ago = (days) =>
    page.evaluate((days) => {
      const date = new Date();
      date.setDate(date.getDate() - days);
      return date.toLocaleDateString("en-CA");
    }, days);
  assert.deepEqual(await shown(), ["Any time", "", ""]);
  for (const [label, from] of [
    ["Today", await ago(0)],
    ["Last 7 days", await ago(6)],
    ["Last 30 days", await ago(29)],
    ["Last 90 days", await ago(89)],
  ]) {
    await page.selectOption("#period", { label });
    await page.waitForFunction((from) => document.getElementById("from").value === from, from);
    assert.deepEqual(await shown(), [label, from, ""]);
    assert.deepEqual(search(page), { workspace: "ws_list", from });
  }
  const first = `${(await ago(0)).slice(0, 8)}01`;
  await page.selectOption("#period", { label: "This month" });
  await page.waitForFunction((first) => document.getElementById("from").value === first, first);
  await page.fill("#to", await ago(0));
  await page.waitForFunction(() => new URLSearchParams(location.search).has("to"));
  assert.deepEqual(await shown(), ["Other dates", first, await ago(0)]);
  await page.selectOption("#period", { label: "Any time" });
  await rowsShown(page, 20);
  assert.deepEqual(await shown(), ["Any time", "", ""]);
  await page.goBack();
  await page.waitForFunction((first) => document.getElementById("from").value === first, first);
  assert.deepEqual(await shown(), ["Other dates", first, await ago(0)]);
  await page.assertQuiet();
  await page.leave();
});

test("the fields say what the list shows, after the back button too", async () => {
  await directoryHas(service, "ws_list", "actors?search=usr_alan", 1);
  const page = await open();
  await page.fill("#actor", "usr_alan");
  await page.press("#actor", "Enter");
  await rowsShown(page, 3);
  assert.equal(await page.inputValue("#actor"), "Alan Turing");
  const day = await page.evaluate(() => new Date().toLocaleDateString("en-CA"));
  await page.fill("#to", day);
  await page.waitForFunction(() => new URLSearchParams(location.search).has("to"));
  // The field has the focus all the time, as after Alt and the left arrow.
  await page.focus("#to");
  await page.goBack();
  await page.waitForFunction(() => !new URLSearchParams(location.search).has("to"));
  await rowsShown(page, 3);
  assert.equal(await page.inputValue("#to"), "");
  await page.focus("#actor");
  await page.goBack();
  await rowsShown(page, 20);
  assert.equal(await page.inputValue("#actor"), "");
  await page.leave();
});

test("what was typed and not sent is gone after the back button", async () => {
  const page = await open();
  await choose(page, "action", "member.remove");
  await rowsShown(page, 1);
  await page.locator("#actor").pressSequentially("usr_nobody");
  await page.goBack();
  await rowsShown(page, 20);
  assert.equal(await page.inputValue("#actor"), "");
  await page.goForward();
  await rowsShown(page, 1);
  // The list waits a moment after a date, which may be typed digit by digit. Nobody waits here.
  await page.fill("#to", "2020-01-01");
  await page.goBack();
  await rowsShown(page, 20);
  assert.equal(await page.inputValue("#to"), "");
  await page.waitForTimeout(900);
  assert.deepEqual(search(page), { workspace: "ws_list" });
  assert.equal(await page.inputValue("#to"), "");
  await page.leave();
});

test("a page number that is none is refused with the reason", async () => {
  const page = await open("action=member.invite");
  const reason = () => page.evaluate(() => document.getElementById("page").validationMessage);
  for (const typed of ["0", "1.5", "-2", "", "abc", "1e1"]) {
    await page.fill("#page", typed);
    await page.press("#page", "Enter");
    assert.equal(await reason(), "Enter a whole number from 1 on.", typed);
    await placeShown(page, "Page 1 of 2");
  }
  await page.fill("#page", "2");
  await page.press("#page", "Enter");
  await placeShown(page, "Page 2 of 2");
  assert.equal(await reason(), "");
  await page.leave();
});

test("pages have numbers, and one can go back, forth and to any page", async () => {
  const page = await open("action=member.invite");
  const place = page.locator("#place");
  assert.equal(await place.innerText(), "Page 1 of 2");
  assert.equal(await page.locator("#total").innerText(), "40 entries");
  assert.equal(await page.locator("#previous").getAttribute("aria-disabled"), "true");
  await page.click("#next");
  await placeShown(page, "Page 2 of 2");
  assert.equal(search(page).page, "2");
  assert.equal(await page.locator("#next").getAttribute("aria-disabled"), "true");
  await page.click("#previous");
  await placeShown(page, "Page 1 of 2");
  assert.equal(search(page).page, undefined);
  await page.fill("#page", "2");
  await page.press("#page", "Enter");
  await placeShown(page, "Page 2 of 2");
  const ids = await listedIds(page);
  await page.goBack();
  await page.goBack();
  await page.goBack();
  await placeShown(page, "Page 1 of 2");
  const first = await listedIds(page);
  assert.equal(new Set([...ids, ...first]).size, 40);
  await page.assertQuiet();
  await page.leave();
});

test("a page past the end says how many there are and leads to the last", async () => {
  const page = await open("action=member.invite&page=99");
  assert.equal(await page.locator("#message h2").innerText(), "Page 99 is past the end");
  assert.match(await page.locator("#message").innerText(), /There are 2 pages/);
  await page.getByRole("button", { name: "Go to page 2" }).click();
  await placeShown(page, "Page 2 of 2");
  assert.equal(await page.locator("#rows tr").count(), 20);
  assert.equal(await page.locator("#message").isVisible(), false);
  await page.leave();
});

test("page numbers stay the same while entries arrive, until one refreshes", async () => {
  await service.record(
    "ws_busy",
    Array.from({ length: 45 }, (_, index) => entry(index + 1)),
  );
  const page = await openPage();
  await page.goto(
    viewer(service, "ws_busy", {
      token: await service.token("ws_busy"),
      query: "action=member.invite",
    }),
  );
  await listed(page);
  const ids = () => listedIds(page);
  /** @type {(button: string, place: string) => Promise<void>} */
  const goTo = async (button, place) => {
    await page.click(button);
    await placeShown(page, place);
  };
  const before = await ids();
  await goTo("#next", "Page 2 of 3");
  const second = await ids();
  // These entries are newer than the browse. An entry that is recorded late would be part of it.
  await service.record(
    "ws_busy",
    Array.from({ length: 20 }, (_, index) =>
      entry(-0.1 - index / 1_000, { target: { type: "member", id: `late_${index}` } }),
    ),
  );
  await goTo("#next", "Page 3 of 3");
  await goTo("#previous", "Page 2 of 3");
  assert.deepEqual(await ids(), second);
  await goTo("#previous", "Page 1 of 3");
  assert.deepEqual(await ids(), before);
  await goTo("#next", "Page 2 of 3");
  await goTo("#refresh", "Page 1 of 4");
  assert.notDeepEqual(await ids(), before);
  assert.equal(await page.locator("#total").innerText(), "65 entries");
  await page.assertQuiet();
  await page.leave();
});

test("a total that is not exact is shown as a lower bound", async () => {
  const page = await openPage();
  await page.route(/\/entries\?/, async (route) => {
    const response = await route.fetch();
    const body = await response.json();
    Object.assign(body.page, { total_entries: 10_000, total_pages: 500, total_is_exact: false });
    await route.fulfill({ response, json: body });
  });
  await page.goto(viewer(service, "ws_list", { token }));
  await listed(page);
  assert.equal(await page.locator("#total").innerText(), "at least 10,000 entries");
  assert.equal(await page.locator("#place").innerText(), "Page 1 of at least 500");
  await page.leave();
});

test("beyond the counted entries, the pager goes back and forth by token", async () => {
  const page = await openPage();
  /** @type {Record<string, string>[]} */
  const asked = [];
  await page.route(/\/entries\?.*page_size=20/, async (route) => {
    asked.push(Object.fromEntries(new URL(route.request().url()).searchParams));
    const response = await route.fetch();
    const body = await response.json();
    // As the service answers for a page that has no number.
    Object.assign(body.page, {
      number: null,
      total_entries: 10_000,
      total_pages: 500,
      total_is_exact: false,
    });
    await route.fulfill({ response, json: body });
  });
  const ids = () => listedIds(page);
  await page.goto(viewer(service, "ws_list", { token }));
  await listed(page);
  const first = await ids();
  await page.click("#next");
  await placeShown(page, "Page 2 of at least 500");
  const second = await ids();
  assert.ok(second.length === 20 && !second.some((id) => first.includes(id)));
  await page.click("#next");
  await placeShown(page, "Page 3 of at least 500");
  assert.deepEqual(
    asked.map(({ page: number, page_token: text }) => [number, text !== undefined]),
    [
      ["1", false],
      [undefined, true],
      [undefined, true],
    ],
  );
  await page.goBack();
  await placeShown(page, "Page 2 of at least 500");
  assert.deepEqual(await ids(), second);
  await page.click("#previous");
  await placeShown(page, "Page 1 of at least 500");
  assert.deepEqual(await ids(), first);
  await page.assertQuiet();
  await page.leave();
});

test("an empty log and filters without a match say so", async () => {
  const page = await open("action=api_key.revoke");
  assert.equal(await page.locator("#message h2").innerText(), "No entries match these filters");
  await page.locator("#message").getByRole("button", { name: "Clear filters" }).click();
  await rowsShown(page, 20);
  assert.deepEqual(search(page), { workspace: "ws_list" });
  // The log has entries about the workspace and the token. It is empty before them.
  await page.goto(viewer(service, "ws_empty", { token: await service.token("ws_empty") }));
  await page.route(/\/entries\?/, async (route) => {
    const address = new URL(route.request().url());
    address.searchParams.set("to", "2020-01-01T00:00:00Z");
    await route.fulfill({ response: await route.fetch({ url: address.href }) });
  });
  await page.reload();
  await listed(page);
  assert.equal(await page.locator("#message h2").innerText(), "Nothing has been recorded yet");
  assert.equal(await page.locator("#pager").isVisible(), false);
  await page.leave();
});

test("the note says how long entries are kept, and leads to those that expire next", async () => {
  const days = 24 * HOUR;
  await service.record("ws_free", [entry(29 * days), entry(28 * days), entry(20 * days), entry(5)]);
  const page = await openPage();
  await page.goto(viewer(service, "ws_free", { token: await service.token("ws_free") }));
  // The click sets a filter. The counts under it do not say what expires, but the note stays.
  const counts = page.waitForResponse(/\/facets\?.*to=/);
  await page.getByText("2 entries expire within 7 days").click();
  await (await counts).finished();
  await page.waitForFunction(
    () =>
      document.querySelectorAll("#rows tr").length === 2 &&
      document.getElementById("outcome").options[1]?.textContent.endsWith("(2)"),
  );
  assert.match(
    await page.locator("#retention").innerText(),
    /^Entries are kept for 30 days\. 2 entries expire within 7 days, the first on \d+ \w+ \d{4}\. Export them to keep them\.$/,
  );
  const [first] = await instants(page, "#retention time");
  const inDays = (Date.parse(first) - Date.now()) / 86_400_000;
  assert.ok(first.endsWith("T00:00:00.000Z") && inDays > 0 && inDays <= 2, first);
  const unlimited = await open();
  await unlimited.getByText("Entries are kept without limit.").waitFor();
  await page.leave();
  await unlimited.leave();
});

test("the note on expiring entries leads to their export", async () => {
  const page = await openPage();
  await page.goto(
    viewer(service, "ws_free", {
      token: await service.token("ws_free"),
      query: "action=member.remove",
    }),
  );
  await page.getByRole("button", { name: "Export them" }).click();
  await page.getByText("The file will have 2 entries").waitFor();
  const { to, ...others } = search(page);
  assert.deepEqual(others, { workspace: "ws_free" });
  assert.match(to, /T00:00:00\.000Z$/);
  assert.deepEqual(await instants(page, "#export-choice .chip time"), [to]);
  await page.keyboard.press("Escape");
  assert.equal(
    await page.locator("#rows tr").count(),
    2,
    "the list shows what the file would have",
  );
  await page.assertQuiet();
  await page.leave();
});

test("the note shows the counts of the service, or counts by itself where there are none", async () => {
  const first = "2030-11-29T12:00:00.000Z";
  for (const [expiring, expected] of [
    [
      { within_7_days: 1_204, within_30_days: 5_000, first_expires_at: first, is_exact: true },
      "Entries are kept for 30 days. 1,204 entries expire within 7 days, the first on 29 Nov 2030. Export them to keep them.",
    ],
    [
      { within_7_days: 10_000, within_30_days: 10_000, first_expires_at: first, is_exact: false },
      "Entries are kept for 30 days. At least 10,000 entries expire within 7 days, the first on 29 Nov 2030. Export them to keep them.",
    ],
    [
      { within_7_days: 1, within_30_days: 1, first_expires_at: first, is_exact: true },
      "Entries are kept for 30 days. 1 entry expires within 7 days, on 29 Nov 2030. Export it to keep it.",
    ],
    [
      { within_7_days: 3, within_30_days: 3, first_expires_at: null, is_exact: true },
      "Entries are kept for 30 days. 3 entries expire within 7 days. Export them to keep them.",
    ],
    [
      { within_7_days: 0, within_30_days: 9, first_expires_at: first, is_exact: true },
      "Entries are kept for 30 days. None expires within 7 days.",
    ],
    [
      undefined,
      /^Entries are kept for 30 days\. 2 entries expire within 7 days, by \d+ \w+ \d{4}\. Export them to keep them\.$/,
    ],
  ]) {
    const page = await openPage();
    await page.route(/\/facets/, async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, json: { ...(await response.json()), expiring } });
    });
    await page.goto(viewer(service, "ws_free", { token: await service.token("ws_free") }));
    await page.getByText(/Entries are kept/).waitFor();
    const said = await page.locator("#retention").innerText();
    if (expected instanceof RegExp) assert.match(said, expected);
    else assert.equal(said, expected);
    await page.assertQuiet();
    await page.leave();
  }
});

test("the note says what a raised plan would bring back, and by when", async () => {
  const kept = "Entries are kept for 30 days. None expires within 7 days.";
  const expiring = { within_7_days: 0, within_30_days: 9, first_expires_at: null, is_exact: true };
  const since = "2030-11-26T12:00:00.000Z";
  const until = "2030-12-03T12:00:00.000Z";
  const pro = { plan: "pro", since, until, hidden_entries: 1_700, is_exact: true };
  for (const [grace, expected] of [
    [
      [pro],
      `${kept} 1,700 entries hidden since 26 Nov 2030. Raise the plan by 3 Dec 2030 to get them back.`,
    ],
    [
      [{ ...pro, hidden_entries: 1, is_exact: false }],
      `${kept} At least 1 entry hidden since 26 Nov 2030. Raise the plan by 3 Dec 2030 to get it back.`,
    ],
    [[{ ...pro, hidden_entries: 0 }], kept],
    [[{ ...pro, until: "2020-12-03T12:00:00.000Z" }], kept],
    [undefined, kept],
  ]) {
    const page = await openPage();
    await page.route(/\/facets/, async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, json: { ...(await response.json()), expiring, grace } });
    });
    await page.goto(viewer(service, "ws_free", { token: await service.token("ws_free") }));
    await page.getByText(/Entries are kept/).waitFor();
    assert.equal(await page.locator("#retention").innerText(), expected);
    await page.assertQuiet();
    await page.leave();
  }
});

test("a line says what the last check of the log found", async () => {
  const check = {
    state: "done",
    checked_at: "2026-11-22T00:10:03.120Z",
    checked_through: "2026-11-21T23:59:59.999Z",
    entries: 12_345,
    unnumbered: 2,
    missing: 0,
    altered: 0,
    found: [],
  };
  for (const { found, expected } of [
    { found: null, expected: "" },
    { found: check, expected: "12,345 entries, all present and as recorded." },
    { found: { ...check, entries: 1 }, expected: "1 entry, all present and as recorded." },
    {
      found: { ...check, missing: 1, altered: 3 },
      expected: "12,345 entries, 1 missing and 3 altered. Ask your provider.",
    },
  ]) {
    const page = await openPage();
    await page.route(/\/facets/, async (route) => {
      const response = await route.fetch();
      const json = { ...(await response.json()), journal_check: found };
      await route.fulfill({ response, json });
    });
    await page.goto(viewer(service, "ws_free", { token: await service.token("ws_free") }));
    await page.getByText(/Entries are kept/).waitFor();
    const line = page.locator("#checked");
    assert.equal(await line.isVisible(), found !== null);
    const said = await line.innerText();
    if (found !== null) assert.match(said, /^Checked .*: /);
    assert.ok(said.endsWith(expected), said);
    await page.assertQuiet();
    await page.leave();
  }
});

test("the note follows a plan that is lowered and raised again", async () => {
  const days = 24 * HOUR;
  await service.workspace("ws_lowered", "pro");
  await service.record("ws_lowered", [entry(60 * days), entry(40 * days), entry(5)]);
  await service.workspace("ws_lowered", "free");
  const page = await openPage();
  const token = await service.token("ws_lowered");
  await page.goto(viewer(service, "ws_lowered", { token }));
  const hidden = /2 entries hidden since .* Raise the plan by .* to get them back\./;
  await page.getByText(hidden).waitFor();
  await page.assertQuiet();
  await page.leave();
});
