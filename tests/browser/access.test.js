// Accessibility of the list and the entry: axe, zoom, narrow screens, names and focus.

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

/** @import { Client } from "./harness.js" */

/** @type {Client} */
let service;
/** @type {string} */
let token;
/** The entry that the tests open. */
let opened = "";

before(async () => {
  service = await startService();
  await service.workspace("ws_a");
  const outcomes = ["success", "failure", "denied"];
  const values = {
    old_value: { role: "viewer", n: 1.5, list: [1, true, null] },
    new_value: { role: "admin", n: 2.5, list: [1, false], extra: "x".repeat(900) },
  };
  const ids = await service.record(
    "ws_a",
    Array.from({ length: 45 }, (_, index) =>
      entry(index + 1, { outcome: outcomes[index % 3], ...values }),
    ),
  );
  opened = ids[1];
  token = await service.token("ws_a");
});
after(stopAll);

const VIEWS = {
  list: "",
  filtered: "action=member.invite&target_type=member&actor_id=usr_grace&from=2020-01-01",
  entry: "entry=",
  "no match": "action=api_key.revoke",
  "past the end": "page=99",
  "unusable filters": "from=never",
};

for (const colorScheme of /** @type {const} */ (["light", "dark"])) {
  for (const [width, height] of [
    [1_280, 900],
    [360, 740],
  ]) {
    test(`axe finds nothing serious, ${colorScheme}, ${width} pixels wide`, async () => {
      for (const [name, query] of Object.entries(VIEWS)) {
        const page = await openPage({ colorScheme, viewport: { width, height } });
        await page.goto(
          viewer(service, "ws_a", { token, query: name === "entry" ? `entry=${opened}` : query }),
        );
        await listed(page);
        if (name === "entry") await page.waitForSelector(".diff");
        assert.deepEqual(await seriousFindings(page), [], name);
        await page.leave();
      }
      const page = await openPage({ colorScheme, viewport: { width, height } });
      await page.goto(viewer(service, "ws_a"));
      await listed(page);
      assert.deepEqual(await seriousFindings(page), [], "no token");
      await page.goto(`${service.address}/v1/viewer/example.html`);
      assert.deepEqual(await seriousFindings(page), [], "example");
      await page.leave();
    });
  }
}

test("axe finds mistakes that are there", async () => {
  const page = await openList(viewer(service, "ws_a", { token }));
  await page.evaluate(() => {
    document.getElementById("total").style.setProperty("color", "#ccc");
    document.querySelector("label[for=page]")?.remove();
  });
  const found = (await seriousFindings(page)).map((finding) => finding.split(":")[0]).sort();
  assert.deepEqual(found, ["color-contrast", "label"]);
  await page.leave();
});

test("at 200 and 400 per cent, and on a narrow screen, nothing has to be scrolled sideways", async () => {
  // Zooming halves the CSS pixels of a window: 1,280 become 640 at 200 %, and 320 at 400 %
  // (WCAG 2.2, 1.4.10).
  for (const width of [640, 320, 900, 1_100]) {
    for (const query of ["", `entry=${opened}`, "page=99"]) {
      const page = await openPage({ viewport: { width, height: 450 } });
      await page.goto(viewer(service, "ws_a", { token, query }));
      await listed(page);
      if (query.startsWith("entry")) await page.waitForSelector(".diff");
      const sideways = await page.evaluate(() =>
        [document.documentElement, document.getElementById("entry-body")].map(
          (one) => one.scrollWidth - one.clientWidth,
        ),
      );
      assert.deepEqual(
        sideways.map((more) => Math.max(more, 0)),
        [0, 0],
        `${width} ${query}`,
      );
      await page.leave();
    }
  }
});

test("on a narrow screen a row is a card with all its facts, and values stand in one column", async () => {
  const page = await openList(viewer(service, "ws_a", { token, query: "action=member.invite" }), {
    viewport: { width: 390, height: 844 },
  });
  const first = await page.locator("#rows tr").first().innerText();
  for (const said of [
    "Member invited",
    "Grace Hopper",
    "grace@example.com",
    "Member 1",
    "mbr_1",
    "203.0.113.7",
    "Member ",
  ])
    assert.ok(first.includes(said), `${said} in ${first}`);
  assert.equal(await page.locator("table").first().getAttribute("role"), "table");
  await page.goto(viewer(service, "ws_a", { token, query: `entry=${opened}` }));
  await page.waitForSelector(".diff");
  /** @param {"left" | "right"} side */
  const box = (side) => boxOf(page.locator(`tr.changed td.line.${side}`).first());
  const [left, right] = [await box("left"), await box("right")];
  assert.ok(right.y >= left.y + left.height - 1 && right.x === left.x, "one under the other");
  assert.equal(
    await page.locator("tr.same td.line.right").first().isVisible(),
    false,
    "equal lines are shown once",
  );
  await page.leave();
});

test("controls have names and are large enough, and the focus is visible", async () => {
  const page = await openList(viewer(service, "ws_a", { token }));
  await page.locator("#timeline-bars button").first().waitFor();
  for (const name of [
    "Action",
    "Target type",
    "User",
    "Target",
    "IP address",
    "Outcome",
    "From",
    "To",
    "Go to page",
  ])
    assert.equal(
      await page.getByLabel(name, { exact: true }).filter({ visible: true }).count(),
      1,
      name,
    );
  const link = page.getByRole("link", { name: /^Open: Member invited, Grace Hopper, / }).first();
  const box = await boxOf(link);
  assert.ok(box.width >= 24 && box.height >= 24, "WCAG 2.2, 2.5.8");
  const order = [];
  for (let step = 0; step < 23; step += 1) {
    await page.keyboard.press("Tab");
    const { name, outline } = await page.evaluate(() => {
      const focused = document.activeElement ?? document.body;
      const name = focused.id || focused.className || focused.parentElement?.id;
      return { name, outline: getComputedStyle(focused).outlineStyle };
    });
    assert.notEqual(outline, "none", name);
    order.push(name);
  }
  assert.deepEqual([...new Set(order)].slice(0, 15), [
    "skip",
    "export",
    "refresh",
    "keys",
    "action",
    "target_type",
    "actor",
    "target",
    "address",
    "outcome",
    "period",
    "from",
    "to",
    "unusual",
    "timeline-bars",
  ]);
  const isInRow = () => document.activeElement?.closest("#rows tr") !== null;
  assert.ok(
    await page.evaluate(isInRow),
    "the first row comes after the filters, the chart and the zone",
  );
  // The sticky header and pager never cover the element that has the focus (WCAG 2.2, 2.4.11).
  for (let row = 0; row < 30; row += 1) {
    await page.keyboard.press("ArrowDown");
    const isCovered = await page.evaluate(() => {
      const focused = document.activeElement ?? document.body;
      const { left, top, width, height } = focused.getBoundingClientRect();
      return !focused.contains(document.elementFromPoint(left + width / 2, top + height / 2));
    });
    assert.equal(isCovered, false, `row ${row}`);
  }
  await page.leave();
});

test("a screen reader is told what the list shows", async () => {
  const page = await openList(viewer(service, "ws_a", { token, query: "action=member.invite" }));
  assert.equal(await page.locator("#status").innerText(), "45 entries. Page 1 of 3.");
  await page.click("#next");
  await page.waitForFunction(
    () => document.getElementById("status").textContent === "45 entries. Page 2 of 3.",
  );
  await page.leave();
});
