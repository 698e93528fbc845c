// The texts of the page: that each language has all of them, that the page has no others, and which
// language, format and zone a reader gets.

import assert from "node:assert/strict";
import { readFile, readdir } from "node:fs/promises";
import test, { after, before } from "node:test";
import { TEXTS } from "../../viewer/texts.js";
import {
  choose,
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
 * @import { BrowserContextOptions } from "playwright-core"
 * @import { Client } from "./harness.js"
 */

const FOLDER = new URL("../../viewer/", import.meta.url);

/** @type {Client} */
let service;
/** @type {string} */
let token;
let id = "";

before(async () => {
  service = await startService();
  await service.workspace("ws_a", "enterprise");
  const values = { old_value: { role: "viewer" }, new_value: { role: "admin" } };
  [id] = await service.record("ws_a", [
    entry(0, { ...values, occurred_at: "2026-01-31T23:30:05.000Z", action: "member.remove" }),
    ...Array.from({ length: 1_200 }, (_, index) => entry(index + 1)),
  ]);
  token = await service.token("ws_a");
});
after(stopAll);

/** @param {BrowserContextOptions} options */
async function open(query = "", options = {}) {
  return openList(viewer(service, "ws_a", { token, query }), options);
}

/**
 * What a language has, each text with its place and how many arguments it takes.
 *
 * @param {unknown} texts
 * @returns {string[]}
 */
function placesIn(texts, place = "") {
  if (typeof texts === "function") return [`${place} takes ${texts.length}`];
  if (typeof texts === "string") return [place];
  return Object.entries(Object(texts)).flatMap(([key, one]) => placesIn(one, `${place}.${key}`));
}

test("each language has the same texts, and no text is empty", () => {
  const [first, ...others] = Object.values(TEXTS);
  assert.ok(placesIn(first).length > 200);
  for (const one of others) assert.deepEqual(placesIn(one), placesIn(first));
  /** @param {unknown} one @returns {unknown[]} */
  const leaves = (one) =>
    typeof one === "object" && one !== null ? Object.values(one).flatMap(leaves) : [one];
  for (const one of Object.values(TEXTS)) assert.ok(leaves(one).every((text) => text !== ""));
});

test("index.html names texts that exist, and has no text of its own", async () => {
  const page = await readFile(new URL("index.html", FOLDER), "utf8");
  const names = [...page.matchAll(/data-(?:text|title|label|placeholder)="([^"]+)"/g)];
  assert.ok(names.length > 40);
  for (const [, name] of names) {
    const [group, key] = name.split(".");
    /** @type {Record<string, Record<string, unknown>>} */
    const texts = TEXTS.en;
    assert.equal(typeof texts[group]?.[key], "string", name);
  }
  const [, body] = page.replace(/<noscript>.*<\/noscript>|&nbsp;/gs, "").split("<body>");
  const words = body.replace(/<[^>]*>/g, " ").match(/\p{L}+/gu) ?? [];
  assert.deepEqual([...new Set(words)], ["CSV", "NDJSON"], "the same in each language");
  for (const attribute of ["title", "aria-label", "placeholder", "alt"])
    assert.ok(!body.includes(` ${attribute}="`), attribute);
});

test("the scripts have no texts but those of texts.js", async () => {
  const apart = ["texts.js", "embed.js", "example.js"];
  const files = (await readdir(FOLDER)).filter(
    (name) => name.endsWith(".js") && !apart.includes(name),
  );
  assert.ok(files.length > 30);
  // What a script throws for its author, and names of browsers' features.
  const known = /^(there is no |this is not JSON|Bearer |screen and )/;
  for (const name of files) {
    const script = (await readFile(new URL(name, FOLDER), "utf8"))
      .replace(/\/\*\*[\s\S]*?\*\//g, "")
      .replace(/^\s*\/\/.*$/gm, "")
      .replaceAll(`'"'`, "");
    const quoted = [...script.matchAll(/"((?:[^"\\\n]|\\.)*)"|`((?:[^`\\]|\\.)*)`/g)];
    const texts = quoted
      .map(([, plain, template]) => plain ?? template.replace(/\$\{[^}]*\}/g, "…"))
      .filter((text) => /\p{L}{2,} \p{L}{2,}|^\p{Lu}\p{Ll}+( |$)|\p{L}{2,}[.:]( |$)/u.test(text))
      .filter((text) => !known.test(text) && !/^[#.a-z-][\w-]*( [.a-z…-]+)*$/.test(text));
    const allowed = ["Arabic", "Bengali", "Devanagari", "Gujarati", "Gurmukhi", "Kannada"];
    const others = [
      "Khmer",
      "Malayalam",
      "Oriya",
      "Sinhala",
      "Tamil",
      "Telugu",
      "Enter",
      "Escape",
      "Home",
      "End",
    ];
    assert.deepEqual(
      texts.filter((text) => ![...allowed, ...others, "Authorization"].includes(text)),
      [],
      name,
    );
  }
});

test("the page speaks the reader's language, in their format of numbers and dates", async () => {
  for (const [locale, lang, total, time, action] of [
    ["en-GB", "en", "1,203 entries", /^1 Feb 2026, 00:30:05$/, "Action"],
    ["en-US", "en", "1,203 entries", /^Feb 1, 2026, 12:30:05\sAM$/, "Action"],
    ["de-DE", "de", "1.203 Einträge", /^1\. Feb\. 2026, 00:30:05$/, "Aktion"],
    ["de-AT", "de", /^1[.\s]203 Einträge$/, /^1\. Feb\. 2026, 00:30:05$/, "Aktion"],
    ["fr-FR", "en", /^1\s203 entries$/, /^1 févr\. 2026,? (à )?00:30:05$/, "Action"],
  ]) {
    const page = await open("", { locale: String(locale) });
    assert.equal(await page.locator("html").getAttribute("lang"), lang);
    const said = await page.locator("#total").innerText();
    if (total instanceof RegExp) assert.match(said, total);
    else assert.equal(said, total);
    assert.equal(await page.locator("label[for=action]").innerText(), action);
    await choose(page, "action", "member.remove");
    await rowsShown(page, 1);
    assert.match(await page.locator("#rows td.time").innerText(), /** @type {RegExp} */ (time));
    await page.assertQuiet();
    await page.leave();
  }
});

test("German is German in the list, the entry, the messages and the panel of exports", async () => {
  const page = await open("", { locale: "de-DE" });
  assert.equal(await page.title(), "Audit-Log");
  assert.match(await page.locator("#place").innerText(), /^Seite 1 von 61$/);
  await page.getByText("Einträge werden unbegrenzt aufbewahrt.").waitFor();
  assert.deepEqual(await seriousFindings(page), []);
  await page.locator("a.open-link").first().click();
  await page.waitForSelector("dialog .facts");
  assert.equal(await page.locator(".fact dt").first().innerText(), "Benutzer");
  await page.goBack();
  await page.click("#export");
  await page.getByText("Die Datei wird 1.203 Einträge haben, wie jetzt die Liste.").waitFor();
  await page.keyboard.press("Escape");
  await page.goto(viewer(service, "ws_a", { token, query: "from=nie" }));
  await page.getByText("Diese Filter sind nicht verwendbar").waitFor();
  await page.assertQuiet();
  await page.leave();
});

test("the address can ask for a language, and keeps it", async () => {
  const page = await open("lang=de", { locale: "en-US" });
  assert.equal(await page.locator("label[for=action]").innerText(), "Aktion");
  await choose(page, "action", "member.remove");
  await rowsShown(page, 1);
  assert.equal(new URL(page.url()).searchParams.get("lang"), "de");
  assert.equal(await page.locator("#rows td.time").innerText(), "1. Feb. 2026, 00:30:05");
  await page.leave();
  const other = await open("lang=xx", { locale: "de-DE" });
  assert.equal(await other.locator("html").getAttribute("lang"), "de");
  await other.leave();
});

test("times are in the reader's zone or in UTC, days too, and the choice is remembered", async () => {
  const page = await open(`action=member.remove&entry=${id}`);
  await page.waitForSelector("dialog .facts");
  await page.keyboard.press("Escape");
  const time = page.locator("#rows td.time");
  assert.equal(await time.innerText(), "1 Feb 2026, 00:30:05");
  const asked = () => page.waitForRequest(/\/entries\?/).then((request) => new URL(request.url()));
  await page.selectOption("#zone", "utc");
  assert.equal(await time.innerText(), "31 Jan 2026, 23:30:05");
  // A day is a day of the zone that is shown.
  const day = asked();
  await page.fill("#from", "2026-01-31");
  assert.equal((await day).searchParams.get("from"), "2026-01-31T00:00:00.000Z");
  await rowsShown(page, 1);
  const again = asked();
  await page.selectOption("#zone", "local");
  assert.equal((await again).searchParams.get("from"), "2026-01-30T23:00:00.000Z");
  await rowsShown(page, 1);
  await page.selectOption("#zone", "utc");
  await page.reload();
  await listed(page);
  assert.equal(await page.locator("#zone").inputValue(), "utc");
  assert.equal(await time.innerText(), "31 Jan 2026, 23:30:05");
  await page.locator("a.open-link").click();
  await page.waitForSelector("dialog .facts");
  const happened = page.locator(".fact", { has: page.locator("dt", { hasText: /^Happened$/ }) });
  assert.match(await happened.locator("time").innerText(), /^31 Jan 2026, 23:30:05 UTC$/);
  await page.assertQuiet();
  await page.leave();
});
