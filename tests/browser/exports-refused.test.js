// The panel of exports when the service refuses, is busy, or does not answer.

import assert from "node:assert/strict";
import test, { after, before } from "node:test";
import { closePanel, done, exported, idOf, openPanel, problem, startWithEntries } from "./exporting.js";
import { stopAll, viewer } from "./harness.js";

let service;
let token;

before(async () => {
  ({ service, token } = await startWithEntries());
});
after(stopAll);

const kinds = (page) => page.asked.map(({ kind }) => kind);
const troubleTitle = (page) => page.locator("#exports-message h3").innerText();

test("a token that does not allow exporting is told so, once, until there is another", async () => {
  let isAllowed = false;
  const page = await openPanel(service, token, { answers: { list: () => (isAllowed ? { exports: [] } : problem(403, "insufficient-scope")) } });
  assert.equal(await troubleTitle(page), "This access does not allow exporting");
  assert.match(await page.locator("#exports-message").innerText(), /ask whoever runs the product/);
  assert.equal(await page.locator("#exports-message").getAttribute("role"), "alert");
  assert.equal(await page.locator("#export-form").isVisible(), false);
  assert.equal(await page.evaluate(() => document.activeElement.id), "exports-close");
  await closePanel(page);
  const button = page.locator("#export");
  assert.deepEqual([await button.getAttribute("aria-disabled"), await button.getAttribute("title")], ["true", "This access does not allow exporting."]);
  await button.click({ force: true });
  assert.equal(await page.locator("#status").textContent(), "This access does not allow exporting.");
  assert.equal(await page.locator("#exports").evaluate((dialog) => dialog.open), false);
  await page.click("#next");
  await page.waitForFunction(() => document.getElementById("place").textContent.startsWith("Page 2"));
  assert.equal(await button.getAttribute("aria-disabled"), "true", "another page of the list does not change that");
  isAllowed = true;
  await page.goto(viewer(service, "ws_a", { token: await service.token("ws_a"), query: "page=2" }));
  await page.waitForFunction(() => document.getElementById("export").getAttribute("aria-disabled") === "false");
  await button.click();
  assert.equal(await page.locator("#export-form").isVisible(), true);
  await page.assertQuiet();
  await page.leave();
});

test("a token that ends closes the panel, and opens it again with the next", async () => {
  let given = () => problem(401, "unauthenticated");
  const page = await openPanel(service, token, { answers: { list: ({ count }) => ({ exports: count === 0 ? [] : [exported({ state: "running", rows_written: 7 })] }), start: () => exported(), one: () => given() } });
  await page.click("#export-start");
  await page.waitForFunction(() => !document.getElementById("exports").open && !document.getElementById("message").hidden);
  assert.equal(await page.locator("#message h2").innerText(), "Your access to this log has ended");
  assert.equal(await page.locator("#export").getAttribute("aria-disabled"), "true");
  given = () => exported({ state: "running", rows_written: 7 });
  await page.goto(viewer(service, "ws_a", { token }));
  await page.getByText("7 of 12,345 entries written", { exact: true }).first().waitFor();
  await page.waitForFunction(() => document.querySelectorAll("#rows a.open-link").length === 20);
  await page.assertQuiet();
  await page.leave();
});

test("a service that is busy says when to try again, and the same export is asked for then", async () => {
  const page = await openPanel(service, token, { answers: { start: ({ count }) => (count === 0 ? problem(429, "rate-limited", { "retry-after": "7" }) : exported()), one: () => exported() } });
  await page.click("#export-start");
  await page.locator("#exports-message").waitFor();
  assert.equal(await troubleTitle(page), "The service is busy");
  assert.match(await page.locator("#exports-message").innerText(), /Nothing is lost\.\s+Reference: req-7\s+Try again in 7 seconds\./);
  await page.getByRole("button", { name: "Try again" }).click();
  await page.locator("progress").waitFor();
  assert.equal(await page.locator("#exports-message").isVisible(), false);
  const bodies = page.asked.filter(({ kind }) => kind === "start").map(({ body }) => body);
  assert.deepEqual(bodies[0], bodies[1]);
  await page.assertQuiet();
  await page.leave();
});

test("a start whose answer is lost may have been one: the list says which", async () => {
  for (const lost of [() => problem(503, "store-unavailable"), () => undefined]) {
    const page = await openPanel(service, token, { answers: { list: ({ count }) => ({ exports: count === 0 ? [] : [exported({ state: "running" })] }), start: lost, one: () => exported({ state: "running" }) } });
    await page.click("#export-start");
    await page.getByText("The export may have started all the same.").waitFor();
    assert.equal(await page.locator("#export-start").getAttribute("aria-disabled"), "false");
    await page.getByRole("button", { name: "Look whether it has" }).click();
    await page.locator("progress").waitFor();
    assert.equal(await page.locator("#exports-message").isVisible(), false);
    assert.deepEqual(kinds(page).filter((kind) => kind !== "one"), ["list", "start", "list"]);
    await page.assertQuiet();
    await page.leave();
  }
});

test("while an export is followed, a busy or lost service is asked again by itself, not before it said", async () => {
  const page = await openPanel(service, token, { answers: {
    start: () => exported(),
    one: ({ count }) => [problem(503, "store-unavailable", { "retry-after": "4" }), undefined, exported({ state: "running", rows_written: 9 })][Math.min(count, 2)],
  } });
  await page.click("#export-start");
  await page.locator("#exports-message").waitFor();
  assert.match(await page.locator("#exports-message").innerText(), /The page asks again in 4 seconds, by itself\./);
  assert.equal(await page.locator("#exports-message").getAttribute("role"), "status");
  assert.equal(await page.locator("#exports-message button").count(), 0);
  await page.waitForFunction(() => document.querySelector("#exports-message h3").textContent === "The service cannot be reached");
  await page.getByText("9 of 12,345 entries written", { exact: true }).first().waitFor();
  assert.equal(await page.locator("#exports-message").isVisible(), false);
  const [first, second] = page.asked.filter(({ kind }) => kind === "one").map(({ at }) => at);
  assert.ok(second - first >= 3_900, `${second - first} ms`);
  await page.assertQuiet();
  await page.leave();
});

test("what the service does not take is said in its words, and stays while others are followed", async () => {
  const page = await openPanel(service, token, { answers: {
    list: () => ({ exports: [exported({ id: idOf(1), state: "running" })] }),
    start: () => problem(422, "validation-failed", {}, { errors: [{ pointer: "/action", detail: "is not in the catalogue" }] }),
    one: ({ count }) => exported({ id: idOf(1), state: "running", rows_written: count + 1 }),
  } });
  await page.click("#export-start");
  await page.locator("#exports-message").waitFor();
  assert.equal(await troubleTitle(page), "This cannot be exported");
  assert.match(await page.locator("#exports-message").innerText(), /Action is not in the catalogue/);
  await page.waitForFunction(() => document.querySelector("progress").value >= 2);
  assert.equal(await page.locator("#exports-message").isVisible(), true);
  await page.leave();
});

test("a list of exports that does not come can be asked for again", async () => {
  for (const [refusal, expected] of [
    [problem(500, "internal"), "The service could not answer"],
    [problem(429, "rate-limited"), "The service is busy"],
    [undefined, "The service cannot be reached"],
    [problem(404, "not-found"), "Exports are not to be had here"],
  ]) {
    const page = await openPanel(service, token, { answers: { list: ({ count }) => (count === 0 ? refusal : { exports: [done()] }) } });
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
