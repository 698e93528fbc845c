// The chart of entries over time: what its bars say, and how one gets from them to a period.

import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import test, { after, before } from "node:test";
import {
  boxOf,
  choose,
  countsShown,
  entry,
  focusedId,
  gate,
  judged,
  listed,
  openPage,
  seriousFindings,
  startService,
  stopAll,
  viewer,
} from "./harness.js";

/**
 * @import { BrowserContextOptions, Page } from "playwright-core"
 * @import { EntryPage, EntryRow, Facets } from "../../viewer/answers.d.ts"
 * @import { Client } from "./harness.js"
 */

const FOLDER = process.env.SCREENSHOTS;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const BARS = "#timeline-bars button";
/** The entries of the tests, and not those that the service records itself. */
const OURS = "action=member.invite,member.remove";

/** @type {Client} */
let service;
/** @type {string} */
let token;

/** Of noon of a day of UTC, and some minutes. */
const noon = (/** @type {number} */ daysAgo, minutes = 0) =>
  new Date(Math.floor(Date.now() / DAY_MS - daysAgo) * DAY_MS + DAY_MS / 2 + minutes * 60_000);

before(async () => {
  if (FOLDER) await mkdir(FOLDER, { recursive: true });
  service = await startService();
  await service.workspace("ws_t", "enterprise");
  // From 2 to 31 days ago, none to four a day; on the busiest day more than a page.
  const days = Array.from({ length: 30 }, (_, at) => at + 2);
  const counts = days.map((day) => (day === 10 ? 25 : (day * 7) % 5));
  const recorded = days.flatMap((day, at) =>
    Array.from({ length: counts[at] }, (_, minute) =>
      entry(0, {
        occurred_at: noon(day, minute * 20).toISOString(),
        action: minute % 3 === 2 ? "member.remove" : "member.invite",
      }),
    ),
  );
  await service.record("ws_t", recorded);
  token = await service.token("ws_t");
  await judged(service, "ws_t");
});
after(stopAll);

/**
 * Opens a list with its chart. `alter` changes what the service says of the chart.
 *
 * @param {{
 *   query?: string,
 *   options?: BrowserContextOptions,
 *   alter?: (facets: Facets) => Partial<Facets>,
 * }} [how]
 */
async function open({ query = OURS, options, alter } = {}) {
  const page = await openPage(options);
  if (alter)
    await page.route(/\/facets/, async (route) => {
      const response = await route.fetch();
      const facets = await response.json();
      await route.fulfill({ response, json: { ...facets, ...alter(facets) } });
    });
  await page.goto(viewer(service, "ws_t", { token, query }));
  await listed(page);
  await charted(page);
  return page;
}

/**
 * Waits until the chart has the counts of the list.
 *
 * @param {Page} page
 */
async function charted(page) {
  await page.waitForSelector('#timeline[aria-busy="false"]', { state: "attached" });
  await listed(page);
}

/**
 * Does something that shows another period, and waits for its chart.
 *
 * @param {Page} page
 * @param {() => Promise<unknown>} act
 */
async function changing(page, act) {
  const counted = page.waitForResponse(/\/facets\?/);
  await act();
  await counted;
  await charted(page);
}

/** @param {Page} page */
const names = (page) =>
  page.locator(BARS).evaluateAll((bars) => bars.map((bar) => bar.getAttribute("aria-label") ?? ""));

/** @param {Page} page */
const total = (page) => page.locator("#total").innerText();

/**
 * All entries that the API lists.
 *
 * @param {string} query
 */
async function entriesOf(query) {
  /** @type {EntryRow[]} */
  const found = [];
  for (let number = 1; ; number += 1) {
    const path = `ws_t/entries?page_size=100&page=${number}&${query}`;
    const { entries } = /** @type {EntryPage} */ (await service.send("GET", path));
    found.push(...entries);
    if (entries.length < 100) return found;
  }
}

/**
 * How many entries each day of UTC has, and how many of them are unusual, oldest first.
 *
 * @param {EntryRow[]} entries
 */
function byDay(entries) {
  /** @type {Map<string, [day: string, count: number, odd: number]>} */
  const days = new Map();
  for (const { occurred_at: at, unusual = [] } of entries.toReversed()) {
    const [day, count, odd] = days.get(at.slice(0, 10)) ?? [at.slice(0, 10), 0, 0];
    days.set(day, [day, count + 1, odd + (unusual.length > 0 ? 1 : 0)]);
  }
  return [...days.values()];
}

