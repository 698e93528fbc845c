// The open entry: what it shows, its address and its keys; also entries that try to mislead.

import assert from "node:assert/strict";
import test, { after, before } from "node:test";
import {
  boxOf,
  entry,
  listed,
  listedIds,
  openList,
  openPage,
  placeShown,
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
/**
 * The ids of the entries, by their names in `ENTRIES`.
 *
 * @type {Map<string, string>}
 */
const ids = new Map();

/**
 * An entry as JSON text, so that its values may have numbers that JavaScript cannot hold.
 *
 * @param {number} minutes
 * @param {string | undefined} oldText
 * @param {string | undefined} newText
 */
function withValues(minutes, oldText, newText, changes = {}) {
  const text = JSON.stringify(
    entry(minutes, {
      action: "settings.update",
      target: { type: "settings", id: "security", name: "Security" },
      ...changes,
    }),
  );
  const values = [oldText && `"old_value":${oldText}`, newText && `"new_value":${newText}`].filter(
    Boolean,
  );
  return `${text.slice(0, -1)},${values.join(",")}}`;
}

/** @param {number} count */
const list = (count) =>
  `[${Array.from({ length: count }, (_, index) => `"host-${index}.example.net"`).join(",")}]`;
const MARKUP = '<img src=x onerror="alert(1)">';
const ENTRIES = {
  numbers: withValues(
    1,
    '{"big":18446744073709551615,"one":1.0,"tiny":1e-400,"same":9007199254740993,"zero":0}',
    '{"big":18446744073709551616,"one":1.00,"tiny":2e-400,"same":9007199254740993,"zero":-0.0}',
  ),
  changes: withValues(
    2,
    '{"members":["a","b"],"plan":"free","sso":{"on":false},"title":"Old"}',
    '{"members":["a"],"plan":"free","region":"eu","sso":{"on":true},"title":"New"}',
    {
      outcome: "denied",
      user_agent: "Mozilla/5.0 (X11; Linux x86_64)",
      request_id: "req_1",
      external_id: "evt_1",
    },
  ),
  proto: withValues(
    3,
    '{"__proto__":null,"constructor":"Object","hasOwnProperty":true}',
    '{"__proto__":{"isAdmin":true},"constructor":{"prototype":{}},"hasOwnProperty":false}',
  ),
  markup: withValues(
    4,
    undefined,
    JSON.stringify({ [MARKUP]: "</script><script>alert(1)</script>", a: "javascript:alert(1)" }),
    {
      actor: {
        type: "user",
        id: "usr_<b>",
        name: MARKUP,
        email: "x<svg/onload=alert(1)>@example.com",
      },
      target: { type: "project", id: '"><script>alert(1)</script>', name: "{{7*7}}${7*7}" },
      action: "project.update",
      user_agent: MARKUP,
    },
  ),
  direction: withValues(
    5,
    undefined,
    JSON.stringify({ name: "Anna \u202etxt.exe", nul: "\u0000\u001b[31m", joiner: "a\u200bb" }),
    {
      actor: {
        type: "user",
        id: "usr_anna",
        name: "Anna \u202etxt.exe",
        email: "anna@example.com",
      },
      target: { type: "member", id: "mbr_1", name: "admin\u200b" },
      action: "member.invite",
    },
  ),
  long: withValues(6, `{"text":"${"o".repeat(60_000)}"}`, `{"text":"${"n".repeat(200_000)}"}`, {
    occurred_at: new Date(Date.now() - 6 * 60_000).toISOString(),
  }),
  lines: withValues(7, `{"hosts":${list(900)}}`, `{"hosts":${list(901)}}`),
  only_new: withValues(8, undefined, '{"a":1}'),
  none: JSON.stringify(entry(9)),
  none_before: JSON.stringify(entry(10)),
};

before(async () => {
  service = await startService();
  await service.workspace("ws_a");
  await service.record(
    "ws_a",
    Array.from({ length: 30 }, (_, index) => entry(60 + index)),
  );
  for (const [name, one] of Object.entries(ENTRIES)) {
    const [id] = await service.record("ws_a", [one]);
    ids.set(name, id);
  }
  token = await service.token("ws_a");
});
after(stopAll);

/**
 * The id of an entry of `ENTRIES`; any other text is an id itself.
 *
 * @param {string} name
 */
function idOf(name) {
  return ids.get(name) ?? name;
}

/**
 * @param {string} name
 * @param {BrowserContextOptions} [options]
 */
async function openEntry(name, options) {
  const page = await openPage(options);
  await page.goto(viewer(service, "ws_a", { token, query: `entry=${idOf(name)}` }));
  await page.waitForSelector("dialog[open] #entry-body:not([aria-busy])");
  await listed(page);
  return page;
}

/**
 * The facts that the entry shows, from name to text.
 *
 * @param {Page} page
 * @returns {Promise<Record<string, string>>}
 */
const facts = (page) =>
  page
    .locator(".fact")
    .evaluateAll((all) =>
      Object.fromEntries(
        all.map((one) => [
          one.querySelector("dt")?.textContent,
          one.querySelector("dd")?.innerText.trim(),
        ]),
      ),
    );

/**
 * The rows of the values: mark, old line, new line.
 *
 * @param {Page} page
 */
const rows = (page) =>
  page
    .locator(".diff tbody tr")
    .evaluateAll((all) =>
      all.map((row) => [
        row.getAttribute("class") ?? "",
        ...[...row.querySelectorAll("code")].map((code) => code.textContent),
      ]),
    );

test("the eye opens the entry under an address of its own, and the back button closes it", async () => {
  const page = await openList(viewer(service, "ws_a", { token }));
  const list = page.url();
  await page.locator(`a[data-id="${idOf("changes")}"]`).click();
  await page.getByRole("dialog", { name: "Settings updated" }).waitFor();
  assert.equal(page.url(), `${list}&entry=${idOf("changes")}`);
  await page.goBack();
  await page.waitForFunction(() => !document.getElementById("entry").open);
  assert.equal(page.url(), list);
  await page.goForward();
  await page.waitForSelector("dialog[open]");
  await page.click("#close");
  await page.waitForFunction((address) => location.href === address, list);
  // A click anywhere else in the row opens it as well.
  await page.locator("#rows tr").nth(3).locator("td.action").click();
  await page.waitForSelector("dialog[open]");
  await page.mouse.click(5, 400);
  await page.waitForFunction((address) => location.href === address, list);
  await page.assertQuiet();
  await page.leave();
});

test("the dialog shows every field of the entry", async () => {
  const page = await openEntry("changes");
  const shown = await facts(page);
  assert.equal(await page.locator(".action-name code").innerText(), "settings.update");
  assert.equal(await page.locator(".action-name .badge").innerText(), "Denied");
  assert.equal(shown.User, "Grace Hopper\ngrace@example.com");
  assert.equal(shown["User id"], "usr_grace");
  assert.equal(shown.Target, "Settings Security");
  assert.equal(shown["Target id"], "security");
  assert.equal(shown["IP address"], "203.0.113.7");
  assert.equal(shown["User agent"], "Mozilla/5.0 (X11; Linux x86_64)");
  assert.equal(shown.Outcome, "Denied");
  assert.deepEqual(
    [shown["Request id"], shown["External id"], shown["Entry id"]],
    ["req_1", "evt_1", idOf("changes")],
  );
  const moment = new Date(
    `${idOf("changes").replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d).*/, "$1-$2-$3T$4:$5:$6")}Z`,
  );
  const berlin = new Intl.DateTimeFormat("en-GB", {
    timeZone: "Europe/Berlin",
    timeStyle: "medium",
  }).format(moment);
  assert.ok(shown.Happened.includes(berlin) && /GMT\+[12]/.test(shown.Happened), shown.Happened);
  assert.match(shown.Happened, /\n\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{3})? UTC$/);
  assert.match(shown.Recorded, /UTC$/);
  assert.match(shown.Expires, /\d{4}-\d\d-\d\d 00:00:00 UTC$/);
  await page.assertQuiet();
  await page.leave();
});

