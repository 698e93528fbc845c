// What the open entry says beyond who did what: for whom, to what else, why it failed, from where,
// with which metadata, and what the service adjusted.

import assert from "node:assert/strict";
import test, { after, before } from "node:test";
import { entry, listed, listedIds, openPage, startService, stopAll, viewer } from "./harness.js";

/**
 * @import { Page } from "playwright-core"
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

const apollo = { type: "project", id: "prj_apollo", name: "Apollo" };
const grace = { type: "user", id: "usr_grace", name: "Grace Hopper", email: "grace@example.com" };
const ada = { type: "user", id: "usr_ada", name: "Ada Lovelace", email: "ada@example.com" };
/** The value of a member that is written by hand, because JavaScript cannot hold it. */
const LONG_NUMBER = "9".repeat(70);
/** @type {Record<string, object | string>} */
const ENTRIES = {
  plain: entry(1, { target: apollo, action: "project.update" }),
  whole: entry(2, {
    on_behalf_of: ada,
    targets: [apollo, { type: "settings", id: "security" }],
    outcome: "failure",
    reason: "The address <b>ada@example.com</b> bounced.",
    location: "Berlin, Germany",
    session_id: "ses_9c1",
    metadata: { plan: "pro", seats: 5, sso: true, ["a/b"]: "<i>x</i>", empty: "" },
  }),
  denied: entry(3, { outcome: "denied", reason: "Needs the role owner." }),
  noted: entry(4, { reason: "Asked for by the customer." }),
  account: entry(5, {
    actor: { type: "service_account", id: "svc_deploy", name: "Deploy bot" },
    on_behalf_of: { type: "api_key", id: "key_77" },
  }),
  nobody: entry(6, { actor: { type: "anonymous" }, outcome: "denied" }),
  adjusted: JSON.stringify(
    entry(7, {
      actor: { ...grace, name: "n".repeat(300), email: "no address" },
      on_behalf_of: { ...ada, name: "", email: "a@b\u0007" },
      target: { ...apollo, name: "Apollo \ud83d" },
      action: "project.update",
      targets: [{ type: "member", id: "mbr_1", name: ["x"] }],
      outcome: "failure",
      reason: "r".repeat(1_100),
      ip_address: "203.0.113.7, 10.0.0.1",
      user_agent: "u".repeat(600),
      location: "l".repeat(300),
      metadata: { "a/b": "m".repeat(1_100), list: [1] },
      new_value: { broken: "\ude00", number: "NUMBER" },
    }),
  ).replace('"NUMBER"', LONG_NUMBER),
  port: entry(8, { ip_address: "203.0.113.7:51454" }),
  many: entry(9, { new_value: Array.from({ length: 25 }, () => "\ud83d") }),
};

before(async () => {
  service = await startService();
  await service.workspace("ws_a");
  for (const [name, one] of Object.entries(ENTRIES)) {
    const [id] = await service.record("ws_a", [one]);
    ids.set(name, id);
  }
  token = await service.token("ws_a");
});
after(stopAll);

/** @param {string} name */
async function openEntry(name) {
  const page = await openPage();
  await page.goto(viewer(service, "ws_a", { token, query: `entry=${ids.get(name)}` }));
  await page.waitForSelector("dialog[open] #entry-body:not([aria-busy])");
  await listed(page);
  return page;
}

/**
 * The texts of the facts with that name, in order: there may be several.
 *
 * @param {Page} page
 * @param {string} name
 */
async function factsNamed(page, name) {
  const facts = await page
    .locator(".fact")
    .evaluateAll((all) =>
      all.map((one) => [
        one.querySelector("dt")?.textContent,
        one.querySelector("dd")?.innerText.trim().replace(/\n+/g, "\n"),
      ]),
    );
  return facts.filter(([found]) => found === name).map(([, text]) => text);
}

/** @param {Page} page */
const notes = (page) => page.locator(".note").allInnerTexts();