const DATE = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeZone: "UTC" });
const DATE_DE = new Intl.DateTimeFormat("de-DE", {
  ...{ day: "numeric", month: "short", year: "numeric" },
  timeZone: "UTC",
});
/**
 * @param {number} count
 * @param {number} odd
 */
const entries = (count, odd) =>
  `${count} ${count === 1 ? "entry" : "entries"}${odd > 0 ? `, ${odd} unusual` : ""}`;
/** @type {(day: [day: string, count: number, odd: number], zone?: string) => string} */
const named = ([day, count, odd], zone = " (UTC)") =>
  `${DATE.format(new Date(day))}${zone}: ${entries(count, odd)}`;

/**
 * How many entries days have, and how many of them are unusual.
 *
 * @param {[day: string, count: number, odd: number][]} days
 */
const sumOf = (days) => [1, 2].map((at) => days.reduce((all, day) => all + Number(day[at]), 0));

/** The day with the most entries, and its place among the bars. */
async function busiest() {
  const days = byDay(await entriesOf(OURS));
  const at = days.findIndex(([, count]) => count === 25);
  return { days, at, day: days[at][0] };
}

test("the bars are the entries of the list by day, each in its place", async () => {
  const page = await open();
  const days = byDay(await entriesOf(OURS));
  assert.ok(days.length > 15 && days.length < 30, "some days have no entry");
  assert.deepEqual(
    await names(page),
    days.map((one) => named(one)),
  );
  const shown = await page.locator(`${BARS} > span`).evaluateAll((bars) =>
    bars.map((bar) => {
      const { height, left, width } = bar.getBoundingClientRect();
      return { height, middle: left + width / 2 };
    }),
  );
  const tall = await boxOf(page.locator("#timeline-bars"));
  const numbers = days.map(([day]) => Date.parse(day) / DAY_MS);
  const last = days.length - 1;
  const slot = (shown[last].middle - shown[0].middle) / (numbers[last] - numbers[0]);
  for (const [at, [day, count]] of days.entries()) {
    const expected = Math.max(3, (count / 25) * (tall.height - 2));
    assert.ok(Math.abs(shown[at].height - expected) < 1, `${day}: ${shown[at].height}`);
    const place = shown[0].middle + (numbers[at] - numbers[0]) * slot;
    assert.ok(Math.abs(shown[at].middle - place) < 1, `${day} is out of place`);
  }
  assert.equal(await page.locator("#timeline-most").innerText(), "25");
  const ends = await page.locator(".axis > span").allInnerTexts();
  assert.equal(ends[0], named(days[0]).replace(/:.*/, ""));
  assert.equal(ends.at(-1), named(days[last]).replace(/:.*/, ""));
  assert.equal(await page.locator("#timeline-note").isVisible(), false);
  assert.equal(await page.locator("#timeline-whole").isVisible(), false);
  await page.assertQuiet();
  await page.leave();
});

