// What is unusual: the badge of a row, the filter with its count, what exports carry of it, and the
// sentences of the open entry.

import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import test, { after, before } from "node:test";
import {
  countsShown,
  entry,
  judged,
  listed,
  offeredIn,
  openPage,
  rowsShown,
  seriousFindings,
  startService,
  stopAll,
  viewer,
} from "./harness.js";

/**
 * @import { BrowserContextOptions, Page } from "playwright-core"
 * @import { EntryWithChanges, Evidence, Facets } from "../../viewer/answers.d.ts"
 * @import { Client } from "./harness.js"
 */

const FOLDER = process.env.SCREENSHOTS;
const HOUR = 60;
const DAY = 24 * HOUR;
const NARROW = { viewport: { width: 320, height: 640 } };

/** @type {Client} */
let service;
/** @type {string} */
let token;
/** Of Grace, from another network and recorded late. */
let late = "";

const bo = { type: "user", id: "usr_bo", name: "Bo Burst" };
const eve = { type: "user", id: "usr_eve", name: "Eve Denied" };
const nia = { type: "user", id: "usr_nia", name: "Nia New" };
/** The unusual rows, the newest first: who, and the text of the badge. */
const UNUSUAL = [
  // The service records who opened the log, and who made the workspace.
  ["Ada Admin", "New user"],
  ["demo", "New API key"],
  ["Nia New", "New user"],
  ["Eve Denied", "New user +1"],
  ["Bo Burst", "Burst"],
  ["Grace Hopper", "New network +1"],
];

/** A minute of the last full hour, as how many minutes ago it was. */
const lastHour = (/** @type {number} */ minute) => new Date().getUTCMinutes() + HOUR - minute;

before(async () => {
  if (FOLDER) await mkdir(FOLDER, { recursive: true });
  service = await startService();
  await service.workspace("ws_u", "enterprise");
  const ids = await service.record("ws_u", [
    entry(10 * DAY, { ip_address: "198.51.100.9" }),
    // In the first 14 days of a log nobody is new.
    entry(40 * DAY),
    entry(39 * DAY, { actor: bo }),
    entry(2, { actor: nia }),
    entry(4),
    ...Array.from({ length: 12 }, (_, at) =>
      entry(lastHour(40 + at), { actor: eve, action: "member.remove", outcome: "denied" }),
    ),
    ...Array.from({ length: 24 }, (_, at) =>
      entry(lastHour(at + 1), { actor: bo, action: "settings.update" }),
    ),
  ]);
  [late] = ids;
  token = await service.token("ws_u");
  await judged(service, "ws_u");
});
after(stopAll);

/** @param {BrowserContextOptions} options */
async function open(query = "", options = {}, workspace = "ws_u") {
  const page = await openPage(options);
  const ofWorkspace = workspace === "ws_u" ? token : await service.token(workspace);
  await page.goto(viewer(service, workspace, { token: ofWorkspace, query }));
  await listed(page);
  if (query.includes("entry=")) await page.waitForSelector("dialog[open] .facts");
  return page;
}

/**
 * The users of the rows, and what their badges show.
 *
 * @param {Page} page
 */
const badges = (page) =>
  page.locator("#rows tr:has(.badge.unusual)").evaluateAll((rows) =>
    rows.map((row) => {
      const texts = ["td.user .pick", ".badge.unusual [aria-hidden]"];
      return texts.map((one) => row.querySelector(one)?.textContent);
    }),
  );

/** @param {Page} page */
const search = (page) => Object.fromEntries(new URL(page.url()).searchParams);

/** @param {Page} page */
const toggle = (page) => page.getByRole("checkbox", { name: "Unusual only" });

/**
 * Waits until the filter shows a text.
 *
 * @param {Page} page
 * @param {string} words
 */
const filterSays = (page, words) =>
  page.waitForFunction(
    (expected) => document.getElementById("unusual-words").textContent === expected,
    words,
  );

/** @param {Page} page */
const sideways = (page) =>
  page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

/**
 * The reasons of the open entry, each with its sentence.
 *
 * @param {Page} page
 */
