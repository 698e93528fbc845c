// The deployment's own catalogue: labels in the reader's language, retired and unknown names, and a
// menu of many actions that is searched by typing.

import assert from "node:assert/strict";
import test, { after, before } from "node:test";
import {
  choose,
  column,
  countsShown,
  entry,
  focusedId,
  listed,
  offeredIn,
  openPage,
  rowsShown,
  seriousFindings,
  startService,
  stopAll,
  viewer,
} from "./harness.js";

/**
 * @import { Catalog, Facets } from "../../viewer/answers.d.ts"
 * @import { Page } from "playwright-core"
 * @import { Client, TestPage } from "./harness.js"
 */

/** @type {Client} */
let service;
/** @type {string} */
let token;

/** @type {Catalog} */
const SMALL = {
  version: 7,
  actions: [
    {
      name: "member.invite",
      label: "Member invited",
      labels: { de: "Mitglied eingeladen", "de-AT": "Mitglied aufgenommen", "pt-BR": "Convidado" },
      group: "Members",
      description: "Somebody was asked to join the workspace.",
    },
    { name: "member.remove", label: "Member removed", group: "Members", retired: true },
    { name: "project.create", label: "Project created", group: "Projects", retired: true },
  ],
  target_types: [{ name: "member", label: "Member", labels: { de: "Mitglied" } }],
};

/**
 * A catalogue of a thousand actions in twenty groups.
 *
 * @type {Catalog}
 */
const LARGE = {
  ...SMALL,
  actions: [
    ...SMALL.actions,
    ...Array.from({ length: 997 }, (_, index) => ({
      name: `area_${index % 20}.do_${index}`,
      label: `Deed ${index} was done`,
      group: `Area ${index % 20}`,
    })),
  ],
};

before(async () => {
  service = await startService();
  await service.workspace("ws_c", "enterprise");
  await service.record("ws_c", [
    entry(1),
    entry(2),
    entry(3, { action: "member.remove" }),
    entry(4, {
      action: "project.update",
      target: { type: "project", id: "prj_1", name: "Apollo" },
    }),
  ]);
  token = await service.token("ws_c");
});
after(stopAll);

/**
 * Opens the list with another catalogue than the service has.
 *
 * @param {Catalog} catalog
 * @param {{ languages?: string[], facets?: Partial<Facets>, query?: string }} options
 */
async function open(catalog, { languages = ["en-GB"], facets, query = "" } = {}) {
  const page = await openPage();
  await page.addInitScript((wanted) => {
    Object.defineProperty(navigator, "languages", { value: wanted });
  }, languages);
  await page.route(/\/v1\/catalog$/, (route) => route.fulfill({ json: catalog }));
  if (facets)
    await page.route(/\/facets/, async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, json: { ...(await response.json()), ...facets } });
    });
  await page.goto(viewer(service, "ws_c", { token, query }));
  await listed(page);
  return page;
}

/** @param {TestPage[]} pages */
async function leave(...pages) {
  for (const page of pages) {
    await page.assertQuiet();
    await page.leave();
  }
}

/** @param {Page} page */
const options = (page) => offeredIn(page, "action");

/**
 * What the open menu of actions shows.
 *
 * @param {Page} page
 */
const found = (page) => page.locator("#action-list .choices label:visible").allInnerTexts();

test("labels are in the first of the reader's languages that the catalogue has", async () => {
  for (const [languages, label, type] of /** @type {[string[], string, string][]} */ ([
    [["de-AT", "en"], "Mitglied aufgenommen", "Mitglied"],
    [["DE-at"], "Mitglied aufgenommen", "Mitglied"],
    [["de-CH", "fr"], "Mitglied eingeladen", "Mitglied"],
    [["fr", "de"], "Mitglied eingeladen", "Mitglied"],
    [["pt-PT"], "Member invited", "Member"],
    [["fr"], "Member invited", "Member"],
    // The label without a language is for those who read the page's own words.
    [["en-US", "de"], "Member invited", "Member"],
    [[], "Member invited", "Member"],
  ])) {
    const page = await open(SMALL, { languages, query: "action=member.invite" });
    assert.deepEqual(await column(page, "action"), [label, label], String(languages));
    assert.equal((await column(page, "type"))[0], type, String(languages));
    await page.locator("a.open-link").first().click();
    await page.getByRole("dialog", { name: label }).waitFor();
    await page.getByText("Somebody was asked to join the workspace.").waitFor();
    await leave(page);
  }
});

