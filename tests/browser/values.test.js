// How the old and the new value are compared on the screen: counts, texts, large values, layouts.

import assert from "node:assert/strict";
import test, { after, before } from "node:test";
import {
  boxOf,
  entry,
  listed,
  openList,
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

/** @type {Client} */
let service;
/** @type {string} */
let token;
/** @type {Map<string, string>} */
const ids = new Map();

const lines = Array.from({ length: 2_500 }, (_, at) => `Line ${at} of the terms of service.\n`);
const words = Array.from({ length: 12_000 }, (_, at) => `word${at}`).join(" ");
/** @param {number} changed */
const grid = (changed) =>
  Array.from({ length: 900 }, (_, row) =>
    Array.from({ length: 10 }, (_, at) => row * 10 + at + (at === 5 ? changed : 0)),
  );
/** @type {Record<string, object>} */
const VALUES = {
  created: { new_value: { name: "Apollo", key: "APO", members: ["ada", "grace"] } },
  deep: {
    old_value: { a: { b: 1, c: { d: 2, e: [] } }, keep: 1 },
    new_value: {
      keep: 2,
      list: [
        { x: 1, y: 2 },
        { x: 3, y: 4 },
      ],
    },
  },
  words: {
    old_value: { note: "The quick brown fox", plain: "viewer" },
    new_value: { note: "The slow brown fox jumps", plain: "admin" },
  },
  lines: {
    old_value: { id: 1, terms: lines.join(""), z: 1 },
    new_value: {
      id: 1,
      terms: lines
        .map((line, at) => (at === 1_200 ? line.replace("terms", "rules") : line))
        .filter((_, at) => at !== 2_000)
        .join(""),
      z: 1,
    },
  },
  line: {
    old_value: { text: words },
    new_value: { text: words.replace("word6000 ", "other ") },
  },
  grid: { old_value: grid(0), new_value: grid(1) },
  pair: { old_value: { role: "viewer", seats: 1 }, new_value: { role: "admin", seats: 1 } },
};

before(async () => {
  service = await startService();
  await service.workspace("ws_a");
  for (const [name, values] of Object.entries(VALUES)) {
    const [id] = await service.record("ws_a", [entry(ids.size + 1, values)]);
    ids.set(name, id);
  }
  token = await service.token("ws_a");
});
after(stopAll);

/**
 * @param {string} name
 * @param {BrowserContextOptions} options
 */
async function open(name, options = {}) {
  const page = await openPage(options);
  await page.goto(viewer(service, "ws_a", { token, query: `entry=${ids.get(name)}` }));
  await page.waitForSelector("dialog .diff");
  await listed(page);
  return page;
}

/** @param {Page} page */
const legend = (page) => page.locator(".legend .mark").allInnerTexts();

/**
 * The changed lines with their marks, as `[so]`.
 *
 * @param {Page} page
 * @param {"left" | "right"} side
 */
const marked = (page, side) =>
  page
    .locator(`tr:is(.changed, .added, .removed) td.line.${side}:not(.gap) code`)
    .evaluateAll((all) =>
      all.map((code) => {
        const copy = /** @type {HTMLElement} */ (code.cloneNode(true));
        for (const one of copy.querySelectorAll("mark")) one.textContent = `[${one.textContent}]`;
        return copy.textContent;
      }),
    );

test("fields are counted, not pointers", async () => {
  const page = await open("created");
  assert.deepEqual(await legend(page), ["+ 3 fields added"]);
  await page.leave();
  const deep = await open("deep");
  assert.deepEqual(await legend(deep), [
    "+ 1 field added",
    "− 3 fields removed",
    "~ 1 field changed",
  ]);
  await deep.assertQuiet();
  await deep.leave();
});

test("words that differ are marked in a text that has changed", async () => {
  const page = await open("words");
  assert.deepEqual(await marked(page, "left"), [
    '"note": "The [quick] brown fox",',
    '"plain": "viewer"',
  ]);
  assert.deepEqual(await marked(page, "right"), [
    '"note": "The [slow] brown fox[ jumps]",',
    '"plain": "admin"',
  ]);
  const decoration = await page
    .locator("mark")
    .first()
    .evaluate((one) => getComputedStyle(one).textDecorationLine);
  assert.equal(decoration, "underline", "not by colour alone");
  assert.deepEqual(await seriousFindings(page), []);
  await page.assertQuiet();
  await page.leave();
});

test("two texts of a hundred thousand characters show the lines that differ", async () => {
  assert.ok(lines.join("").length > 80_000);
  const page = await open("lines");
  assert.deepEqual(await legend(page), ["~ 1 field changed"]);
  const text = (/** @type {number} */ at) => `Line ${at} of the`;
  assert.deepEqual(await marked(page, "left"), [
    `${text(1_200)} [terms] of service.\\n`,
    `${text(2_000)} terms of service.\\n`,
  ]);
  assert.deepEqual(await marked(page, "right"), [`${text(1_200)} [rules] of service.\\n`]);
  const shown = await page.locator("tr.same td.line.left").allInnerTexts();
  assert.equal(
    shown.includes(`"terms": "Line 0 of the terms of service.\\n`),
    true,
    "the key stays",
  );
  assert.ok(shown.length < 30, "what is equal is folded");
  await page.getByRole("button", { name: /^Show 1,000 of 1,19\d unchanged lines$/ }).click();
  assert.ok((await page.locator("tr.same").count()) > 1_000);
  await page.getByRole("button", { name: "Copy new value" }).waitFor();
  await page.assertQuiet();
  await page.leave();
});

test("one line of a hundred thousand characters shows the word that differs", async () => {
  assert.ok(words.length > 100_000);
  const page = await open("line");
  const [left] = await marked(page, "left");
  assert.match(left ?? "", /word5999 \[word6000\] word6001/);
  assert.match((await marked(page, "right"))[0] ?? "", /word5999 \[other\] word6001/);
  assert.ok((left ?? "").length < 600, "what is equal is folded");
  const folded = page.getByRole("button", { name: /^… show [\d,]+ equal characters …$/ });
  assert.equal(await folded.count(), 4);
  await folded.first().click();
  await folded.first().click();
  assert.equal(
    await page.locator("td.line.left code").nth(1).textContent(),
    `"text": "${words}"`,
    "it unfolds completely",
  );
  await page.assertQuiet();
  await page.leave();
});

test("a value of 900 times 10 elements opens at once, and draws what is seen", async () => {
  const page = await openList(viewer(service, "ws_a", { token }));
  const took = await page.evaluate(async (id) => {
    const started = performance.now();
    /** @type {HTMLElement | null} */
    const link = document.querySelector(`a[data-id="${id}"]`);
    link?.click();
    while (document.querySelector("dialog .diff") === null)
      await new Promise((resolve) => requestAnimationFrame(resolve));
    document.getElementById("entry-body").getBoundingClientRect();
    return performance.now() - started;
  }, ids.get("grid"));
  console.log(`a value of 9,000 elements: ${Math.round(took)} ms from the click to its values`);
  assert.ok(took < 2_000, `${took} ms`);
  const rows = () => page.locator(".diff tbody tr").count();
  const height = () => page.evaluate(() => document.getElementById("entry-body").scrollHeight);
  assert.ok((await rows()) < 400);
  assert.ok((await height()) < 12_000);
  const before = await rows();
  await page.evaluate(() => {
    const body = document.getElementById("entry-body");
    body.scrollTop = body.scrollHeight;
  });
  await page.waitForFunction(
    (count) => document.querySelectorAll(".diff tbody tr").length > count,
    before,
  );
  assert.ok((await rows()) < 1_000, "the rest waits until one gets there");
  await page.assertQuiet();
  await page.leave();
});

test("values stand side by side or in one column, as was chosen last", async () => {
  const page = await open("pair");
  /** @param {Page} of */
  const boxes = async (of) => [
    await boxOf(of.locator("tr.changed td.line.left").first()),
    await boxOf(of.locator("tr.changed td.line.right").first()),
  ];
  const [left, right] = await boxes(page);
  assert.equal(left.y, right.y);
  const unified = page.getByRole("button", { name: "Unified" });
  assert.equal(await unified.getAttribute("aria-pressed"), "false");
  await unified.click();
  const [above, below] = await boxes(page);
  assert.ok(below.y >= above.y + above.height - 1 && below.x === above.x);
  assert.deepEqual(await page.locator("tr.changed td.sign").allInnerTexts(), ["−", "+"]);
  assert.equal(await page.locator("tr.same td.line.right").first().isVisible(), false);
  assert.deepEqual(await seriousFindings(page), []);
  await page.reload();
  await page.waitForSelector("dialog .diff");
  assert.equal(await unified.getAttribute("aria-pressed"), "true");
  const [still, there] = await boxes(page);
  assert.ok(there.y > still.y);
  await page.getByRole("button", { name: "Side by side" }).click();
  const [one, other] = await boxes(page);
  assert.equal(one.y, other.y);
  // There is no choice where there is no room, and the window may get narrow later.
  await page.setViewportSize({ width: 400, height: 800 });
  await unified.waitFor({ state: "hidden" });
  const [top, bottom] = await boxes(page);
  assert.ok(bottom.y > top.y);
  await page.assertQuiet();
  await page.leave();
});