async function told(page) {
  const section = page.locator("#entry .why.unusual");
  const texts = (/** @type {string} */ tag) => section.locator(tag).allTextContents();
  const [labels, sentences] = [await texts("dt"), await texts("dd")];
  return labels.map((label, at) => [label, sentences[at]]);
}

/**
 * @param {Page} page
 * @param {string} name
 */
async function picture(page, name) {
  if (FOLDER) await page.screenshot({ path: `${FOLDER}/${name}.png`, animations: "disabled" });
}

test("a row says that it is unusual and why, and is no taller for it", async () => {
  const page = await open("unusual=true");
  assert.deepEqual(await badges(page), UNUSUAL);
  const row = page.locator("#rows tr").last();
  const badge = row.locator(".badge.unusual");
  const all = "Unusual: New network, Recorded late";
  assert.equal(await badge.getAttribute("title"), all);
  // A screen reader gets all of it, in the badge and in the name of the row's link.
  assert.match(await row.locator("td.time").ariaSnapshot(), /Unusual: New network, Recorded late/);
  const link = row.getByRole("link");
  assert.match((await link.getAttribute("aria-label")) ?? "", new RegExp(`, ${all}$`));
  await page.locator("label.toggle").click();
  await rowsShown(page, 20);
  const heights = await page
    .locator("#rows tr")
    .evaluateAll((rows) => rows.map((one) => one.getBoundingClientRect().height));
  assert.equal(new Set(heights).size, 1, `${heights}`);
  const usual = page.locator("#rows tr", { has: page.locator("td.user", { hasText: "Grace" }) });
  assert.equal(await usual.first().locator(".badge.unusual").count(), 0);
  assert.doesNotMatch(
    (await usual.first().getByRole("link").getAttribute("aria-label")) ?? "",
    /Unusual/,
  );
  await page.assertQuiet();
  await page.leave();
});

test("the filter counts each unusual entry once, is in the address, and is undone by Back", async () => {
  const page = await open();
  assert.equal(await toggle(page).isChecked(), false);
  await filterSays(page, "Unusual only (6)");
  assert.equal(
    await page.locator("#unusual-words").getAttribute("title"),
    "New actor: 4, New network: 1, Burst: 1, Many denied: 1, Recorded late: 1",
  );
  await toggle(page).focus();
  await page.keyboard.press("Space");
  await rowsShown(page, 6);
  assert.deepEqual(search(page), { workspace: "ws_u", unusual: "true" });
  assert.equal(await page.locator("#total").innerText(), "6 entries");
  // The menus count what is unusual, under the other filters.
  await page.click("#action");
  await page.locator("#action-list").getByText("Member invited (2)").waitFor();
  await page.keyboard.press("Escape");
  assert.deepEqual((await offeredIn(page, "action")).sort(), [
    "Member invited (2)",
    "Member removed (1)",
    "Plan updated (1)",
    "Settings updated (1)",
    "Viewer token created (1)",
  ]);
  await filterSays(page, "Unusual only (6)");
  await page.selectOption("#outcome", "denied");
  await rowsShown(page, 1);
  await filterSays(page, "Unusual only (1)");
  await page.goBack();
  await rowsShown(page, 6);
  assert.equal(await toggle(page).isChecked(), true);
  await page.goBack();
  await rowsShown(page, 20);
  assert.equal(await toggle(page).isChecked(), false);
  await page.goForward();
  await rowsShown(page, 6);
  await page.reload();
  await rowsShown(page, 6);
  assert.equal(await toggle(page).isChecked(), true);
  await page.click("#clear");
  await rowsShown(page, 20);
  assert.equal(await toggle(page).isChecked(), false);
  assert.deepEqual(search(page), { workspace: "ws_u" });
  // The count is over all users, so it would be wrong next to a filter by one.
  await page.goto(viewer(service, "ws_u", { token, query: "actor_id=usr_bo" }));
  await rowsShown(page, 20);
  await countsAnswered(page);
  assert.equal(await page.locator("#unusual-words").innerText(), "Unusual only");
  await toggle(page).check();
  await rowsShown(page, 1);
  assert.deepEqual(await badges(page), [UNUSUAL[4]]);
  await page.assertQuiet();
  await page.leave();
});

/**
 * Waits until no request is under way.
 *
 * @param {Page} page
 */