test("old and new values are side by side, with additions, removals and changes marked", async () => {
  const page = await openEntry("changes");
  assert.deepEqual(await rows(page), [
    ["same", "{", "{"],
    ["same", '"members": [', '"members": ['],
    ["same", '"a",', '"a"'],
    ["removed", '"b"'],
    ["same", "],", "],"],
    ["same", '"plan": "free",', '"plan": "free",'],
    ["added", '"region": "eu",'],
    ["same", '"sso": {', '"sso": {'],
    ["changed", '"on": false', '"on": true'],
    ["same", "},", "},"],
    ["changed", '"title": "Old"', '"title": "New"'],
    ["same", "}", "}"],
  ]);
  assert.deepEqual(await page.locator(".legend .mark").allInnerTexts(), [
    "+ 1 field added",
    "~ 3 fields changed",
  ]);
  /** @param {string} selector */
  const box = (selector) => boxOf(page.locator(selector).first());
  const [left, right] = [
    await box("tr.changed td.line.left"),
    await box("tr.changed td.line.right"),
  ];
  assert.ok(left.y === right.y && right.x > left.x + left.width - 1, "side by side");
  assert.equal(await page.locator("tr.changed td.left .hidden").first().textContent(), "changed: ");
  await page.leave();
});

test("the marks are the changes of the service, not a comparison by the page", async () => {
  const page = await openPage();
  await page.route(/\/entries\/2/, async (route) => {
    const response = await route.fetch();
    const text = (await response.text()).replace(
      /"changes":\[.*\]/,
      '"changes":[{"change":"changed","path":"/plan","old_value":"free","new_value":"free"}]',
    );
    await route.fulfill({ response, body: text });
  });
  await page.goto(viewer(service, "ws_a", { token, query: `entry=${idOf("changes")}` }));
  await page.waitForSelector(".diff");
  const marked = (await rows(page)).filter(([mark]) => mark !== "same" && mark !== "differs");
  assert.deepEqual(marked, [["changed", '"plan": "free",', '"plan": "free",']]);
  await page.leave();
});