test("the entry says whom the actor impersonated, and its kind where it is no user", async () => {
  const page = await openEntry("whole");
  assert.deepEqual(await factsNamed(page, "User"), ["Grace Hopper\ngrace@example.com"]);
  assert.deepEqual(await factsNamed(page, "Impersonating"), ["Ada Lovelace\nada@example.com"]);
  assert.deepEqual(await factsNamed(page, "User id"), ["usr_grace", "usr_ada"]);
  await page.leave();
  const other = await openEntry("account");
  assert.deepEqual(await factsNamed(other, "User"), [], "a service account is no user");
  assert.deepEqual(await factsNamed(other, "Service account"), ["Deploy bot"]);
  assert.deepEqual(await factsNamed(other, "Service account id"), ["svc_deploy"]);
  assert.deepEqual(await factsNamed(other, "On behalf of"), ["key_77\nAPI key"]);
  assert.deepEqual(await factsNamed(other, "API key id"), ["key_77"]);
  await other.leave();
  const nobody = await openEntry("nobody");
  assert.deepEqual(await factsNamed(nobody, "Anonymous"), ["Anonymous"]);
  assert.deepEqual(await factsNamed(nobody, "Anonymous id"), ["anonymous"]);
  await nobody.assertQuiet();
  await nobody.leave();
});

test("why it failed or was denied stands above all facts", async () => {
  const page = await openEntry("whole");
  assert.equal(
    await page.locator(".why.failure").innerText(),
    "Why it failed: The address <b>ada@example.com</b> bounced.",
  );
  const [why, facts] = await Promise.all(
    [".why", ".facts"].map((one) => page.locator(one).boundingBox()),
  );
  assert.ok(why && facts && why.y + why.height <= facts.y);
  await page.leave();
  const denied = await openEntry("denied");
  assert.equal(
    await denied.locator(".why.denied").innerText(),
    "Why it was denied: Needs the role owner.",
  );
  await denied.leave();
  const noted = await openEntry("noted");
  assert.equal(await noted.locator(".why").count(), 0);
  assert.deepEqual(await factsNamed(noted, "Reason"), ["Asked for by the customer."]);
  await noted.assertQuiet();
  await noted.leave();
});

test("the entry shows location, session, key and metadata, and leaves out what it has not", async () => {
  const page = await openEntry("whole");
  assert.deepEqual(await factsNamed(page, "Location"), ["Berlin, Germany"]);
  assert.deepEqual(await factsNamed(page, "Session id"), ["ses_9c1"]);
  assert.deepEqual(await factsNamed(page, "Recorded with key"), [service.key.split("_")[1]]);
  const cells = await page
    .locator(".metadata tr")
    .evaluateAll((rows) =>
      rows.map((row) => [...row.querySelectorAll("th, td")].map((cell) => cell.textContent)),
    );
  assert.deepEqual(cells, [
    ["a/b", "<i>x</i>"],
    ["empty", ""],
    ["plan", "pro"],
    ["seats", "5"],
    ["sso", "true"],
  ]);
  assert.deepEqual(await notes(page), []);
  await page.assertQuiet();
  await page.leave();
  const other = await openEntry("plain");
  for (const name of ["Location", "Session id", "Further targets", "Address as sent", "Reason"])
    assert.deepEqual(await factsNamed(other, name), [], name);
  assert.equal(await other.locator(".metadata").count(), 0);
  await other.leave();
});

test("each target leads to the list of what was done to it, and each actor to what it did", async () => {
  const page = await openEntry("whole");
  const further = page.locator(".targets li");
  assert.deepEqual(
    (await further.allInnerTexts()).map((text) => text.trim()),
    ["Project Apollo prj_apollo", "Settings security"],
  );
  await further.nth(0).getByRole("button", { name: "Show only this target: Apollo" }).click();
  await page.waitForURL(/target_type=project&target_id=prj_apollo$/);
  await page.waitForFunction(() => document.querySelectorAll("#rows a.open-link").length === 3);
  assert.equal(await page.locator("dialog[open]").count(), 0);
  assert.deepEqual(
    await listedIds(page),
    ["plain", "whole", "adjusted"].map((name) => ids.get(name)),
    "an entry is found by its further target as well",
  );
  await page.goBack();
  await page.waitForSelector("dialog[open] .facts");
  await page.getByRole("button", { name: "Show only what Ada Lovelace did" }).click();
  await page.waitForURL(/actor_id=usr_ada$/);
  await page.assertQuiet();
  await page.leave();
});

