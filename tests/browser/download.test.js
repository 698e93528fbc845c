// Exports by the running service, from the button to the downloaded file.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import test, { after, before } from "node:test";
import { gunzipSync } from "node:zlib";
import { entry, openList, startService, stopAll, viewer } from "./harness.js";

/**
 * @import { Locator, Page } from "playwright-core"
 * @import { EntryPage, EntryRow, Export } from "../../viewer/answers.d.ts"
 * @import { Client } from "./harness.js"
 */

/** Names that a spreadsheet would run as formulas, or that break a careless CSV writer. */
const NAMES = [
  "=1+1",
  "+49 30 1234",
  "-5",
  "@SUM(A1)",
  "\tTab",
  'A "quoted" name',
  "two, with a comma",
  "Zoë 日本語 🎉",
  "שלום",
];
const OLD_VALUE =
  '{"limit":18446744073709551616,"rate":1.0,"note":"first line\\nsecond, \\"quoted\\"; =1+1"}';

/** @type {Client} */
let service;
/** @type {string} */
let token;

before(async () => {
  service = await startService();
  await service.workspace("ws_a", "enterprise");
  // Several pages of the store.
  const plain = Array.from({ length: 240 }, (_, index) => entry(index + 1));
  const odd = NAMES.map((name, index) =>
    entry(300 + index, { target: { type: "member", id: `odd_${index}`, name } }),
  );
  const withValues = Array.from({ length: 20 }, (_, index) => {
    const text = JSON.stringify(entry(400 + index));
    return `${text.slice(0, -1)},"old_value":${OLD_VALUE},"new_value":null}`;
  });
  await service.record("ws_a", [...plain, ...odd, ...withValues]);
  await service.record(
    "ws_a",
    Array.from({ length: 5 }, (_, index) =>
      entry(500 + index, {
        action: "project.update",
        target: { type: "project", id: "prj_1", name: "Apollo" },
      }),
    ),
  );
  token = await service.token("ws_a");
});
after(stopAll);

/**
 * All entries of the list for a query, newest first.
 *
 * @param {string} query
 */
async function listedEntries(query) {
  /** @type {EntryRow[]} */
  const all = [];
  for (let within = ""; ;) {
    const path = `ws_a/entries?page_size=100&${query}${within}`;
    const { entries, page } = /** @type {EntryPage} */ (await service.send("GET", path));
    all.push(...entries);
    if (page.next_page_token === null) return all;
    within = `&page_token=${encodeURIComponent(page.next_page_token)}`;
  }
}

/**
 * The rows of a CSV file (RFC 4180), each a list of cells. Throws for misplaced quotes and for
 * bytes that are not UTF-8.
 *
 * @param {Uint8Array} bytes
 */
function csvRows(bytes) {
  const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  /** @type {string[][]} */
  const rows = [];
  /** @type {string[]} */
  let row = [];
  let at = 0;
  while (at < text.length) {
    const cell = /"((?:[^"]|"")*)"|[^",\r\n]*/y;
    cell.lastIndex = at;
    const [whole, quoted] = cell.exec(text) ?? [""];
    row.push(quoted === undefined ? whole : quoted.replaceAll('""', '"'));
    at += whole.length;
    if (text[at] === ",") {
      at += 1;
      continue;
    }
    assert.equal(text.slice(at, at + 2), "\r\n", `a row ends at character ${at}`);
    at += 2;
    rows.push(row);
    row = [];
  }
  assert.equal(row.length, 0, "the last row is complete");
  return rows;
}

async function openPanelOf(query = "") {
  const page = await openList(viewer(service, "ws_a", { token, query }));
  await page.click("#export");
  await page.waitForSelector("#exports[open]");
  return page;
}

/**
 * Starts an export in the panel, and waits for its file. Returns its item of the list.
 *
 * @param {Page} page
 */
async function start(page) {
  const answered = page.waitForResponse(
    (response) => response.request().method() === "POST" && response.url().endsWith("/exports"),
  );
  await page.click("#export-start");
  const { id } = await (await answered).json();
  const item = page.locator(`.export[data-id="${id}"]`);
  await item.locator("a[data-of=file]").waitFor({ timeout: 60_000 });
  return item;
}

/**
 * Downloads the file of an item, which must agree with the facts in the panel.
 *
 * @param {Page} page
 * @param {Locator} item
 */
async function download(page, item) {
  const [saved] = await Promise.all([
    page.waitForEvent("download"),
    item.locator("a[data-of=file]").click(),
  ]);
  assert.equal(await saved.failure(), null);
  const bytes = await readFile(await saved.path());
  /** @param {string} name */
  const fact = (name) =>
    item.locator(".fact", { has: page.locator("dt", { hasText: name }) }).locator("dd");
  assert.equal(
    createHash("sha256").update(bytes).digest("hex"),
    (await fact("SHA-256").innerText()).trim(),
  );
  assert.equal(saved.suggestedFilename(), (await fact("Name").innerText()).trim());
  const size = (await fact("Size").locator("span").getAttribute("title")) ?? "";
  assert.equal(bytes.length, Number(size.replace(/\D/g, "")));
  return { bytes, count: Number((await fact("Entries").innerText()).replaceAll(",", "")) };
}

/** @param {EntryRow[]} entries */
const idsOf = (entries) => entries.map(({ id }) => id).sort();

