// The panel of exports when the service refuses, is busy, or does not answer.

import assert from "node:assert/strict";
import test, { after, before } from "node:test";
import {
  closePanel,
  done,
  exported,
  idOf,
  isPanelOpen,
  openPanel,
  problem,
  startWithEntries,
} from "./exporting.js";
import { focusedId, placeShown, rowsShown, stopAll, viewer } from "./harness.js";

/**
 * @import { Client } from "./harness.js"
 * @import { PanelPage, Refused } from "./exporting.js"
 * @import { Export } from "../../viewer/answers.d.ts"
 */

/** @type {Client} */
let service;
/** @type {string} */
let token;

before(async () => {
  ({ service, token } = await startWithEntries());
});
after(stopAll);

/** @param {PanelPage} page */
const kinds = (page) => page.asked.map(({ kind }) => kind);
/** @param {PanelPage} page */
const troubleTitle = (page) => page.locator("#exports-message h3").innerText();

test("a token that does not allow exporting disables it, until there is another token", async () => {
  let isAllowed = false;
  const page = await openPanel(service, token, {
    answers: { list: () => (isAllowed ? { exports: [] } : problem(403, "insufficient-scope")) },
  });
  assert.equal(await troubleTitle(page), "This access does not allow exporting");
  assert.match(await page.locator("#exports-message").innerText(), /ask whoever runs the product/);
  assert.equal(await page.locator("#exports-message").getAttribute("role"), "alert");
  assert.equal(await page.locator("#export-form").isVisible(), false);
  assert.equal(await focusedId(page), "exports-close");
  await closePanel(page);
  const button = page.locator("#export");
  assert.deepEqual(
    [await button.getAttribute("aria-disabled"), await button.getAttribute("title")],
    ["true", "This access does not allow exporting."],
  );
  await button.click({ force: true });
  assert.equal(
    await page.locator("#status").textContent(),
    "This access does not allow exporting.",
  );
  assert.equal(await isPanelOpen(page), false);
  await page.click("#next");
  await placeShown(page, "Page 2");
  assert.equal(
    await button.getAttribute("aria-disabled"),
    "true",
    "another page of the list does not change that",
  );
  isAllowed = true;
  await page.goto(viewer(service, "ws_a", { token: await service.token("ws_a"), query: "page=2" }));
  await page.waitForFunction(
    () => document.getElementById("export").getAttribute("aria-disabled") === "false",
  );
  await button.click();
  assert.equal(await page.locator("#export-form").isVisible(), true);
  await page.assertQuiet();
  await page.leave();
});

test("the panel closes when the token ends, and opens again with the next token", async () => {
  /** @type {() => Export | Refused} */
  let given = () => problem(401, "unauthenticated");
  const page = await openPanel(service, token, {
    answers: {
      list: ({ count }) => ({
        exports: count === 0 ? [] : [exported({ state: "running", rows_written: 7 })],
      }),
      start: () => exported(),
      one: () => given(),
    },
  });
  await page.click("#export-start");
  await page.waitForFunction(
    () => !document.getElementById("exports").open && !document.getElementById("message").hidden,
  );
  assert.equal(await page.locator("#message h2").innerText(), "Your access to this log has ended");
  assert.equal(await page.locator("#export").getAttribute("aria-disabled"), "true");
  given = () => exported({ state: "running", rows_written: 7 });
  await page.goto(viewer(service, "ws_a", { token }));
  await page.getByText("7 of 12,345 entries written", { exact: true }).first().waitFor();
  await rowsShown(page, 20);
  await page.assertQuiet();
  await page.leave();
});

test("a busy service says when to try again, and the retry asks for the same export", async () => {
  const page = await openPanel(service, token, {
    answers: {
      start: ({ count }) =>
        count === 0 ? problem(429, "rate-limited", { "retry-after": "7" }) : exported(),
      one: () => exported(),
    },
  });
  await page.click("#export-start");
  await page.locator("#exports-message").waitFor();
  assert.equal(await troubleTitle(page), "The service is busy");
  assert.match(
    await page.locator("#exports-message").innerText(),
    /Nothing is lost\.\s+Reference: req-7\s+Try again in 7 seconds\./,
  );
  await page.getByRole("button", { name: "Try again" }).click();
  await page.locator("progress").waitFor();
  assert.equal(await page.locator("#exports-message").isVisible(), false);
  const bodies = page.asked.filter(({ kind }) => kind === "start").map(({ body }) => body);
  assert.deepEqual(bodies[0], bodies[1]);
  await page.assertQuiet();
  await page.leave();
});