async function countsAnswered(page) {
  await page.waitForLoadState("networkidle");
}

/**
 * A page that is told of what is unusual in a log.
 *
 * @param {() => Partial<Facets>} facets
 * @param {{ locale?: string, query?: string, workspace?: string, withClock?: boolean }} [options]
 */
async function openTold(facets, { locale, query, workspace = "ws_u", withClock = false } = {}) {
  const page = await openPage({ locale });
  const asked = { times: 0 };
  if (withClock) await page.clock.install();
  await page.route(/\/facets/, async (route) => {
    asked.times += 1;
    const response = await route.fetch();
    await route.fulfill({ response, json: { ...(await response.json()), ...facets() } });
  });
  await page.goto(viewer(service, workspace, { token: await service.token(workspace), query }));
  await listed(page);
  return Object.assign(page, { asked });
}

test("how many entries are unusual comes with the other counts", async () => {
  const unusual = [
    { name: "burst", count: 1_234 },
    { name: "returned", count: 1 },
  ];
  const told = { unusual, unusual_entries: 1_234, unusual_is_complete: true };
  const page = await openTold(() => told);
  await filterSays(page, "Unusual only (1,234)");
  assert.equal(await page.locator("#unjudged").isVisible(), false);
  await countsAnswered(page);
  assert.equal(page.asked.times, 1);
  await page.leave();
});

test("while the newest entries are not judged, the page says so, and asks a few times", async () => {
  let found = 0;
  const facets = () => ({ unusual: [], unusual_entries: found, unusual_is_complete: false });
  const page = await openTold(facets, { withClock: true });
  await page.getByText("The newest entries are still being checked.").waitFor();
  await filterSays(page, "Unusual only");
  assert.match(await page.locator("label.toggle").ariaSnapshot(), /checkbox "Unusual only"/);
  assert.equal(await toggle(page).getAttribute("aria-describedby"), "unjudged");
  assert.deepEqual(await seriousFindings(page), []);
  await picture(page, "unusual-unjudged");
  /** @param {boolean} hidden */
  const hide = (hidden) =>
    page.evaluate((value) => {
      Object.defineProperty(document, "hidden", { configurable: true, value });
      document.dispatchEvent(new Event("visibilitychange"));
    }, hidden);
  await hide(true);
  await page.clock.runFor(HOUR * 60_000);
  assert.equal(page.asked.times, 1);
  await hide(false);
  found = 3;
  for (const pause of [5, 10, 20, 40, 80, 160]) {
    const answered = page.waitForResponse(/\/facets/);
    await page.clock.runFor((pause - 1) * 1_000);
    /** @type {number} */
    const times = page.asked.times;
    await page.clock.runFor(1_500);
    await (await answered).finished();
    assert.equal(page.asked.times, times + 1);
    // The next pause begins with the answer.
    await filterSays(page, "Unusual only (3)");
  }
  await page.clock.runFor(HOUR * 60_000);
  assert.equal(page.asked.times, 7);
  assert.equal(await page.locator("#unjudged").isVisible(), true);
  await page.assertQuiet();
  await page.leave();
});

test("the badges come to the rows that are shown when the entries are judged, and nothing moves", async () => {
  await service.workspace("ws_fresh");
  await service.record("ws_fresh", [
    ...Array.from({ length: 30 }, (_, at) => entry(20 * DAY + at)),
    entry(1, { actor: nia }),
  ]);
  const page = await open("", {}, "ws_fresh");
  assert.deepEqual(await badges(page), []);
  const tops = () =>
    page
      .locator("#rows tr")
      .evaluateAll((rows) => rows.map((one) => one.getBoundingClientRect().top));
  const places = await tops();
  await page.locator("a.open-link").nth(3).focus();
  const row = page.locator("#rows tr", { has: page.locator("td.user", { hasText: "Nia New" }) });
  const badge = row.locator(".badge.unusual", { hasText: "New user" });
  // The service judges an entry that has a number, which it has after some 10 seconds.
  await badge.waitFor({ timeout: 300_000 });
  assert.match(
    (await row.getByRole("link").getAttribute("aria-label")) ?? "",
    /Unusual: New user$/,
  );
  assert.deepEqual(await tops(), places);
  assert.equal(
    await page.evaluate(() => document.activeElement?.classList.contains("open-link")),
    true,
  );
  assert.equal(
    (await page.locator("#unusual-words").innerText()).startsWith("Unusual only ("),
    true,
  );
  await page.assertQuiet();
  await page.leave();
});