test("retired names say so, and unknown ones are shown as they are, where entries have them", async () => {
  const page = await open(SMALL, { query: "from=2020-01-01" });
  await countsShown(page);
  const counted = await options(page);
  assert.deepEqual(counted.slice(0, 2), ["Member invited (2)", "Member removed, retired (1)"]);
  assert.ok(counted.includes("project.update (1)"), "the catalogue does not have it");
  assert.ok(!counted.some((text) => text.includes("Project created")), "no entry has it");
  assert.ok((await column(page, "action")).includes("project.update"));
  // Beside a filter by a user there are no counts, and still the names that entries have.
  await page.locator("td.user .pick").first().click();
  await page.click("#about-only");
  await page.waitForFunction(() => location.search.includes("actor_id"));
  await listed(page);
  const uncounted = await options(page);
  assert.ok(uncounted.includes("Member invited") && uncounted.includes("Member removed, retired"));
  assert.ok(uncounted.includes("project.update"));
  assert.ok(!uncounted.some((text) => text.includes("Project created")));
  await leave(page);
});

test("more than ten actions are narrowed by typing, fewer need no field", async () => {
  /** @param {number} count */
  const facetsOf = (count) => ({
    actions: LARGE.actions
      .slice(3, 3 + count)
      .map(({ name }, index) => ({ name, count: index + 1 })),
  });
  const few = await open(LARGE, { facets: facetsOf(10) });
  await countsShown(few);
  await few.getByRole("button", { name: "Action All actions" }).click();
  assert.equal((await found(few)).length, 10);
  assert.equal(await few.getByRole("searchbox", { name: "Find in this list" }).count(), 0);
  const many = await open(LARGE, { facets: facetsOf(11) });
  await countsShown(many);
  await many.getByRole("button", { name: "Action All actions" }).click();
  assert.equal(
    await many
      .getByRole("searchbox", { name: "Find in this list" })
      .evaluate((one) => one === document.activeElement),
    true,
    "whoever opens it can type at once",
  );
  assert.equal((await found(many)).length, 11);
  assert.ok((await found(many)).includes("Deed 3 was done (4)"), "with the counts");
  await leave(few, many);
});

test("among a thousand actions one types a few words, and Enter chooses", async () => {
  const facets = { actions: LARGE.actions.map(({ name }) => ({ name, count: 2 })) };
  const page = await open(LARGE, { facets });
  await countsShown(page);
  const [button, list] = [page.locator("#action"), page.locator("#action-list")];
  const field = list.getByRole("searchbox");
  await button.press("ArrowDown");
  assert.equal((await found(page)).length, 1_000);
  assert.ok((await list.getByRole("group").count()) >= 20);
  const started = Date.now();
  await field.pressSequentially("area 7 deed 987");
  assert.ok(Date.now() - started < 5_000, "typing does not wait for the list");
  assert.deepEqual(await found(page), ["Deed 987 was done (2)"]);
  assert.equal(
    await list.locator(".choices [role=group]:visible").getAttribute("aria-label"),
    "Area 7",
  );
  await field.fill("no such thing");
  await page.getByText("None has these words.").waitFor();
  // A name of the API is found as well.
  await field.fill("member.INV");
  assert.deepEqual(await found(page), ["Member invited (2)"]);
  assert.deepEqual(await seriousFindings(page), []);
  await field.press("Enter");
  await page.waitForURL(/action=member\.invite/);
  await rowsShown(page, 2);
  assert.equal(await button.innerText(), "Member invited");
  assert.equal(await button.getAttribute("aria-expanded"), "false");
  assert.equal(await focusedId(page), "action");
  // The arrows move through what was found, and Esc leaves the choice as it was.
  await button.press("Enter");
  await field.fill("member");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  assert.equal(
    await page.evaluate(() => document.activeElement?.getAttribute("value")),
    "member.remove",
  );
  await page.keyboard.press("Escape");
  assert.equal(await focusedId(page), "action");
  assert.equal(new URL(page.url()).searchParams.get("action"), "member.invite");
  // Cleared, it asks for all.
  await choose(page, "action");
  await page.waitForFunction(() => !location.search.includes("action="));
  await listed(page);
  assert.equal(await button.innerText(), "All actions");
  await leave(page);
});

