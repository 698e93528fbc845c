// Accessibility of the panel of exports: keys, focus, axe, narrow screens.

import assert from "node:assert/strict";
import test, { after, before } from "node:test";
import {
  addresses,
  answer,
  closePanel,
  done,
  exported,
  fileWith,
  idOf,
  isPanelOpen,
  openPanel,
  problem,
  startWithEntries,
} from "./exporting.js";
import {
  boxOf,
  focusedId,
  listed,
  openPage,
  placeShown,
  seriousFindings,
  stopAll,
  viewer,
} from "./harness.js";

/** @import { Client } from "./harness.js" */

/** @type {Client} */
let service;
/** @type {string} */
let token;

before(async () => {
  ({ service, token } = await startWithEntries());
});
after(stopAll);

test("the keyboard opens the panel, starts an export, closes the panel, and is back at the button", async () => {
  const page = await openPage();
  const asked = await answer(page, {
    start: ({ body }) => exported({ format: body.format, compression: body.compression }),
    one: () => exported(),
  });
  await page.goto(viewer(service, "ws_a", { token }));
  await listed(page);
  await page.focus("#export");
  await page.keyboard.press("Enter");
  await page.waitForSelector("#exports[open]");
  const chosen = page.locator("#export-form input:focus");
  assert.equal(await chosen.inputValue(), "csv");
  await page.keyboard.press("ArrowDown");
  assert.equal(await chosen.inputValue(), "ndjson");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Space");
  await page.keyboard.press("Tab");
  assert.equal(await focusedId(page), "export-start");
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Enter");
  await page.locator("progress").waitFor();
  assert.deepEqual(asked.find(({ kind }) => kind === "start")?.body, {
    format: "ndjson",
    bom: false,
    compression: "gzip",
  });
  assert.match(
    await page.locator("#place").innerText(),
    /^Page 1 /,
    "the arrow keys do not reach the list",
  );
  for (let step = 0; step < 8; step += 1) {
    await page.keyboard.press("Tab");
    assert.ok(
      await page.evaluate(() => {
        const focused = document.activeElement ?? document.body;
        return focused === document.body || focused.closest("#exports") !== null;
      }),
      "the focus stays in the panel",
    );
  }
  await closePanel(page);
  assert.equal(await focusedId(page), "export");
  await page.keyboard.press("Enter");
  await page.waitForSelector("#exports[open]");
  await page.mouse.click(10, 400);
  await page.waitForFunction(() => !document.getElementById("exports").open);
  await page.click("#export");
  await page.locator("#exports").getByRole("button", { name: "Close" }).click();
  await page.waitForFunction(() => !document.getElementById("exports").open);
  await page.keyboard.press("ArrowRight");
  await placeShown(page, "Page 2");
  await page.assertQuiet();
  await page.leave();
});

test("the back button of the browser closes the panel", async () => {
  const page = await openPage();
  await answer(page, {});
  await page.goto(viewer(service, "ws_a", { token }));
  await listed(page);
  await page.click("#next");
  await placeShown(page, "Page 2");
  await page.click("#export");
  await page.goBack();
  await placeShown(page, "Page 1");
  assert.equal(await isPanelOpen(page), false);
  await page.leave();
});

for (const colorScheme of /** @type {const} */ (["light", "dark"])) {
  for (const [width, height] of [
    [1_280, 900],
    [360, 740],
    [320, 450],
  ]) {
    test(`axe finds nothing serious in the panel, and nothing has to be scrolled sideways, ${colorScheme}, ${width} pixels wide`, async () => {
      const exports = [
        exported({ id: idOf(5), state: "running", rows_written: 400 }),
        exported({ id: idOf(4), rows_expected: null }),
        exported({
          id: idOf(3),
          state: "failed",
          failure: "x".repeat(300),
          filters: { actor_id: "a".repeat(128), from: "2026-11-01T00:00:00.123Z" },
        }),
        done({
          id: idOf(2),
          requested_by: { type: "user", id: "u", name: "n".repeat(256), email: "e".repeat(254) },
        }),
        done({ id: idOf(1) }),
      ];
      const page = await openPanel(service, token, {
        query: "action=member.invite",
        options: { colorScheme, viewport: { width, height } },
        answers: {
          list: () => ({ exports }),
          one: ({ id }) => {
            const one = exports.find((other) => other.id === id);
            const links = addresses("https://files.example.com");
            return one?.file
              ? { ...one, file: fileWith({ name: "f".repeat(200), ...links }) }
              : one;
          },
          start: () => problem(429, "rate-limited"),
        },
      });
      await page.locator(`[data-id="${idOf(2)}"] button`).click();
      await page.getByRole("link", { name: /^Download/ }).waitFor();
      await page.click("#export-start");
      await page.locator("#exports-message").waitFor();
      assert.deepEqual(await seriousFindings(page), []);
      const sideways = await page.evaluate(() =>
        [document.documentElement, ...document.querySelectorAll("#exports .sheet-body")].map(
          (one) => Math.max(one.scrollWidth - one.clientWidth, 0),
        ),
      );
      assert.deepEqual(sideways, [0, 0]);
      for (const control of [
        "#exports-close",
        "#export-start",
        "a[data-of=file]",
        "#exports .choice >> nth=0",
      ]) {
        const box = await boxOf(page.locator(control));
        assert.ok(box.width >= 24 && box.height >= 24, `${control}: WCAG 2.2, 2.5.8`);
      }
      await page.assertQuiet();
      await page.leave();
    });
  }
}