test("an export of what is unusual has what the list shows", async () => {
  const page = await open("unusual=true&outcome=success");
  await rowsShown(page, 5);
  await page.click("#export");
  assert.deepEqual(await page.locator("#export-choice .chip").allInnerTexts(), [
    "Outcome: Success",
    "Unusual only",
  ]);
  await page.getByText("The file will have 5 entries, as the list has now.").waitFor();
  await picture(page, "unusual-export");
  const request = page.waitForRequest(
    (one) => one.method() === "POST" && one.url().endsWith("/exports"),
  );
  await page.click("#export-start");
  assert.equal((await request).postDataJSON().unusual, true);
  const item = page.locator(".export").first();
  await item.getByText(/^Size/).waitFor({ timeout: 60_000 });
  assert.match(await item.innerText(), /Unusual only/);
  assert.match(await item.innerText(), /Entries\n5\n/);
  await page.assertQuiet();
  await page.leave();
});

test("an empty list of what is unusual says what that means", async () => {
  await service.workspace("ws_young");
  await service.record("ws_young", [entry(1)]);
  const [first, erste] = [
    "In the first days of a log, usually 14, ",
    "In den ersten Tagen eines Logs",
  ];
  for (const [locale, query, isJudged, title, ...lines] of /** @type {const} */ ([
    ["en-GB", "", true, "Nothing unusual was found", first],
    ["en-GB", "&outcome=denied", true, "No unusual entries match these filters", first],
    [
      ...["en-GB", "", false, "Nothing unusual was found yet", first],
      "The newest entries are still being checked.",
    ],
    ["de-DE", "", true, "Nichts Ungewöhnliches gefunden", erste],
    [
      ...["de-DE", "", false, "Bisher nichts Ungewöhnliches gefunden", erste],
      "Die neuesten Einträge werden noch geprüft.",
    ],
  ])) {
    const page = await openTold(() => ({ unusual_entries: 0, unusual_is_complete: isJudged }), {
      locale: String(locale),
      query: `unusual=true${query}`,
      workspace: "ws_young",
    });
    await page.locator("#message h2", { hasText: new RegExp(`^${title}$`) }).waitFor();
    // Whether all is judged comes with the counts, after the list.
    const told = page.locator("#message > p");
    await told.nth(lines.length - 1).waitFor();
    const said = await told.allInnerTexts();
    assert.equal(said.length, lines.length);
    for (const [at, line] of lines.entries())
      assert.ok(said[at].startsWith(String(line)), said[at]);
    assert.deepEqual(await seriousFindings(page), []);
    await picture(page, `unusual-empty-${locale}`);
    await page.locator("#message button").click();
    await page.locator("#rows a.open-link").first().waitFor();
    // That there is none is said only if it is known: the log may not be judged yet.
    const words = locale === "de-DE" ? "Nur Ungewöhnliches" : "Unusual only";
    await filterSays(page, isJudged ? `${words} (0)` : words);
    await page.assertQuiet();
    await page.leave();
  }
});

test("a value of the filter that there is not is refused in words, and can be cleared", async () => {
  const page = await open("unusual=maybe");
  await page.getByText("These filters cannot be used").waitFor();
  assert.equal(await toggle(page).isChecked(), false);
  await page.locator("#message").getByRole("button", { name: "Clear filters" }).click();
  await rowsShown(page, 20);
  await page.leave();
});