test("numbers and keys are shown exactly as they were recorded", async () => {
  const page = await openEntry("numbers");
  const shown = await rows(page);
  assert.deepEqual(
    shown.filter(([mark]) => mark === "changed"),
    [
      ["changed", '"big": 18446744073709551615,', '"big": 18446744073709551616,'],
      ["changed", '"one": 1.0,', '"one": 1.00,'],
      ["changed", '"tiny": 1e-400,', '"tiny": 2e-400,'],
      ["changed", '"zero": 0', '"zero": -0.0'],
    ],
  );
  assert.deepEqual(
    shown.find((row) => row[1].includes("same")),
    ["same", '"same": 9007199254740993,', '"same": 9007199254740993,'],
  );
  await page.goto(viewer(service, "ws_a", { token, query: `entry=${idOf("proto")}` }));
  await page.locator(".diff").getByText("__proto__").first().waitFor();
  const keys = (await rows(page)).map((row) => row.slice(1).join(" | "));
  assert.ok(
    keys.some((line) => line.startsWith('"__proto__": null, | "__proto__": {')),
    keys.join("\n"),
  );
  assert.ok(keys.includes('"isAdmin": true'));
  assert.equal(await page.evaluate(() => "isAdmin" in {}), false);
  await page.assertQuiet();
  await page.leave();
});

test("markup in an entry is text in list and dialog: nothing runs, and the policy blocks nothing", async () => {
  const page = await openEntry("markup");
  const shown = await facts(page);
  assert.equal(shown.User, `${MARKUP}\nx<svg/onload=alert(1)>@example.com`);
  assert.equal(shown["User id"], "usr_<b>");
  assert.equal(shown["Target id"], '"><script>alert(1)</script>');
  assert.equal(shown["User agent"], MARKUP);
  assert.ok(
    (await rows(page)).some(
      (row) =>
        row[1] === `"<img src=x onerror=\\"alert(1)\\">": "</script><script>alert(1)</script>"` ||
        row[1].startsWith(`"<img src=x onerror=\\"alert(1)\\">"`),
    ),
  );
  await page.keyboard.press("Escape");
  const row = page.locator("#rows tr", { has: page.locator(`a[data-id="${idOf("markup")}"]`) });
  assert.equal(await row.locator("td.user .pick").innerText(), MARKUP);
  assert.equal(await row.locator("td.target .pick").innerText(), "{{7*7}}${7*7}");
  assert.equal(await page.locator("img, #rows svg:not(.icon), #rows script, #rows b").count(), 0);
  await row.locator("td.user .pick").click();
  assert.equal(await page.locator("#about-title").innerText(), MARKUP);
  await page.click("#about-only");
  await page.waitForURL(/actor_id=usr_%3Cb%3E/);
  await listed(page);
  await page.waitForTimeout(200);
  await page.assertQuiet();
  await page.leave();
});

