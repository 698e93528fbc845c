// Who: an actor is its type and its id, in rows, filter, address and exports; and what rows say of
// further targets, of whom an actor acted for, and of why something failed.

import assert from "node:assert/strict";
import test, { after, before } from "node:test";
import {
  column,
  directoryHas,
  entry,
  listed,
  openList,
  rowsShown,
  seriousFindings,
  startService,
  stopAll,
  viewer,
} from "./harness.js";

/**
 * @import { Page } from "playwright-core"
 * @import { Client } from "./harness.js"
 */

/** @type {Client} */
let service;
/** @type {string} */
let token;

const apollo = { type: "project", id: "prj_apollo", name: "Apollo" };

before(async () => {
  service = await startService();
  await service.workspace("ws_who", "enterprise");
  await service.record("ws_who", [
    entry(1, { actor: { type: "user", id: "3", name: "Ada" } }),
    entry(2, { actor: { type: "user", id: "3", name: "Ada" } }),
    entry(3, { actor: { type: "api_key", id: "3", name: "Deploy" } }),
    entry(4, { actor: { type: "service_account", id: "svc_1", name: "Sync" } }),
    entry(5, { actor: { type: "system", id: "scheduler" } }),
    entry(6, { actor: { type: "anonymous" }, outcome: "denied", reason: "No such <b>person</b>" }),
    entry(7, {
      on_behalf_of: { type: "user", id: "usr_ada", name: "Ada Lovelace" },
      target: apollo,
      action: "project.update",
      targets: [
        { type: "member", id: "mbr_1", name: "Alan" },
        { type: "settings", id: "security" },
      ],
    }),
    entry(8, {
      actor: { type: "service_account", id: "svc_2", name: "Robot" },
      on_behalf_of: { type: "user", id: "usr_ada", name: "Ada Lovelace" },
      ip_address: "203.0.113.7, 10.0.0.1",
    }),
  ]);
  token = await service.token("ws_who");
});
after(stopAll);

async function open(query = "to=2100-01-01") {
  return openList(viewer(service, "ws_who", { token, query }));
}

/** @param {Page} page */
const search = (page) => Object.fromEntries(new URL(page.url()).searchParams);

/**
 * The row whose user cell begins with a name.
 *
 * @param {Page} page
 * @param {string} name
 */
const rowOf = (page, name) =>
  page.locator("#rows tr", {
    has: page.locator("td.user .pick", { hasText: new RegExp(`^${name}$`) }),
  });

test("from a click on an API key one gets to what this key did, not what the user with its id did", async () => {
  const page = await open();
  const key = rowOf(page, "Deploy").locator("td.user .pick");
  assert.equal(await key.getAttribute("title"), "More about API key Deploy");
  await key.click();
  await page.getByRole("button", { name: "Show only these" }).click();
  await page.waitForURL(/actor_type=api_key&actor_id=3/);
  await rowsShown(page, 1);
  assert.deepEqual(await column(page, "user"), ["Deploy\nAPI key · 3"]);
  assert.equal(await page.locator("#actor").inputValue(), "API key Deploy");
  // The kind is in the address, so a bookmark has it.
  await page.reload();
  await listed(page);
  assert.deepEqual(await column(page, "user"), ["Deploy\nAPI key · 3"]);
  await page.click("#clear");
  await page.waitForURL(/workspace=ws_who$/);
  await listed(page);
  const ada = rowOf(page, "Ada").first().locator("td.user .pick");
  assert.equal(await ada.getAttribute("title"), "More about Ada");
  await ada.click();
  await page.getByRole("button", { name: "Show only these" }).click();
  await page.waitForURL(/actor_id=3/);
  assert.deepEqual(search(page), { workspace: "ws_who", actor_id: "3" });
  await rowsShown(page, 2);
  assert.equal(await page.locator("#actor").inputValue(), "Ada");
  await page.assertQuiet();
  await page.leave();
});