test("a CSV file has the rows of the list, and nothing that a spreadsheet would run", async () => {
  const page = await openPanelOf("action=member.invite");
  const expected = await listedEntries("action=member.invite");
  assert.equal(expected.length, 269);
  assert.equal(
    await page.locator("#export-choice p").innerText(),
    "The file will have 269 entries, as the list has now.",
  );
  const { bytes, count } = await download(page, await start(page));
  const [head, ...rows] = csvRows(bytes);
  assert.equal(count, 269);
  assert.ok(
    rows.every((row) => row.length === head.length),
    "as many cells as there are columns",
  );
  /** @param {string} name */
  const column = (name) => {
    assert.ok(head.includes(name), `${name} in ${head}`);
    return rows.map((row) => row[head.indexOf(name)]);
  };
  assert.deepEqual(column("id").sort(), idsOf(expected));
  assert.deepEqual(new Set(column("action")), new Set(["member.invite"]));
  assert.ok(
    column("occurred_at").every((text) => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(text)),
  );
  assert.equal(rows.flat().filter((cell) => /^[=+\-@\t\r\n]/.test(cell)).length, 0);
  const cells = new Set(rows.flat());
  for (const name of NAMES) assert.ok(cells.has(/^[=+\-@\t]/.test(name) ? `'${name}` : name), name);
  const values = column("old_value").filter((cell) => cell !== "");
  assert.equal(values.length, 20);
  assert.ok(
    values.every((text) => text.includes("18446744073709551616") && /"rate":\s?1\.0\b/.test(text)),
  );
  await page.assertQuiet();
  await page.leave();
});

test("a compressed NDJSON file has the rows of the list, number for number", async () => {
  const page = await openPanelOf("action=member.invite");
  await page.getByLabel("NDJSON").check();
  await page.getByLabel("Compress").check();
  const { bytes, count } = await download(page, await start(page));
  const text = gunzipSync(bytes).toString("utf8");
  assert.ok(text.endsWith("\n"));
  const lines = text.split("\n").slice(0, -1);
  const expected = await listedEntries("action=member.invite");
  /** @type {EntryRow[]} */
  const rows = lines.map((line) => JSON.parse(line));
  assert.deepEqual(idsOf(rows), idsOf(expected));
  assert.equal(count, expected.length);
  /** @type {Map<string, Partial<EntryRow>>} */
  const byId = new Map(rows.map((row) => [row.id, row]));
  for (const one of expected) {
    const { occurred_at, action, actor, target } = byId.get(one.id) ?? {};
    assert.deepEqual(
      [occurred_at, action, actor?.id, target?.name],
      [one.occurred_at, one.action, one.actor.id, one.target.name],
    );
  }
  assert.equal(
    lines.filter((line) => line.includes("18446744073709551616") && /"rate":\s?1\.0\b/.test(line))
      .length,
    20,
  );
  await page.assertQuiet();
  await page.leave();
});

test("an export has the filters and days of the list", async () => {
  const page = await openPanelOf("target_type=project&target_id=prj_1&from=2020-01-01");
  const item = await start(page);
  const chips = ["Target type: Project", "Target: Apollo", "From 1 Jan 2020, 00:00"];
  assert.deepEqual(await item.locator(".chip").allInnerTexts(), chips);
  const { bytes, count } = await download(page, item);
  assert.equal(count, 5);
  const [head, ...rows] = csvRows(bytes);
  const expected = await listedEntries("target_type=project&target_id=prj_1");
  assert.deepEqual(rows.map((row) => row[head.indexOf("id")]).sort(), idsOf(expected));
  await page.leave();
});

test("an export of the whole log has the entries that the list had when it was requested", async () => {
  const page = await openPanelOf();
  const item = await start(page);
  const id = await item.getAttribute("data-id");
  const { bytes, count } = await download(page, item);
  const one = /** @type {Export} */ (await service.send("GET", `ws_a/exports/${id}`));
  const expected = (await listedEntries("")).filter(
    (entry) => entry.recorded_at <= one.as_of && entry.id !== one.id,
  );
  const [head, ...rows] = csvRows(bytes);
  assert.deepEqual(rows.map((row) => row[head.indexOf("id")]).sort(), idsOf(expected));
  assert.equal(count, expected.length);
  await page.leave();
});

test("an export without rows still is a file", async () => {
  const page = await openPanelOf("action=api_key.revoke");
  assert.equal(
    await page.locator("#export-choice p").innerText(),
    "The file will have 0 entries, as the list has now.",
  );
  const { bytes, count } = await download(page, await start(page));
  assert.deepEqual([count, csvRows(bytes).length], [0, 1]);
  await page.leave();
});

test("an export is found again after the page was closed, and the log names the admin", async () => {
  const first = await openPanelOf("action=project.update");
  const item = await start(first);
  const id = await item.getAttribute("data-id");
  const { bytes } = await download(first, item);
  await first.leave();
  const page = await openPanelOf();
  const again = page.locator(`.export[data-id="${id}"]`);
  assert.match(
    await again.innerText(),
    /^CSV\s+Done\s+.*by Ada Admin \(ada\.admin@example\.com\)\s+Action: Project updated\s+Show file$/,
  );
  await again.getByRole("button", { name: /^Show file/ }).click();
  await again.locator("a[data-of=file]").waitFor();
  assert.deepEqual((await download(page, again)).bytes, bytes);
  const [manifest] = await Promise.all([
    page.waitForEvent("download"),
    again.locator("a[data-of=manifest]").click(),
  ]);
  const facts = await readFile(await manifest.path(), "utf8");
  assert.equal(typeof JSON.parse(facts), "object");
  assert.ok(
    facts.includes(createHash("sha256").update(bytes).digest("hex")),
    "the manifest has the digest of the file",
  );
  await page.keyboard.press("Escape");
  await page.goto(viewer(service, "ws_a", { token, query: `action=audit_log.export&entry=${id}` }));
  await page.locator("#entry .facts").waitFor();
  assert.match(await page.locator("#entry .facts").innerText(), /Ada Admin/);
  await page.assertQuiet();
  await page.leave();
});