test("a new actor is called what it is, and counts that are forgotten are not made up", async () => {
  const page = await openPage();
  const types = ["user", "api_key", "service_account", "system", "anonymous", "of_later"];
  await page.route(/\/entries\?/, async (route) => {
    const response = await route.fetch();
    const json = await response.json();
    for (const [at, one] of json.entries.slice(0, types.length).entries())
      Object.assign(one, { actor: { type: types[at], id: "one" }, unusual: ["new_actor"] });
    await route.fulfill({ response, json });
  });
  await page.route(new RegExp(`/entries/${late}`), async (route) => {
    const response = await route.fetch();
    const hour = "2026-06-30T22:00:00.000Z";
    const unusual = [
      { reason: "new_actor", detail: "-" },
      { reason: "burst", detail: "Far more than usual.", hour },
      {
        reason: "new_address",
        detail: "-",
        known_since: hour,
        network: "198.51.100.0/24",
        known_networks: ["203.0.113.0/24", "192.0.2.0/24"],
        known_network_count: 2,
      },
    ];
    const json = { ...(await response.json()), actor: { type: "api_key", id: "key_1" }, unusual };
    await route.fulfill({ response, json });
  });
  await page.goto(viewer(service, "ws_u", { token }));
  await listed(page);
  const labels = (await badges(page)).map(([, label]) => label);
  assert.deepEqual(labels.slice(0, types.length), [
    "New user",
    "New API key",
    "New service account",
    "New system",
    "First anonymous entry",
    "New actor",
  ]);
  await page.goto(viewer(service, "ws_u", { token, query: `entry=${late}` }));
  await page.waitForSelector("dialog[open] .facts");
  assert.deepEqual(await told(page), [
    ["New API key", "First entry by key_1."],
    ["Burst", "Far more than usual."],
    [
      "New network",
      "First entry by key_1 from 198.51.100.0/24. Earlier ones, since 1 Jul 2026, came from " +
        "203.0.113.0/24 and 192.0.2.0/24.",
    ],
  ]);
  await page.assertQuiet();
  await page.leave();
});

test("an entry that is not judged has no badge and no section", async () => {
  await service.workspace("ws_now");
  const [id] = await service.record("ws_now", [entry(1)]);
  const page = await open(`entry=${id}`, {}, "ws_now");
  assert.equal(await page.locator(".unusual").count(), 0);
  await page.leave();
});

test("the open entry says why it is unusual, and is copied as an export has it", async () => {
  const page = await open(`unusual=true&entry=${late}`, {
    permissions: ["clipboard-read", "clipboard-write"],
  });
  const day = (/** @type {number} */ days) =>
    new Intl.DateTimeFormat("en-GB", {
      day: "numeric",
      month: "short",
      year: "numeric",
      timeZone: "Europe/Berlin",
    }).format(Date.now() - days * DAY * 60_000);
  const known = `Earlier ones, since ${day(40)}, came from 203.0.113.0/24.`;
  assert.deepEqual(await told(page), [
    ["New network", `First entry by Grace Hopper from 198.51.100.0/24. ${known}`],
    ["Recorded late", "Recorded 10 days after it happened."],
  ]);
  const heading = page.getByRole("heading", { name: "Unusual", exact: true });
  assert.equal(await heading.isVisible(), true);
  assert.deepEqual(await seriousFindings(page), []);
  await picture(page, "unusual-entry");
  await page.getByRole("button", { name: "Copy entry as JSON" }).click();
  // The page's policy does not allow it to read the clipboard, so another page reads it.
  const reader = await page.context().newPage();
  await reader.goto(service.address);
  const copied = JSON.parse(await reader.evaluate(() => navigator.clipboard.readText()));
  assert.deepEqual(copied.unusual, ["new_address", "recorded_late"]);
  await page.assertQuiet();
  await page.leave();
});

test("what the page says of unusual entries is what the service says", async () => {
  const page = await open("unusual=true", { timezoneId: "UTC" });
  for (const [at] of UNUSUAL.entries()) {
    await page.locator("a.open-link").nth(at).click();
    await page.waitForSelector("dialog[open] .facts");
    const id = search(page).entry;
    const one = /** @type {EntryWithChanges} */ (await service.send("GET", `ws_u/entries/${id}`));
    // The same words, but for how days and times are written.
    const plain = (/** @type {string} */ text) =>
      text
        .replace(/\d{4}-\d\d-\d\d( \d\d:\d\d UTC)?/g, "…")
        .replace(/\d{1,2} \p{L}+ \d{4}(, \d\d:\d\d)?/gu, "…");
    assert.deepEqual(
      (await told(page)).map(([, sentence]) => plain(sentence)),
      (one.unusual ?? []).map(({ detail }) => plain(detail)),
    );
    await page.goBack();
    await page.waitForSelector("dialog:not([open])", { state: "attached" });
  }
  await page.leave();
});