test("each field that the service adjusted says so in a sentence beside it", async () => {
  const page = await openEntry("adjusted");
  /** @param {string} name */
  const noteOf = (name) =>
    page
      .locator(".fact", { has: page.locator("dt", { hasText: new RegExp(`^${name}$`) }) })
      .locator(".note")
      .allInnerTexts();
  assert.deepEqual(await noteOf("User"), [
    "The email address does not look like one. It is kept as it was sent.",
    "The name was cut to 256 characters.",
  ]);
  assert.deepEqual(await noteOf("Impersonating"), [
    "The email address had control or invisible characters; they are shown as �.",
    "The name was sent as an empty text, so it is left out.",
  ]);
  assert.deepEqual(await noteOf("Target"), [
    "The name was not valid Unicode; the damaged characters are shown as �.",
  ]);
  assert.deepEqual(await noteOf("Further targets"), [
    "The name was not sent as a text. This is the JSON that was sent.",
  ]);
  assert.deepEqual(await noteOf("IP address"), []);
  assert.deepEqual(await factsNamed(page, "IP address"), ["Not recorded"]);
  assert.deepEqual(await factsNamed(page, "Address as sent"), [
    "203.0.113.7, 10.0.0.1\nThe address is not an IP address. It is kept as it was sent.",
  ]);
  assert.deepEqual(await noteOf("Location"), ["The location was cut to 256 characters."]);
  assert.deepEqual(await noteOf("User agent"), ["The user agent was cut to 512 characters."]);
  assert.deepEqual(await page.locator(".why .note").allInnerTexts(), [
    "The reason was cut to 1,024 characters.",
  ]);
  assert.deepEqual(await page.locator(".metadata .note").allInnerTexts(), [
    "The text was cut to 1,024 characters.",
    "The text was not sent as a text. This is the JSON that was sent.",
  ]);
  assert.deepEqual(await page.locator("#entry-body > .note").allInnerTexts(), [
    "/new_value/broken: The text was not valid Unicode; the damaged characters are shown as �.",
    "/new_value/number: The number was too long to be kept as a number. It is a text with the same characters.",
  ]);
  assert.equal((await notes(page)).length, 14, "and each is said once");
  await page.assertQuiet();
  await page.leave();
});

test("an address without its port says so, and so does a list of adjustments that is too long", async () => {
  const page = await openEntry("port");
  assert.deepEqual(await factsNamed(page, "IP address"), [
    "203.0.113.7\nThe address was sent with white space, a port, brackets or a zone, which are left out.",
  ]);
  await page.leave();
  const many = await openEntry("many");
  const said = await notes(many);
  assert.equal(said.length, 21);
  assert.equal(said[20], "More was adjusted than is listed here.");
  await many.assertQuiet();
  await many.leave();
});

test("an entry that is not, or not provably, as it was recorded says so first", async () => {
  const page = await openEntry("plain");
  assert.equal(await page.locator(".integrity").count(), 0, "a good one needs no words");
  await page.leave();
  for (const [integrity, words] of [
    ["failed", /altered after it was recorded/],
    ["unverifiable", /cannot be verified/],
  ]) {
    const other = await openPage();
    await other.route(/\/entries\/2/, async (route) => {
      const body = await (await route.fetch()).text();
      const altered = body.replace('"integrity":"verified"', `"integrity":"${integrity}"`);
      await route.fulfill({ contentType: "application/json", body: altered });
    });
    await other.goto(viewer(service, "ws_a", { token, query: `entry=${ids.get("plain")}` }));
    const said = other.locator("dialog[open] .integrity");
    assert.match(await said.innerText(), /** @type {RegExp} */ (words));
    assert.equal(await said.getAttribute("role"), "alert");
    const [warning, facts] = await Promise.all(
      [".integrity", ".facts"].map((one) => other.locator(one).boundingBox()),
    );
    assert.ok(warning && facts && warning.y < facts.y);
    await other.assertQuiet();
    await other.leave();
  }
});
