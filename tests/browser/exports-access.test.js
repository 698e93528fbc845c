// The panel of exports for everybody: keys, focus, axe, narrow screens.

import assert from "node:assert/strict";
import test, { after, before } from "node:test";
import { addresses, answer, closePanel, done, exported, idOf, openPanel, problem, startWithEntries } from "./exporting.js";
import { listed, openPage, seriousFindings, stopAll, viewer } from "./harness.js";

let service;
let token;

before(async () => {
  ({ service, token } = await startWithEntries());
});
after(stopAll);

test("the keyboard opens, fills, starts and closes the panel, and comes back to where it was", async () => {
  const page = await openPage();
  page.asked = await answer(page, { start: ({ body }) => exported({ format: body.format, compression: body.compression }), one: () => exported() });
  await page.goto(viewer(service, "ws_a", { token }));
  await listed(page);
  await page.focus("#export");
  await page.keyboard.press("Enter");
  await page.waitForSelector("#exports[open]");
  assert.equal(await page.evaluate(() => document.activeElement.value), "csv");
  await page.keyboard.press("ArrowDown");
  assert.equal(await page.evaluate(() => document.activeElement.value), "ndjson");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Space");
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.id), "export-start");
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Enter");
  await page.locator("progress").waitFor();
  assert.deepEqual(page.asked.find(({ kind }) => kind === "start").body, { format: "ndjson", compression: "gzip" });
  assert.match(await page.locator("#place").innerText(), /^Page 1 /, "the arrows are not for the list now");
  for (let step = 0; step < 8; step += 1) {
    await page.keyboard.press("Tab");
    assert.ok(await page.evaluate(() => document.activeElement === document.body || document.activeElement.closest("#exports") !== null), "the focus stays in the panel");
  }
  await closePanel(page);
  assert.equal(await page.evaluate(() => document.activeElement.id), "export");
  await page.keyboard.press("Enter");
  await page.waitForSelector("#exports[open]");
  await page.mouse.click(10, 400);
  await page.waitForFunction(() => !document.getElementById("exports").open);
  await page.click("#export");
  await page.locator("#exports").getByRole("button", { name: "Close" }).click();
  await page.waitForFunction(() => !document.getElementById("exports").open);
  await page.keyboard.press("ArrowRight");
  await page.waitForFunction(() => document.getElementById("place").textContent.startsWith("Page 2"));
  await page.assertQuiet();
  await page.leave();
});

test("the way back in the history closes the panel", async () => {
  const page = await openPage();
  await answer(page, {});
  await page.goto(viewer(service, "ws_a", { token }));
  await listed(page);
  await page.click("#next");
  await page.waitForFunction(() => document.getElementById("place").textContent.startsWith("Page 2"));
  await page.click("#export");
  await page.goBack();
  await page.waitForFunction(() => document.getElementById("place").textContent.startsWith("Page 1"));
  assert.equal(await page.locator("#exports").evaluate((dialog) => dialog.open), false);
  await page.leave();
});

for (const colorScheme of ["light", "dark"]) {
  for (const [width, height] of [[1_280, 900], [360, 740], [320, 450]]) {
    test(`axe finds nothing serious in the panel, and nothing is to be scrolled sideways, ${colorScheme}, ${width} pixels wide`, async () => {
      const exports = [
        exported({ id: idOf(5), state: "running", rows_written: 400 }),
        exported({ id: idOf(4), rows_expected: null }),
        exported({ id: idOf(3), state: "failed", failure: "x".repeat(300), filters: { actor_id: "a".repeat(128), from: "2026-11-01T00:00:00.123Z" } }),
        done({ id: idOf(2), requested_by: { type: "user", id: "u", name: "n".repeat(256), email: "e".repeat(254) } }),
        done({ id: idOf(1) }),
      ];
      const page = await openPanel(service, token, { query: "action=member.invite",
        options: { colorScheme, viewport: { width, height } },
        answers: { list: () => ({ exports }), one: ({ id: wanted }) => { const one = exports.find((other) => other.id === wanted); return one.file ? { ...one, file: { ...one.file, name: "f".repeat(200), ...addresses("https://files.example.com") } } : one; }, start: () => problem(429, "rate-limited") },
      });
      await page.locator(`[data-id="${idOf(2)}"] button`).click();
      await page.getByRole("link", { name: /^Download/ }).waitFor();
      await page.click("#export-start");
      await page.locator("#exports-message").waitFor();
      assert.deepEqual(await seriousFindings(page), []);
      const sideways = await page.evaluate(() => [document.documentElement, document.querySelector("#exports .sheet-body")].map((one) => Math.max(one.scrollWidth - one.clientWidth, 0)));
      assert.deepEqual(sideways, [0, 0]);
      for (const control of ["#exports-close", "#export-start", "a[data-of=file]", ".choice >> nth=0"]) {
        const box = await page.locator(control).boundingBox();
        assert.ok(box.width >= 24 && box.height >= 24, `${control}: WCAG 2.2, 2.5.8`);
      }
      await page.assertQuiet();
      await page.leave();
    });
  }
}