test("a click on a bar lists its entries, and Back returns", async () => {
  const { at, day, days } = await busiest();
  const page = await open();
  await page.hover(`${BARS} >> nth=${at}`);
  assert.equal(await page.locator("#timeline-told").innerText(), named(days[at]));
  await changing(page, () => page.click(`${BARS} >> nth=${at}`));
  assert.equal(await total(page), "25 entries");
  const query = new URL(page.url()).searchParams;
  assert.equal(query.get("from"), `${day}T00:00:00.000Z`);
  assert.equal(Date.parse(query.get("to") ?? "") - Date.parse(day), DAY_MS);
  // Now it has hours, of the whole day, by the clock of the zone that is shown.
  const hours = await names(page);
  assert.equal(hours.length, 9);
  assert.match(hours[0], /, 1[34]:00\s?–\s?1[45]:00: 3 entries(, \d unusual)?$/);
  const columns = await page
    .locator("#timeline-bars")
    .evaluate((plot) => plot.style.gridTemplateColumns);
  assert.match(columns, /^repeat\(24,/);
  await changing(page, () => page.goBack());
  assert.equal((await names(page)).length, days.length);
  await changing(page, () => page.goForward());
  await changing(page, () => page.getByRole("button", { name: "Whole time" }).click());
  assert.equal((await names(page)).length, days.length);
  assert.ok(!/from|to=/.test(page.url()), page.url());
  assert.equal(await focusedId(page), "period");
  await page.assertQuiet();
  await page.leave();
});

test("a click beside a narrow bar is a click on it, and one far from all is none", async () => {
  const { days } = await busiest();
  const at = days.findIndex(
    ([day], place) => Date.parse(days[place + 1]?.[0]) - Date.parse(day) === 2 * DAY_MS,
  );
  const between = async (/** @type {Page} */ page, /** @type {number} */ share) => {
    const [left, right] = [
      await boxOf(page.locator(BARS).nth(at)),
      await boxOf(page.locator(BARS).nth(at + 1)),
    ];
    const start = left.x + left.width;
    await page.mouse.click(start + (right.x - start) * share, left.y + 10);
  };
  const narrow = await open({ options: { viewport: { width: 320, height: 640 } } });
  await changing(narrow, () => between(narrow, 0.3));
  assert.equal(new URL(narrow.url()).searchParams.get("from"), `${days[at][0]}T00:00:00.000Z`);
  await narrow.leave();
  const wide = await open();
  const before = wide.url();
  await between(wide, 0.5);
  await wide.waitForTimeout(200);
  assert.equal(wide.url(), before);
  await wide.assertQuiet();
  await wide.leave();
});

test("days of UTC become days of the filters where the page shows UTC", async () => {
  const { at, day, days } = await busiest();
  const page = await open();
  await page.selectOption("#zone", "utc");
  assert.deepEqual(
    await names(page),
    days.map((one) => named(one, "")),
  );
  await changing(page, () => page.click(`${BARS} >> nth=${at}`));
  assert.equal(await page.inputValue("#from"), day);
  assert.equal(await page.inputValue("#to"), day);
  assert.equal(await total(page), "25 entries");
  await page.assertQuiet();
  await page.leave();
});

test("dragging over bars selects them, and Esc lets go", async () => {
  const { days } = await busiest();
  const page = await open();
  const [from, to] = [
    await boxOf(page.locator(BARS).nth(2)),
    await boxOf(page.locator(BARS).nth(6)),
  ];
  const [sum, odd] = sumOf(days.slice(2, 7));
  const drag = async () => {
    await page.mouse.move(to.x + to.width / 2, to.y + 40);
    await page.mouse.down();
    await page.mouse.move(from.x + from.width, from.y + 30, { steps: 4 });
    await page.mouse.move(from.x + from.width / 2, from.y - 20);
  };
  const before = page.url();
  await drag();
  const selected = await boxOf(page.locator(".picked"));
  assert.ok(Math.abs(selected.x - from.x) < 1.5, "it begins with the bar");
  assert.ok(Math.abs(selected.x + selected.width - to.x - to.width) < 1.5);
  assert.match(
    await page.locator("#timeline-told").innerText(),
    new RegExp(`: ${entries(sum, odd)}$`),
  );
  await page.keyboard.press("Escape");
  assert.equal(await page.locator(".picked").isVisible(), false);
  await page.mouse.up();
  await page.waitForTimeout(100);
  assert.equal(page.url(), before);
  await drag();
  await changing(page, () => page.mouse.up());
  assert.equal(await total(page), `${sum} entries`);
  const query = new URL(page.url()).searchParams;
  assert.equal(query.get("from"), `${days[2][0]}T00:00:00.000Z`);
  assert.equal(Date.parse(query.get("to") ?? "") - Date.parse(days[6][0]), DAY_MS);
  await page.assertQuiet();
  await page.leave();
});

test("the chart is one stop of the Tab key, and arrows, Shift and Enter pick", async () => {
  const { days } = await busiest();
  const page = await open();
  const focused = () => page.evaluate(() => document.activeElement?.getAttribute("aria-label"));
  /** @param {number} at */
  const name = (at) => named(days[at]);
  const newest = days.length - 1;
  await page.focus("#unusual");
  await page.keyboard.press("Tab");
  assert.equal(await focused(), name(newest), "the newest");
  assert.equal(await page.locator("#timeline-told").innerText(), name(newest));
  await page.keyboard.press("Tab");
  assert.equal(await page.locator("#timeline-bars :focus").count(), 0);
  assert.equal(await page.locator("#timeline-told").isVisible(), false);
  await page.keyboard.press("Shift+Tab");
  await page.keyboard.press("Home");
  assert.equal(await focused(), name(0));
  await page.keyboard.press("ArrowLeft");
  await page.keyboard.press("ArrowRight");
  assert.equal(await focused(), name(1));
  const outline = await page
    .locator(`${BARS} >> nth=1`)
    .evaluate((bar) => getComputedStyle(bar).outlineStyle);
  assert.equal(outline, "solid");
  await page.keyboard.press("Shift+ArrowRight");
  await page.keyboard.press("Shift+ArrowRight");
  const [sum, odd] = sumOf(days.slice(1, 4));
  assert.match(await page.locator("#status").innerText(), new RegExp(`: ${entries(sum, odd)}$`));
  await page.keyboard.press("Escape");
  assert.equal(await page.locator(".picked").isVisible(), false);
  assert.equal(await focused(), name(3));
  await page.keyboard.press("Shift+End");
  await page.keyboard.press("ArrowRight");
  assert.equal(await page.locator(".picked").isVisible(), false, "without Shift it only moves");
  await page.keyboard.press("ArrowLeft");
  assert.equal(new URL(page.url()).searchParams.has("page"), false, "no page was turned");
  await page.keyboard.press("Shift+ArrowLeft");
  const last = days[newest - 1][1] + days[newest - 2][1];
  await changing(page, () => page.keyboard.press("Enter"));
  assert.equal(await total(page), `${last} entries`);
  assert.equal(await page.locator("#timeline-bars :focus").count(), 1, "it keeps the focus");
  await page.assertQuiet();
  await page.leave();
});

test("bars of other filters, and the second click of two, do nothing", async () => {
  const { at, day } = await busiest();
  const page = await open();
  const answers = gate();
  await page.route(/\/facets/, async (route) => {
    await answers.opened;
    await route.continue();
  });
  await page.click(`${BARS} >> nth=${at}`);
  await page.waitForURL(/from=/);
  await listed(page);
  const zoomed = page.url();
  await page.click(`${BARS} >> nth=2`);
  assert.equal(page.url(), zoomed);
  await changing(page, async () => answers.open());
  // As if the counts had come between the two clicks.
  const bar = await boxOf(page.locator(BARS).first());
  const [x, y] = [bar.x + bar.width / 2, bar.y + bar.height - 4];
  await page.mouse.move(x, y);
  await page.mouse.down({ clickCount: 2 });
  await page.mouse.up({ clickCount: 2 });
  await page.waitForTimeout(200);
  assert.equal(page.url(), zoomed);
  await changing(page, () => page.mouse.click(x, y));
  assert.equal(await total(page), "3 entries");
  assert.ok(zoomed.includes(day));
  await page.assertQuiet();
  await page.leave();
});

test("counts that come once more leave a selection alone", async () => {
  const page = await openPage();
  await page.clock.install();
  let count = 0;
  await page.route(/\/facets/, async (route) => {
    const response = await route.fetch();
    const facets = await response.json();
    count += 1;
    facets.unusual_is_complete = false;
    facets.timeline.buckets.forEach((/** @type {{ count: number }} */ one) => (one.count += count));
    await route.fulfill({ response, json: facets });
  });
  await page.goto(viewer(service, "ws_t", { token, query: OURS }));
  await listed(page);
  await charted(page);
  const [before] = await names(page);
  await page.locator(BARS).first().focus();
  await page.keyboard.press("Shift+ArrowRight");
  const again = page.waitForResponse(/\/facets/);
  await page.clock.runFor(6_000);
  await again;
  await page.waitForTimeout(200);
  assert.ok(await page.locator(".picked").isVisible());
  assert.equal((await names(page))[0], before);
  await page.keyboard.press("Escape");
  const third = page.waitForResponse(/\/facets/);
  await page.clock.runFor(11_000);
  await third;
  await page.waitForFunction(
    (name) => document.querySelector("#timeline-bars button")?.getAttribute("aria-label") !== name,
    before,
  );
  assert.equal(
    await page.locator(`${BARS} >> nth=1`).evaluate((one) => one.matches(":focus")),
    true,
  );
  await page.assertQuiet();
  await page.leave();
});

test("it follows the other filters, with one request for each", async () => {
  const page = await open();
  /** @type {string[]} */
  const asked = [];
  page.on("request", (request) => {
    if (request.url().includes("/facets")) asked.push(new URL(request.url()).search);
  });
  await changing(page, () => choose(page, "action", "member.remove"));
  await charted(page);
  const removed = byDay(await entriesOf("action=member.remove"));
  assert.deepEqual(
    await names(page),
    removed.map((one) => named(one)),
  );
  assert.ok(asked.every((one) => one.includes("interval=auto")));
  const before = asked.length;
  await page.click(".open-link >> nth=0");
  await page.waitForSelector("dialog[open] .facts");
  await page.keyboard.press("Escape");
  assert.equal(asked.length, before);
  await page.assertQuiet();
  await page.leave();
});

test("where the list is of one user, target or address, there is no chart", async () => {
  const page = await open({ query: "actor_id=usr_grace" });
  assert.equal(await page.locator("#timeline").isVisible(), false);
  await page.click("#clear");
  await page.locator("#timeline").waitFor();
  await page.goBack();
  await page.locator("#timeline").waitFor({ state: "hidden" });
  await page.assertQuiet();
  await page.leave();
});

test("a time that begins within a period stays the bound", async () => {
  const { day } = await busiest();
  const from = `${day}T12:30:00.000Z`;
  const page = await open({ query: `${OURS}&from=${from}` });
  const [first] = await names(page);
  assert.match(first, /: 23 entries(, \d+ unusual)?$/);
  await changing(page, () => page.click(`${BARS} >> nth=0`));
  assert.equal(new URL(page.url()).searchParams.get("from"), from);
  assert.equal(await total(page), "23 entries");
  await page.assertQuiet();
  await page.leave();
});

test("in German it is in German", async () => {
  const { days } = await busiest();
  const page = await open({ options: { locale: "de-DE" } });
  const chart = page.getByRole("toolbar", { name: "Einträge im Lauf der Zeit" });
  const [day, count, odd] = days[0];
  const counted = `${count} ${count === 1 ? "Eintrag" : "Einträge"}`;
  const unusual = odd > 0 ? `, ${odd} ungewöhnlich` : "";
  const when = DATE_DE.format(new Date(day));
  assert.equal((await names(page))[0], `${when} (UTC): ${counted}${unusual}`);
  assert.match(await chart.ariaSnapshot(), /25 Einträge/);
  await changing(page, () => page.click(`${BARS} >> nth=0`));
  await page.getByRole("button", { name: "Ganze Zeit" }).waitFor();
  await page.assertQuiet();
  await page.leave();
});

/**
 * @param {"month" | "year"} interval
 * @param {[from: string, to: string, count: number, unusual?: number][]} buckets
 * @returns {() => Partial<Facets>}
 */
const told = (interval, buckets) => () => ({
  timeline: {
    interval,
    buckets: buckets.map(([from, to, count, unusual]) => ({
      from: `${from}T00:00:00.000Z`,
      to: `${to}T00:00:00.000Z`,
      count,
      ...(unusual && { unusual }),
    })),
  },
});

test("months and years have their names, and what is unusual is said and shown", async () => {
  const months = told("month", [
    ["2024-11-01", "2024-12-01", 1],
    ["2025-12-01", "2026-01-01", 1_200, 300],
    ["2026-02-01", "2026-03-01", 2, 1],
  ]);
  const page = await open({ alter: months });
  assert.deepEqual(await names(page), [
    "November 2024 (UTC): 1 entry",
    "December 2025 (UTC): 1,200 entries, 300 unusual",
    "February 2026 (UTC): 2 entries, 1 unusual",
  ]);
  const boxes = await page.locator(`${BARS} > span`).evaluateAll((bars) =>
    bars.map((bar) => {
      const part = bar.firstElementChild?.getBoundingClientRect();
      const { bottom, height } = bar.getBoundingClientRect();
      return { height, below: (part?.bottom ?? bottom) - bottom, part: part?.height ?? 0 };
    }),
  );
  assert.equal(boxes[0].part, 0);
  assert.ok(boxes[0].height >= 3 && boxes[2].height >= 3, "the smallest can be seen");
  for (const { below } of boxes.slice(1)) assert.ok(below >= 4, "not by its colour alone");
  assert.ok(Math.abs(boxes[1].part - 5 - boxes[1].height / 4) < 1);
  const columns = await page
    .locator("#timeline-bars")
    .evaluate((plot) => plot.style.gridTemplateColumns);
  assert.match(columns, /^repeat\(16,/);
  await page.leave();
  const few = await open({
    alter: () => ({
      timeline: {
        interval: "hour",
        buckets: [{ from: "2026-03-29T00:00:00.000Z", to: "2026-03-29T01:00:00.000Z", count: 3 }],
      },
    }),
  });
  assert.equal((await few.locator(".axis").innerText()).split("\n")[0], "28 Mar 2026, 14:00");
  assert.match((await names(few))[0], /^29 Mar 2026, 01:00\s?–\s?03:00: 3 entries$/);
  await few.leave();
  const years = told("year", [
    ["1999-01-01", "2000-01-01", 1],
    ["2026-01-01", "2027-01-01", 5],
  ]);
  const old = await open({ alter: years, options: { timezoneId: "UTC" } });
  assert.deepEqual(await names(old), ["1999: 1 entry", "2026: 5 entries"]);
  await old.leave();
});

test("it says so if only the newest entries are counted", async () => {
  const page = await open({ alter: () => ({ total_is_exact: false }) });
  assert.ok(await page.getByText("Only the newest entries are counted.").isVisible());
  await page.leave();
});

test("an empty log has no chart, and one without entries in a period keeps its place", async () => {
  await service.workspace("ws_none", "enterprise");
  const other = await service.token("ws_none");
  const page = await openPage();
  const query = "action=member.invite";
  await page.goto(viewer(service, "ws_none", { token: other, query }));
  await listed(page);
  await charted(page);
  assert.equal(await page.locator("#timeline").isVisible(), false);
  await page.goto(viewer(service, "ws_none", { query: `${query}&to=2020-01-01` }));
  await listed(page);
  await charted(page);
  assert.equal(await page.locator(BARS).count(), 0);
  await changing(page, () => page.getByRole("button", { name: "Whole time" }).click());
  await page.locator("#timeline").waitFor({ state: "hidden" });
  await page.assertQuiet();
  await page.leave();
});

test("nothing moves when the counts come", async () => {
  const page = await openPage();
  const answers = gate();
  await page.route(/\/facets/, async (route) => {
    await answers.opened;
    await route.fallback();
  });
  await page.goto(viewer(service, "ws_t", { token, query: OURS }));
  await listed(page);
  const [chart, table] = [page.locator("#timeline"), page.locator("#table")];
  const before = [await boxOf(chart), await boxOf(table)];
  answers.open();
  await countsShown(page);
  await page.locator(BARS).first().waitFor();
  assert.deepEqual([await boxOf(chart), await boxOf(table)], before);
  assert.ok(before[0].height >= 56 && before[0].height <= 96, `${before[0].height}`);
  await page.leave();
});

/** @type {[name: string, options: BrowserContextOptions][]} */
const LOOKS = [
  ["light", {}],
  ["dark", { colorScheme: "dark" }],
  ["forced", { forcedColors: "active" }],
  ["forced-dark", { forcedColors: "active", colorScheme: "dark" }],
  ["narrow", { viewport: { width: 320, height: 640 } }],
  ["narrow-de", { viewport: { width: 320, height: 640 }, locale: "de-DE", colorScheme: "dark" }],
];

for (const [name, options] of LOOKS) {
  test(`it has its look, no findings of axe, and nothing to scroll sideways: ${name}`, async () => {
    const { at, day } = await busiest();
    const alter = (/** @type {Facets} */ { timeline }) => ({
      total_is_exact: false,
      timeline: timeline && {
        ...timeline,
        buckets: timeline.buckets.map((one, place) =>
          place % 5 === 1 ? { ...one, unusual: 1 } : one,
        ),
      },
    });
    const page = await open({ query: `${OURS}&from=2020-01-01`, options, alter });
    await page.locator(BARS).nth(at).focus();
    await page.keyboard.press("Shift+ArrowRight");
    assert.deepEqual(await seriousFindings(page), []);
    const sideways = () =>
      page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      );
    assert.equal(await sideways(), 0);
    // A bar differs from what is around it.
    const bar = await page
      .locator(`${BARS} > span`)
      .first()
      .evaluate((one) => [
        getComputedStyle(one).backgroundColor,
        getComputedStyle(document.body).backgroundColor,
      ]);
    assert.notEqual(bar[0], bar[1]);
    if (FOLDER) await page.screenshot({ path: `${FOLDER}/timeline-${name}.png` });
    await changing(page, () =>
      page.keyboard.press("Escape").then(() => page.keyboard.press("Enter")),
    );
    assert.equal(await sideways(), 0);
    if (FOLDER) await page.screenshot({ path: `${FOLDER}/timeline-${name}-${day && "day"}.png` });
    await page.assertQuiet();
    await page.leave();
  });
}
