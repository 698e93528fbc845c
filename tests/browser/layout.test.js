// How the page is laid out where room, colours or paper are not the usual ones, and with names that
// try to leave their place.

import assert from "node:assert/strict";
import test, { after, before } from "node:test";
import {
  boxOf,
  chosenIn,
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

/** @type {Client} */
let service;
/** @type {string} */
let token;
/** An entry with many values. */
let long = "";
/** An entry with a few changes. */
let short = "";

const zalgo = `Z${"\u0300\u0301\u0302\u0303\u0308\u030b\u0323\u0325".repeat(20)}algo`;
/** @type {[workspace: string, name: string][]} */
const NAMES = [
  ["ws_usual", "Zalgo"],
  ["ws_stacked", zalgo],
];

before(async () => {
  service = await startService();
  await service.workspace("ws_a", "enterprise");
  const values = {
    old_value: { role: "viewer", seats: 4, gone: true },
    new_value: { role: "admin", seats: 4, more: [1, 2] },
  };
  const ids = await service.record("ws_a", [
    ...Array.from({ length: 40 }, (_, index) => entry(index + 3)),
    entry(1, values),
    entry(2, {
      new_value: Object.fromEntries(
        Array.from({ length: 190 }, (_, index) => [`host_${index}`, `10.0.0.${index}`]),
      ),
    }),
  ]);
  [short, long] = ids.slice(-2);
  // The same three rows in each workspace, but for the name in the middle.
  for (const [workspace, name] of NAMES) {
    await service.workspace(workspace, "enterprise");
    await service.record(
      workspace,
      [0, 1, 2].map((at) =>
        entry(0, {
          occurred_at: `2026-01-02T03:04:0${at}.000Z`,
          actor: { type: "user", id: "usr_z", name: at === 1 ? name : "Grace Hopper" },
          target: { type: "member", id: "mbr_z", name: at === 1 ? name : "Alan Turing" },
          reason: at === 1 ? name : "None",
          user_agent: at === 1 ? name : "None",
        }),
      ),
    );
  }
  await service.workspace("ws_blank", "enterprise");
  await service.record("ws_blank", [
    entry(1, {
      actor: { type: "user", id: "usr_blank", name: `${" ".repeat(3)}Ada` },
      target: { type: "member", id: "m".repeat(200), name: "w".repeat(200) },
      action: "member.remove",
    }),
    entry(2, {
      actor: { type: "user", id: "usr_none", name: "two  blanks " },
      target: { type: "member", id: "mbr_1", name: "x".repeat(200) },
      targets: [{ type: "member", id: "mbr_2", name: "y".repeat(200) }],
      action: "member.remove",
    }),
  ]);
  token = await service.token("ws_a");
});
after(stopAll);

/**
 * @param {BrowserContextOptions} options
 * @param {string} query
 */
async function open(options, query = "", workspace = "ws_a") {
  const page = await openPage(options);
  const ofWorkspace = workspace === "ws_a" ? token : await service.token(workspace);
  await page.goto(viewer(service, workspace, { token: ofWorkspace, query }));
  await listed(page);
  if (query.startsWith("entry")) await page.waitForSelector("dialog .facts");
  return page;
}

/**
 * How many pages a printer would need.
 *
 * @param {Page} page
 */
async function pagesOnPaper(page) {
  const file = await page.pdf({ format: "A4" });
  return [...file.toString("latin1").matchAll(/\/Type\s*\/Page\b(?!s)/g)].length;
}

test("at 320 pixels the filters do not overlap, and the pager is one line", async () => {
  for (const locale of ["en-US", "de-DE"]) {
    const page = await open({ viewport: { width: 320, height: 640 }, locale });
    const boxes = await page
      .locator("#filters :is(input, select, .menu):visible")
      .evaluateAll((all) =>
        all.map((one) => {
          const { left, right, top, bottom } = one.getBoundingClientRect();
          return { id: one.id, left, right, top, bottom };
        }),
      );
    assert.equal(boxes.length, 10);
    for (const one of boxes) {
      assert.ok(one.left >= 0 && one.right <= 320, JSON.stringify(one));
      for (const other of boxes) {
        const isApart =
          one.right <= other.left ||
          other.right <= one.left ||
          one.bottom <= other.top ||
          other.bottom <= one.top;
        assert.ok(one === other || isApart, `${one.id} and ${other.id}`);
      }
    }
    const [previous, next] = [
      await boxOf(page.locator("#previous")),
      await boxOf(page.locator("#next")),
    ];
    assert.equal(previous.y, next.y);
    assert.ok(next.x + next.width <= 320);
    await page.assertQuiet();
    await page.leave();
  }
});

test("old and new are told apart by signs, side by side and one above the other", async () => {
  for (const width of [1_280, 390]) {
    const page = await open({ viewport: { width, height: 800 } }, `entry=${short}`);
    const signs = await page.locator("tr.changed td.sign").allInnerTexts();
    assert.deepEqual(signs, ["−", "+"], `${width}`);
    assert.deepEqual(await page.locator("tr.removed td.sign.left").allInnerTexts(), ["−"]);
    assert.equal((await page.locator("tr.added td.sign.right").allInnerTexts())[0], "+");
    await page.leave();
  }
});

test("in forced colours nothing shows through, and axe finds nothing serious", async () => {
  for (const width of [1_280, 320]) {
    for (const query of ["action=member.invite", `entry=${short}`]) {
      const page = await open({ viewport: { width, height: 700 }, forcedColors: "active" }, query);
      const pager = await page
        .locator("#pager")
        .evaluate((one) => [
          getComputedStyle(one).backgroundColor,
          getComputedStyle(one).backgroundImage,
        ]);
      assert.deepEqual(pager, ["rgb(255, 255, 255)", "none"]);
      assert.deepEqual(await seriousFindings(page), [], `${width} ${query}`);
      if (query.startsWith("action"))
        assert.notEqual(
          await page.locator("#action").evaluate((one) => getComputedStyle(one).outlineStyle),
          "none",
          "a filter that is set shows",
        );
      await page.assertQuiet();
      await page.leave();
    }
  }
});

test("the list prints as a table without its buttons, in dark colours too", async () => {
  const page = await open({ colorScheme: "dark" }, "action=member.invite");
  await page.emulateMedia({ media: "print", colorScheme: "dark" });
  for (const id of ["export", "refresh", "previous", "next", "jump", "clear", "timeline"])
    assert.equal(await page.locator(`#${id}`).isVisible(), false, id);
  assert.equal(await page.locator("a.open-link").first().isVisible(), false);
  assert.equal(await page.locator("#place").innerText(), "Page 1 of 3");
  assert.equal(await chosenIn(page, "action"), "member.invite");
  const colour = await page.evaluate(() => getComputedStyle(document.body).color);
  assert.equal(colour, "rgb(27, 31, 39)", "dark text on white paper");
  await page.emulateMedia({ media: null, colorScheme: "dark" });
  assert.equal(await pagesOnPaper(page), 1, "twenty rows fit on a page");
  await page.leave();
});

test("an open entry prints alone, once, from its first line to its last", async () => {
  const page = await open({}, `entry=${long}`);
  // A part of the value is folded on the screen; the rest of it fills more than two pages.
  assert.equal(await page.locator(".diff tbody tr").count(), 192);
  await page.emulateMedia({ media: "print" });
  assert.equal(await page.locator("main").isVisible(), false);
  assert.equal(await page.locator("#close").isVisible(), false);
  const isWhole = await page.evaluate(() => {
    const [sheet, body] = [document.getElementById("entry"), document.getElementById("entry-body")];
    return (
      body.scrollHeight <= body.clientHeight + 1 && sheet.scrollHeight <= sheet.clientHeight + 1
    );
  });
  assert.ok(isWhole, "nothing is cut off");
  await page.emulateMedia({ media: null });
  const pages = await pagesOnPaper(page);
  assert.ok(pages >= 3 && pages <= 5, `${pages} pages`);
  await page.keyboard.press("Escape");
  await page.waitForFunction(() => !document.getElementById("entry").open);
  assert.equal(await pagesOnPaper(page), 1);
  await page.leave();
  const other = await open({}, `entry=${short}`);
  assert.equal(await pagesOnPaper(other), 1, "a short entry is one page");
  await other.leave();
});

test("a name with stacked diacritics changes nothing outside its cell", async () => {
  for (const width of [1_280, 390]) {
    /** @type {Buffer[][]} */
    const pictures = [];
    for (const [workspace] of NAMES) {
      const page = await open(
        { viewport: { width, height: 1_000 } },
        "action=member.invite",
        workspace,
      );
      const rows = page.locator("#rows tr");
      const [first, last] = [await boxOf(rows.nth(0)), await boxOf(rows.nth(2))];
      const clips = [first, last].map(({ x, y, height }) => ({
        x,
        y,
        width: width - 2 * x,
        height,
      }));
      const shots = [];
      for (const clip of clips) shots.push(await page.screenshot({ clip }));
      pictures.push(shots);
      await page.leave();
    }
    for (const at of [0, 1])
      assert.ok(pictures[0][at].equals(pictures[1][at]), `row ${at === 0 ? 1 : 3}, ${width}`);
  }
});

test("an entry keeps stacked diacritics within the fact that has them", async () => {
  /** @type {Buffer[]} */
  const pictures = [];
  for (const [workspace] of NAMES) {
    const page = await open({}, "action=member.invite", workspace);
    await page.locator("a.open-link").nth(1).click();
    await page.waitForSelector("dialog .facts");
    const fact = (/** @type {string} */ name) =>
      page.locator(".fact", { has: page.locator("dt", { hasText: new RegExp(`^${name}$`) }) });
    const happened = await boxOf(fact("Happened").locator("dd"));
    pictures.push(await page.screenshot({ clip: happened }));
    await page.leave();
  }
  assert.ok(pictures[0].equals(pictures[1]));
});

test("blanks in a name are seen, and long names stay inside their cell", async () => {
  for (const width of [1_280, 900, 320]) {
    const page = await open(
      { viewport: { width, height: 800 } },
      "action=member.remove",
      "ws_blank",
    );
    const names = await page
      .locator("#rows td.user .pick")
      .evaluateAll((all) => all.map((one) => [one.textContent, getComputedStyle(one).whiteSpace]));
    assert.deepEqual(
      names.map(([name]) => name),
      ["\\u0020\\u0020\\u0020Ada", "two  blanks\\u0020"],
    );
    assert.ok(names.every(([, space]) => space?.startsWith("pre")));
    const cells = await page.locator("#rows td:visible").evaluateAll((all) =>
      all.map((cell) => {
        const { left, right } = cell.getBoundingClientRect();
        const { left: from, right: to } =
          cell.parentElement?.getBoundingClientRect() ?? cell.getBoundingClientRect();
        return {
          name: cell.className,
          isInRow: left >= from - 1 && right <= to + 1,
          isClipped: getComputedStyle(cell).overflowX !== "visible",
        };
      }),
    );
    assert.ok(cells.length >= 10);
    assert.deepEqual(
      cells.filter(({ isInRow, isClipped }) => !isInRow || !isClipped),
      [],
    );
    const sideways = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    assert.ok(sideways <= 0);
    await page.locator("a.open-link").nth(1).click();
    await page.waitForSelector("dialog .facts");
    const body = await page.evaluate(() => {
      const one = document.getElementById("entry-body");
      return one.scrollWidth - one.clientWidth;
    });
    assert.ok(body <= 0, `${width}`);
    await page.assertQuiet();
    await page.leave();
  }
});
