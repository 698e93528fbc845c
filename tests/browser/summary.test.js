// What a row says of what changed.

import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import test, { after, before } from "node:test";
import { entry, openList, seriousFindings, startService, stopAll, viewer } from "./harness.js";

/**
 * @import { BrowserContextOptions, Page } from "playwright-core"
 * @import { Client } from "./harness.js"
 */

const FOLDER = process.env.SCREENSHOTS;
const LONG = "Ein langer Text, der länger ist als vierzig Zeichen und als jede Zelle";
const LATER = LONG.replace("Ein", "Kein");

/** @type {Client} */
let service;
/** @type {string} */
let token;

/**
 * An entry of that many minutes ago, as JSON, so that numbers are recorded as they are written.
 *
 * @param {number} minutes
 * @param {string} old
 * @param {string} now
 */
const change = (minutes, old, now) =>
  `${JSON.stringify(entry(minutes)).slice(0, -1)},"old_value":${old},"new_value":${now}}`;

before(async () => {
  service = await startService();
  await service.workspace("ws_s");
  await service.record("ws_s", [
    change(1, '{"role":"viewer","name":"Eve"}', '{"role":"admin","name":"Eve"}'),
    change(2, '{"a":1,"b":true,"c":null,"d":4,"e":5}', '{"a":2,"b":false,"c":"x","d":5,"e":6}'),
    change(3, '{"name":"Eve"}', '{"name":"Eve","role":"admin"}'),
    change(4, '{"name":"Eve","role":"viewer"}', '{"name":"Eve"}'),
    change(5, '{"limits":{"seats":9007199254740993}}', '{"limits":{"seats":9007199254740995}}'),
    change(6, '{"seats":"5","note":""}', '{"seats":5,"note":"none"}'),
    change(7, JSON.stringify({ "a/b": LONG }), JSON.stringify({ "a/b": `${LATER}\u202e` })),
    change(8, '"viewer"', '"admin"'),
    entry(9),
  ]);
  token = await service.token("ws_s");
  if (FOLDER) await mkdir(FOLDER, { recursive: true });
});
after(stopAll);

/** @param {BrowserContextOptions} [options] */
async function open(options = {}) {
  return openList(viewer(service, "ws_s", { token, query: "action=member.invite" }), options);
}

/**
 * What can be seen of each row's summary, without what only screen readers say.
 *
 * @param {Page} page
 */
const seen = (page) =>
  page
    .locator("#rows td.action")
    .evaluateAll((cells) =>
      cells.map((cell) =>
        [...cell.querySelectorAll(".what > span:not(.hidden)")]
          .map((one) => one.textContent)
          .join(" "),
      ),
    );

/** @param {string} text */
const cut = (text) => `${text.slice(0, 39)}…`;

test("a row says what changed, at most three things, and how many more there are", async () => {
  const page = await open();
  const rows = await seen(page);
  assert.deepEqual(rows, [
    "role: viewer → admin",
    "a: 1 → 2, b: true → false, c: null → x + 2 more",
    "role: + admin",
    "role: − viewer",
    "limits.seats: 9007199254740993 → 9007199254740995",
    'note: "" → none, seats: "5" → 5',
    `a/b: ${cut(LONG)} → ${cut(LATER)}`,
    "viewer → admin",
    "",
  ]);
  // A screen reader is told which value was there before.
  const cell = page.locator("#rows td.action");
  assert.match(await cell.nth(0).ariaSnapshot(), /role: from viewer to admin/);
  assert.match(await cell.nth(2).ariaSnapshot(), /role: added: admin/);
  assert.match(await cell.nth(3).ariaSnapshot(), /role: removed: viewer/);
  assert.equal(
    await cell.nth(1).locator(".what").getAttribute("title"),
    "a: 1 → 2\nb: true → false\nc: null → x\n+ 2 more",
  );
  await page.assertQuiet();
  await page.leave();
});

test("German says it in German", async () => {
  const page = await open({ locale: "de-DE" });
  assert.equal((await seen(page))[1], "a: 1 → 2, b: true → false, c: null → x + 2 weitere");
  const cell = page.locator("#rows td.action");
  assert.match(await cell.nth(0).ariaSnapshot(), /role: von viewer zu admin/);
  await page.assertQuiet();
  await page.leave();
});

/** @type {[name: string, options: BrowserContextOptions][]} */
const LOOKS = [
  ["light", {}],
  ["dark", { colorScheme: "dark" }],
  ["forced", { forcedColors: "active" }],
  ["medium", { viewport: { width: 1_000, height: 800 } }],
  ["narrow", { viewport: { width: 320, height: 640 } }],
];

for (const [name, options] of LOOKS) {
  test(`it is one line inside its cell, and no row of the table is taller: ${name}`, async () => {
    const page = await open(options);
    const lines = await page.locator("#rows .what").evaluateAll((all) =>
      all.map((one) => {
        const [box, cell] = [one, one.closest("td")].map((it) => it?.getBoundingClientRect());
        return box && cell && { height: box.height, isInside: box.right <= cell.right + 0.5 };
      }),
    );
    assert.equal(lines.length, 8);
    for (const line of lines) assert.ok(line?.isInside && line.height < 26, JSON.stringify(line));
    // How many more there are is never cut off.
    const more = page.getByText("+ 2 more", { exact: true });
    assert.ok(await more.evaluate((one) => one.scrollWidth <= one.clientWidth + 1));
    if (name !== "narrow") {
      const heights = await page
        .locator("#rows tr")
        .evaluateAll((rows) => rows.map((one) => Math.round(one.getBoundingClientRect().height)));
      assert.equal(new Set(heights).size, 1, `${heights}`);
    }
    assert.equal(
      await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth),
      true,
    );
    assert.deepEqual(await seriousFindings(page), []);
    if (FOLDER) await page.screenshot({ path: `${FOLDER}/summary-${name}.png`, fullPage: true });
    await page.assertQuiet();
    await page.leave();
  });
}