test("after a start without an answer, the list shows whether the export has started", async () => {
  for (const lost of [() => problem(503, "store-unavailable"), () => undefined]) {
    const page = await openPanel(service, token, {
      answers: {
        list: ({ count }) => ({ exports: count === 0 ? [] : [exported({ state: "running" })] }),
        start: lost,
        one: () => exported({ state: "running" }),
      },
    });
    await page.click("#export-start");
    await page.getByText("The export may have started anyway.").waitFor();
    assert.equal(await page.locator("#export-start").getAttribute("aria-disabled"), "false");
    await page.getByRole("button", { name: "Reload the list" }).click();
    await page.locator("progress").waitFor();
    assert.equal(await page.locator("#exports-message").isVisible(), false);
    assert.deepEqual(
      kinds(page).filter((kind) => kind !== "one"),
      ["list", "start", "list"],
    );
    await page.assertQuiet();
    await page.leave();
  }
});

test("polling retries by itself when the service is busy or unreachable, but not too early", async () => {
  const page = await openPanel(service, token, {
    answers: {
      start: () => exported(),
      one: ({ count }) =>
        [
          problem(503, "store-unavailable", { "retry-after": "4" }),
          undefined,
          exported({ state: "running", rows_written: 9 }),
        ][Math.min(count, 2)],
    },
  });
  await page.click("#export-start");
  await page.locator("#exports-message").waitFor();
  assert.match(
    await page.locator("#exports-message").innerText(),
    /The page tries again by itself in 4 seconds\./,
  );
  assert.equal(await page.locator("#exports-message").getAttribute("role"), "status");
  assert.equal(await page.locator("#exports-message button").count(), 0);
  await page.waitForFunction(
    () =>
      document.querySelector("#exports-message h3")?.textContent ===
      "The service cannot be reached",
  );
  await page.getByText("9 of 12,345 entries written", { exact: true }).first().waitFor();
  assert.equal(await page.locator("#exports-message").isVisible(), false);
  const [first, second] = page.asked.filter(({ kind }) => kind === "one").map(({ at }) => at);
  assert.ok(second - first >= 3_900, `${second - first} ms`);
  await page.assertQuiet();
  await page.leave();
});

test("a refused export shows the reason of the service, which stays while others are polled", async () => {
  const page = await openPanel(service, token, {
    answers: {
      list: () => ({ exports: [exported({ id: idOf(1), state: "running" })] }),
      start: () =>
        problem(
          422,
          "validation-failed",
          {},
          { errors: [{ pointer: "/action", detail: "is not in the catalogue" }] },
        ),
      one: ({ count }) => exported({ id: idOf(1), state: "running", rows_written: count + 1 }),
    },
  });
  await page.click("#export-start");
  await page.locator("#exports-message").waitFor();
  assert.equal(await troubleTitle(page), "This cannot be exported");
  assert.match(
    await page.locator("#exports-message").innerText(),
    /Action is not in the catalogue/,
  );
  await page.waitForFunction(() => (document.querySelector("progress")?.value ?? 0) >= 2);
  assert.equal(await page.locator("#exports-message").isVisible(), true);
  await page.leave();
});

test("a list of exports that failed to load can be loaded again", async () => {
  /** @type {[refusal: Refused | undefined, expected: string][]} */
  const cases = [
    [problem(500, "internal"), "The service could not answer"],
    [problem(429, "rate-limited"), "The service is busy"],
    [undefined, "The service cannot be reached"],
    [problem(404, "not-found"), "Exports are not available"],
  ];
  for (const [refusal, expected] of cases) {
    const page = await openPanel(service, token, {
      answers: { list: ({ count }) => (count === 0 ? refusal : { exports: [done()] }) },
    });
    assert.equal(await troubleTitle(page), expected);
    const again = page.locator("#exports-message").getByRole("button", { name: "Try again" });
    if (refusal?.status === 404) {
      assert.equal(await again.count(), 0);
    } else {
      await again.click();
      await page.getByRole("button", { name: /^Show file/ }).waitFor();
      assert.equal(await page.locator("#exports-message").isVisible(), false);
    }
    await page.assertQuiet();
    await page.leave();
  }
});