test("invisible characters, and those that change the direction of text, are escapes", async () => {
  const page = await openEntry("direction");
  assert.match((await facts(page)).User, /^Anna \\u202etxt\.exe\n/);
  assert.deepEqual((await rows(page)).map((row) => row[1]).slice(1, 4), [
    '"joiner": "a\\u200bb",',
    '"name": "Anna \\u202etxt.exe",',
    '"nul": "\\u0000\\u001b[31m"',
  ]);
  await page.keyboard.press("Escape");
  const row = page.locator("#rows tr", { has: page.locator(`a[data-id="${idOf("direction")}"]`) });
  assert.equal(await row.locator("td.target .pick").innerText(), "admin\\u200b");
  assert.equal(
    await page.evaluate(() =>
      /[\u202a-\u202e\u2066-\u2069\u200b]/.test(document.documentElement.outerHTML),
    ),
    false,
  );
  await page.leave();
});

test("a value of 200 KB is folded, unfolds completely, and does not block the page", async () => {
  const page = await openEntry("long");
  const buttons = page.locator(".more");
  assert.deepEqual(await buttons.allInnerTexts(), [
    "… show all 60,000 characters",
    "… show all 200,000 characters",
  ]);
  assert.ok(
    (await page.evaluate(() => document.getElementById("entry-body").textContent.length)) < 5_000,
  );
  const started = Date.now();
  await buttons.nth(1).click();
  await page.waitForFunction(() => document.querySelectorAll(".more").length === 1);
  assert.ok(Date.now() - started < 3_000);
  assert.equal(
    await page.locator("td.line.right code").nth(1).textContent(),
    `"text": "${"n".repeat(200_000)}"`,
  );
  await page.assertQuiet();
  await page.leave();
});

test("long unchanged stretches are folded, and unfold", async () => {
  const page = await openEntry("lines");
  assert.ok((await page.locator(".diff tbody tr").count()) < 20);
  await page.getByRole("button", { name: "Show 898 unchanged lines" }).click();
  assert.equal(await page.locator(".diff tbody tr").count(), 905);
  assert.equal(await page.locator("tr.added").count(), 1);
  assert.equal(
    await page
      .locator("tr.added")
      .innerText()
      .then((text) => text.trim().replace(/\s+/g, " ")),
    '+ added: "host-900.example.net"',
  );
  await page.leave();
});

test("an entry with one value or none has no empty column", async () => {
  const page = await openEntry("only_new");
  assert.deepEqual(await page.locator(".diff th").allInnerTexts(), ["New value"]);
  assert.deepEqual(
    (await rows(page)).map(([mark]) => mark),
    ["added", "added", "added"],
  );
  await page.goto(viewer(service, "ws_a", { token, query: `entry=${idOf("none")}` }));
  await page.getByText("No values were recorded with this entry.").waitFor();
  assert.equal(await page.locator(".diff").count(), 0);
  await page.assertQuiet();
  await page.leave();
});