test("an id without a kind is a user's, in the address and in the filter", async () => {
  const page = await open("actor_id=3");
  assert.deepEqual(await column(page, "user"), ["Ada\nUser · 3", "Ada\nUser · 3"]);
  const other = await open("actor_type=user&actor_id=3");
  await directoryHas(service, "ws_who", "actors?search=anonymous", 1);
  assert.equal(await other.locator("#rows tr").count(), 2);
  for (const [typed, kind, id, rows] of /** @type {const} */ ([
    ["API key 3", "api_key", "3", 1],
    ["service account svc_1", "service_account", "svc_1", 1],
    ["System scheduler", "system", "scheduler", 1],
    ["anonymous", "anonymous", "anonymous", 1],
    ["3", undefined, "3", 2],
    ["User 3", undefined, "3", 2],
  ])) {
    await other.fill("#actor", typed);
    await other.press("#actor", "Enter");
    await other.waitForFunction(
      ([wantedKind, wantedId]) => {
        const query = new URLSearchParams(location.search);
        return query.get("actor_id") === wantedId && query.get("actor_type") === wantedKind;
      },
      [kind ?? null, id],
    );
    await rowsShown(other, rows);
  }
  const broken = await open("actor_type=api_key");
  assert.match(await broken.locator("#message").innerText(), /type and id; the id is missing/);
  for (const one of [page, other, broken]) {
    await one.assertQuiet();
    await one.leave();
  }
});

test("the panel of exports says which kind of actor its filter is, and sends it", async () => {
  const page = await open("actor_type=api_key&actor_id=3");
  await page.click("#export");
  assert.deepEqual(await page.locator("#export-choice .chip").allInnerTexts(), ["API key: Deploy"]);
  const asked = page.waitForRequest((request) => request.method() === "POST");
  await page.click("#export-start");
  const { actor_type, actor_id } = (await asked).postDataJSON();
  assert.deepEqual([actor_type, actor_id], ["api_key", "3"]);
  await page.locator("#exports-list .chip", { hasText: "API key: Deploy" }).waitFor();
  await page.assertQuiet();
  await page.leave();
});

test("rows say which kind an actor is unless a user with an email address, and for whom it acted", async () => {
  const page = await open("from=2020-01-01&action=member.invite");
  assert.deepEqual(await column(page, "user"), [
    "Ada\nUser · 3",
    "Ada\nUser · 3",
    "Deploy\nAPI key · 3",
    "Sync\nService account · svc_1",
    "scheduler\nSystem",
    "Anonymous",
    "Robot\non behalf of Ada Lovelace · Service account · svc_2",
  ]);
  const other = await open("action=project.update");
  assert.deepEqual(await column(other, "user"), [
    "Grace Hopper\nimpersonating Ada Lovelace · grace@example.com",
  ]);
  await page.leave();
  await other.leave();
});

test("rows say how many further targets there are, why it was denied, and what was sent as address", async () => {
  const page = await open("action=project.update");
  const further = page.locator("td.target .further");
  assert.match(await further.innerText(), /^\+2/);
  assert.equal(await further.getAttribute("title"), "Also: Member Alan, Settings security");
  // The badge does not make the row higher, nor does a long text in the place of an address.
  const rows = await open();
  const heights = await rows
    .locator("#rows tr")
    .evaluateAll((all) => all.map((row) => Math.round(row.getBoundingClientRect().height)));
  assert.equal(new Set(heights).size, 1, String(heights));
  const badge = rowOf(rows, "Anonymous").locator(".badge");
  assert.equal(await badge.getAttribute("title"), "No such <b>person</b>");
  const sent = rowOf(rows, "Robot").locator("td.ip");
  assert.equal(await sent.innerText(), "203.0.113.7, 10.0.0.1");
  assert.equal(
    await sent.locator("[title]").getAttribute("title"),
    "Address as sent: 203.0.113.7, 10.0.0.1",
  );
  // On a narrow screen, where each row is a card, it is there as well.
  await rows.setViewportSize({ width: 390, height: 844 });
  assert.equal(await sent.locator("bdi").isVisible(), true);
  assert.deepEqual(await seriousFindings(rows), []);
  for (const one of [page, rows]) {
    await one.assertQuiet();
    await one.leave();
  }
});