/** @type {Evidence[]} */
const EVIDENCE = [
  { reason: "new_actor", detail: "-" },
  {
    reason: "new_address",
    detail: "-",
    known_since: "2026-05-01T22:30:00.000Z",
    network: "2001:db8:1::/48",
    known_networks: ["203.0.113.0/24", "198.51.100.0/24"],
    known_network_count: 4,
  },
  {
    reason: "new_action",
    detail: "-",
    known_since: "2026-05-01T22:30:00.000Z",
    known_action_count: 1,
  },
  { reason: "returned", detail: "-", last_active_day: "2026-03-31" },
  {
    reason: "unusual_hour",
    detail: "-",
    known_since: "2026-05-01T22:30:00.000Z",
    known_hours: [0, 7, 8, 9, 12, 23],
  },
  {
    reason: "burst",
    detail: "-",
    hour: "2026-06-30T22:00:00.000Z",
    count: 1_200,
    busiest_before: 3,
  },
  {
    reason: "many_denied",
    detail: "-",
    hour: "2026-06-30T22:00:00.000Z",
    count: 11,
    busiest_before: 0,
  },
  { reason: "recorded_late", detail: "-", recorded_after_seconds: 90_000 },
  { reason: "of_later", detail: "The service says why." },
];
/** @type {Record<string, string[][]>} */
const SENTENCES = {
  "en-GB": [
    ["New user", "First entry by Grace Hopper."],
    [
      "New network",
      "First entry by Grace Hopper from 2001:db8:1::/48. Earlier ones, since 2 May 2026, came from " +
        "203.0.113.0/24, 198.51.100.0/24 and 2 other networks.",
    ],
    [
      "First time",
      "First time that Grace Hopper did this. Known since 2 May 2026, with 1 other action.",
    ],
    ["Back after a pause", "First entry by Grace Hopper since 31 Mar 2026 (UTC)."],
    [
      "Unusual hour",
      "First entry by Grace Hopper around 04:00 UTC. Known since 2 May 2026, active at " +
        "07:00–10:00, 12:00–13:00 and 23:00–01:00 UTC.",
    ],
    [
      "Burst",
      "1,200 sensitive actions by Grace Hopper in the hour from 1 Jul 2026, 00:00. " +
        "The busiest usual hour had 3.",
    ],
    [
      "Many denied",
      "11 attempts by Grace Hopper were denied in the hour from 1 Jul 2026, 00:00. " +
        "There were none in an hour before.",
    ],
    ["Recorded late", "Recorded 1 day after it happened."],
    ["of_later", "The service says why."],
  ],
  "de-DE": [
    ["Neuer Benutzer", "Erster Eintrag von Grace Hopper."],
    [
      "Neues Netz",
      "Erster Eintrag von Grace Hopper aus 2001:db8:1::/48. Frühere, seit dem 2. Mai 2026, kamen aus " +
        "203.0.113.0/24, 198.51.100.0/24 und 2 anderen Netzen.",
    ],
    [
      "Zum ersten Mal",
      "Erstes Mal, dass Grace Hopper das tat. Bekannt seit dem 2. Mai 2026, mit 1 anderen Aktion.",
    ],
    ["Zurück nach Pause", "Erster Eintrag von Grace Hopper seit dem 31. März 2026 (UTC)."],
    [
      "Unübliche Uhrzeit",
      "Erster Eintrag von Grace Hopper gegen 04:00 UTC. Bekannt seit dem 2. Mai 2026, üblich sind " +
        "07:00–10:00, 12:00–13:00 und 23:00–01:00 UTC.",
    ],
    [
      "Häufung",
      "1.200 sensible Aktionen von Grace Hopper in der Stunde ab 1. Juli 2026, 00:00. " +
        "Die stärkste übliche Stunde hatte 3.",
    ],
    [
      "Oft verweigert",
      "11 Versuche von Grace Hopper in der Stunde ab 1. Juli 2026, 00:00 verweigert. " +
        "In keiner Stunde davor gab es welche.",
    ],
    ["Spät aufgezeichnet", "Erst 1 Tag nach dem Ereignis aufgezeichnet."],
    ["of_later", "The service says why."],
  ],
};