test("ids and values can be copied", async () => {
  const page = await openEntry("numbers", { permissions: ["clipboard-read", "clipboard-write"] });
  // The page's policy does not allow it to read the clipboard, so another page reads it.
  const reader = await page.context().newPage();
  await reader.goto(`${service.address}/v1/health`);
  const copied = async () => {
    await page.waitForSelector(".copied");
    await reader.bringToFront();
    const text = await reader.evaluate(() => navigator.clipboard.readText());
    await page.bringToFront();
    return text;
  };
  await page.bringToFront();
  await page
    .locator(".fact", { hasText: "Entry id" })
    .getByRole("button", { name: "Copy" })
    .click();
  assert.equal(await copied(), idOf("numbers"));
  await page.waitForFunction(() => document.getElementById("status").textContent === "Copied.");
  await page.waitForSelector(".copied", { state: "detached" });
  await page.getByRole("button", { name: "Copy new value" }).click();
  assert.match(await copied(), /^\{\n {2}"big": 18446744073709551616,\n/);
  await page.waitForSelector(".copied", { state: "detached" });
  await page.getByRole("button", { name: "Copy entry as JSON" }).click();
  const text = await copied();
  assert.match(text, new RegExp(`^\\{\n {2}"id": "${idOf("numbers")}",\n`));
  assert.match(text, /"big": 18446744073709551616,/);
  assert.equal(JSON.parse(text).changes, undefined);
  await page.leave();
});

test("the keyboard is enough: rows, entry, neighbours, pages, and back to the row", async () => {
  const page = await openList(viewer(service, "ws_a", { token }));
  const order = await listedIds(page);
  const focused = () => page.evaluate(() => document.activeElement?.getAttribute("data-id"));
  const opened = () => page.evaluate(() => new URLSearchParams(location.search).get("entry"));
  /** @param {string} key */
  const press = (key) => page.keyboard.press(key);
  /** @param {string} id */
  const closedOnRow = (id) =>
    page.waitForFunction((expected) => {
      const focus = document.activeElement?.getAttribute("data-id");
      return !document.getElementById("entry").open && focus === expected;
    }, id);
  await press("ArrowDown");
  assert.equal(await focused(), order[0]);
  await press("ArrowDown");
  await press("ArrowDown");
  await press("ArrowUp");
  assert.equal(await focused(), order[1]);
  await press("Enter");
  await page.waitForSelector("dialog[open] .facts");
  assert.equal(await opened(), order[1]);
  await press("ArrowRight");
  await page.waitForFunction((id) => location.search.includes(id), order[2]);
  await press("ArrowLeft");
  await press("ArrowLeft");
  await page.waitForFunction((id) => location.search.includes(id), order[0]);
  await page.waitForFunction(
    (id) => document.getElementById("entry-body").textContent.includes(id),
    order[0],
  );
  assert.equal(await page.locator("#newer").getAttribute("aria-disabled"), "true");
  await press("ArrowLeft");
  assert.equal(await opened(), order[0]);
  await press("Escape");
  await closedOnRow(order[0]);
  assert.equal(await opened(), null);
  for (let row = 0; row < 25; row += 1) await press("ArrowDown");
  assert.equal(await focused(), order[19]);
  await press("Enter");
  await page.waitForSelector("dialog[open] .facts");
  await press("ArrowRight");
  await page.waitForFunction(
    (id) => /page=2&entry=/.test(location.search) && !location.search.includes(id),
    order[19],
  );
  await page.waitForFunction(() => {
    const id = new URLSearchParams(location.search).get("entry");
    return id !== null && document.getElementById("entry-body").textContent.includes(id);
  });
  const second = (await opened()) ?? "";
  assert.ok(!order.includes(second));
  await press("Escape");
  await closedOnRow(second);
  assert.match(await page.locator("#place").innerText(), /^Page 2 of/);
  await press("ArrowLeft");
  await placeShown(page, "Page 1 of");
  await press("ArrowRight");
  await placeShown(page, "Page 2 of");
  await page.focus("#actor");
  await press("ArrowLeft");
  await page.waitForTimeout(200);
  assert.match(await page.locator("#place").innerText(), /^Page 2/);
  await page.assertQuiet();
  await page.leave();
});

test("an entry that is opened by its address knows its neighbours", async () => {
  const page = await openEntry("changes");
  await page.waitForFunction(
    () => document.getElementById("older").getAttribute("aria-disabled") === "false",
  );
  await page.click("#older");
  await page.waitForFunction((id) => !location.search.includes(id), idOf("changes"));
  await page.keyboard.press("Escape");
  await page.waitForFunction(
    () => !document.getElementById("entry").open && !location.search.includes("entry"),
  );
  await page.assertQuiet();
  await page.leave();
});

test("the dialog says that an entry does not exist, or that the service cannot be reached", async () => {
  const page = await openEntry("20200101T000000.000Z-00000000000000000000000000000000");
  assert.equal(await page.locator("#entry-title").innerText(), "Entry not found");
  await page.keyboard.press("Escape");
  await page.goto(viewer(service, "ws_a", { token, query: "entry=../../catalog" }));
  await page.waitForFunction(
    () => document.getElementById("entry-title").textContent === "Entry not found",
  );
  await page.keyboard.press("Escape");
  await page.waitForFunction(() => !document.getElementById("entry").open);
  await page.context().setOffline(true);
  await page.locator("a.open-link").first().click();
  await page.waitForFunction(
    () => document.getElementById("entry-title").textContent === "The service cannot be reached",
  );
  await page.context().setOffline(false);
  await page.locator("#entry-body").getByRole("button", { name: "Try again" }).click();
  await page.waitForSelector("#entry-body .facts");
  await page.assertQuiet();
  await page.leave();
});