test("the menu of actions takes clicks, and keeps the choice in the address", async () => {
  const facets = { actions: LARGE.actions.map(({ name }) => ({ name, count: 1 })) };
  const page = await open(LARGE, { facets, query: "action=member.remove" });
  await countsShown(page);
  const button = page.locator("#action");
  assert.equal(await button.innerText(), "Member removed, retired");
  await button.click();
  const checked = page.locator("#action-list .choices label:has(:checked)");
  assert.equal(await checked.innerText(), "Member removed, retired (1)");
  await checked.click();
  await page.locator("#action-list").getByText("Member invited").click();
  await page.waitForURL(/action=member\.invite/);
  await rowsShown(page, 2);
  await page.goBack();
  await page.waitForFunction(
    () => document.getElementById("action").value === "member.remove" && location.search !== "",
  );
  await page.click("#clear");
  await page.waitForFunction(() => !location.search.includes("action="));
  await listed(page);
  assert.equal(await focusedId(page), "action");
  assert.equal(await page.locator("#action-list").isVisible(), false);
  await leave(page);
});

test("the service's own catalogue decides what the page says, also of what is retired since", async () => {
  const own = await startService();
  const usual = await own.catalog();
  /** @type {(changes: object) => object[]} */
  const actions = (changes) => [
    ...usual.actions.filter((action) => !action.service),
    {
      name: "session.create",
      label: "Signed in",
      labels: { de: "Angemeldet" },
      group: "Sessions",
      description: "A sign-in, or the attempt of one.",
      metadata_schema: { type: "object", properties: { attempt: { type: "integer" } } },
      ...changes,
    },
  ];
  const types = [
    ...usual.target_types,
    { name: "session", label: "Session", labels: { de: "Sitzung" } },
  ];
  await own.setCatalog({
    unknown_actions: "accept",
    actions: actions({}),
    target_types: types,
  });
  await own.workspace("ws_own");
  const session = { type: "session", id: "ses_1" };
  const metadata = { attempt: "first" };
  const [id] = await own.record("ws_own", [
    entry(1, { action: "session.create", target: session, metadata }),
    entry(2, { action: "Custom/Thing", target: session }),
  ]);
  await own.setCatalog({
    unknown_actions: "accept",
    actions: actions({ retired: true }),
    target_types: types,
  });
  const page = await openPage({ locale: "de-DE" });
  const ownToken = await own.token("ws_own");
  await page.goto(viewer(own, "ws_own", { token: ownToken, query: "target_type=session" }));
  await listed(page);
  await countsShown(page);
  assert.deepEqual(await column(page, "action"), ["Angemeldet", "Custom/Thing"]);
  assert.deepEqual(await column(page, "type"), ["Sitzung", "Sitzung"]);
  assert.equal(await page.locator("#action").innerText(), "Alle Aktionen");
  assert.deepEqual(await options(page), [
    "Angemeldet, nicht mehr verwendet (1)",
    "Custom/Thing (1)",
  ]);
  await choose(page, "action", "Custom/Thing");
  await rowsShown(page, 1);
  await page.goto(viewer(own, "ws_own", { token: ownToken, query: `entry=${id}` }));
  await page.getByRole("dialog", { name: "Angemeldet" }).waitFor();
  await page.getByText("A sign-in, or the attempt of one.").waitFor();
  assert.deepEqual(await page.locator(".metadata .note").allInnerTexts(), [
    "Der Wert passt nicht zum Schema des Katalogs. Er steht hier, wie er gesendet wurde.",
  ]);
  await leave(page);
});