for (const [locale, sentences] of Object.entries(SENTENCES)) {
  test(`each reason has its sentence, in the reader's format and zone: ${locale}`, async () => {
    const page = await openPage({ locale });
    await page.route(new RegExp(`/entries/${late}`), async (route) => {
      const response = await route.fetch();
      const occurred_at = "2026-07-01T04:44:00.000Z";
      const json = { ...(await response.json()), occurred_at, unusual: EVIDENCE };
      await route.fulfill({ response, json });
    });
    await page.goto(viewer(service, "ws_u", { token, query: `entry=${late}` }));
    await page.waitForSelector("dialog[open] .facts");
    assert.deepEqual(await told(page), sentences);
    for (const [name, options] of /** @type {const} */ ([
      ["light", {}],
      ["dark", { colorScheme: "dark" }],
      ["forced", { forcedColors: "active", colorScheme: "light" }],
      ["narrow", { forcedColors: "none" }],
    ])) {
      await page.emulateMedia(options);
      if (name === "narrow") await page.setViewportSize(NARROW.viewport);
      assert.deepEqual(await seriousFindings(page), [], name);
      await picture(page, `unusual-reasons-${locale}-${name}`);
    }
    assert.ok((await sideways(page)) <= 0);
    const box = page.locator("#entry-body");
    assert.ok(await box.evaluate((one) => one.scrollWidth <= one.clientWidth));
    await page.assertQuiet();
    await page.leave();
  });
}

/** @type {[name: string, options: BrowserContextOptions][]} */
const LOOKS = [
  ["light", {}],
  ["dark", { colorScheme: "dark" }],
  ["forced", { forcedColors: "active" }],
  ["german", { locale: "de-DE" }],
  ["medium", { viewport: { width: 1_000, height: 800 } }],
  ["tablet", { viewport: { width: 800, height: 900 } }],
  ["narrow", NARROW],
  ["narrow-german", { ...NARROW, locale: "de-DE" }],
];

for (const [name, options] of LOOKS) {
  test(`the badge can be read, and the filter is in its place: ${name}`, async () => {
    const page = await open("", options);
    await countsShown(page);
    await page.waitForFunction(() =>
      document.getElementById("unusual-words").textContent.endsWith(" (6)"),
    );
    await picture(page, `unusual-list-${name}`);
    await page.locator("#unusual").check();
    await rowsShown(page, 6);
    assert.deepEqual(await seriousFindings(page), []);
    assert.ok((await sideways(page)) <= 0);
    // No badge is cut off, and in forced colours it has an edge.
    const cut = await page
      .locator(".badge.unusual")
      .evaluateAll((all) => all.filter((one) => one.scrollWidth > one.clientWidth).length);
    assert.equal(cut, 0);
    const inCell = await page.locator(".badge.unusual").evaluateAll((all) =>
      all.every((one) => {
        const [box, cell] = [one, one.closest("td")].map((it) => it?.getBoundingClientRect());
        return box && cell && box.right < cell.right + 0.5 && box.bottom < cell.bottom + 0.5;
      }),
    );
    assert.ok(inCell);
    if (name === "forced") {
      const edge = await page
        .locator(".badge.unusual")
        .first()
        .evaluate((one) => getComputedStyle(one).borderTopWidth);
      assert.equal(edge, "1px");
    }
    await picture(page, `unusual-only-${name}`);
    if (name.startsWith("narrow")) {
      await page.locator("#rows").scrollIntoViewIfNeeded();
      await page.locator("#rows tr").first().scrollIntoViewIfNeeded();
      await page.evaluate(() => document.getElementById("results").scrollIntoView());
      await picture(page, `unusual-rows-${name}`);
    }
    await page.assertQuiet();
    await page.leave();
  });
}

test("on paper a badge is there, and stays with its time", async () => {
  const page = await open("unusual=true");
  await page.emulateMedia({ media: "print" });
  assert.equal(await page.locator(".badge.unusual").first().isVisible(), true);
  await picture(page, "unusual-print");
  await page.leave();
});
