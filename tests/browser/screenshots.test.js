// Takes the screenshots of the README from the running service with its sample. They go to
// docs/screenshots, or to the folder that SCREENSHOTS names.

import assert from "node:assert/strict";
import { mkdir, stat } from "node:fs/promises";
import test, { after, before } from "node:test";
import {
  countsShown,
  directoryHas,
  listed,
  openPage,
  startService,
  stopAll,
  viewer,
} from "./harness.js";

/**
 * @import { BrowserContextOptions } from "playwright-core"
 * @import { EntryPage, EntryWithChanges } from "../../viewer/answers.d.ts"
 * @import { Client } from "./harness.js"
 */

const FOLDER =
  process.env.SCREENSHOTS ?? new URL("../../docs/screenshots", import.meta.url).pathname;

/** @type {Client} */
let service;
/** @type {string} */
let token;

before(async () => {
  await mkdir(FOLDER, { recursive: true });
  service = await startService({ withSample: true });
  token = await service.token("ws_acme");
  await directoryHas(service, "ws_acme", "actors?search=pia", 1);
});
after(stopAll);

/** The newest entry with several kinds of changes, but not many of them. */
async function tellingEntry() {
  for (const action of ["settings.update", "project.update"]) {
    const path = `ws_acme/entries?page_size=100&action=${action}`;
    const { entries } = /** @type {EntryPage} */ (await service.send("GET", path));
    for (const { id, outcome } of entries) {
      const one = await service.send("GET", `ws_acme/entries/${id}`);
      const { changes } = /** @type {EntryWithChanges} */ (one);
      const kinds = new Set(changes.map(({ change }) => change));
      if (outcome === "success" && kinds.size >= 2 && changes.length >= 3 && changes.length <= 8)
        return id;
    }
  }
  throw new Error("the sample has no telling entry");
}

/** @type {[name: string, options: BrowserContextOptions][]} */
const PICTURES = [
  ["light", { colorScheme: "light", viewport: { width: 1_280, height: 800 } }],
  ["dark", { colorScheme: "dark", viewport: { width: 1_280, height: 800 } }],
  ["narrow", { colorScheme: "light", viewport: { width: 390, height: 800 } }],
  ["detail", { colorScheme: "light", viewport: { width: 1_280, height: 800 } }],
  ["about", { colorScheme: "light", viewport: { width: 1_280, height: 800 } }],
  ["export", { colorScheme: "light", viewport: { width: 1_280, height: 800 } }],
  ["detail-dark", { colorScheme: "dark", viewport: { width: 1_280, height: 800 } }],
];

for (const [name, options] of PICTURES) {
  test(`a picture: ${name}`, async () => {
    const page = await openPage(options);
    let query = "";
    if (name.startsWith("detail")) query = `entry=${await tellingEntry()}`;
    if (name === "export") query = "action=member.invite";
    await page.goto(viewer(service, "ws_acme", { token, query }));
    await listed(page);
    await page.getByText(/Entries are kept/).waitFor();
    if (name.startsWith("detail")) await page.waitForSelector(".diff");
    await countsShown(page);
    if (name === "export") {
      await page.click("#export");
      await page.click("#export-start");
      await page.getByRole("link", { name: /^Download/ }).waitFor({ timeout: 60_000 });
    }
    if (name === "about") {
      await page.locator("td.user .pick", { hasText: "Pia" }).first().click();
      await page.waitForSelector("#about-body:not([aria-busy]) .facts");
    }
    await page.screenshot({ path: `${FOLDER}/viewer-${name}.png`, animations: "disabled" });
    assert.ok((await stat(`${FOLDER}/viewer-${name}.png`)).size > 10_000);
    await page.assertQuiet();
    await page.leave();
  });
}

test("a picture: example", async () => {
  const page = await openPage({ viewport: { width: 1_280, height: 800 } });
  await page.goto(`${service.address}/v1/viewer/example.html#workspace=ws_acme&token=${token}`);
  await page.frameLocator("iframe").locator("a.open-link").nth(19).waitFor();
  await page
    .frameLocator("iframe")
    .getByText(/Entries are kept/)
    .waitFor();
  await page.screenshot({ path: `${FOLDER}/viewer-example.png`, animations: "disabled" });
  await page.assertQuiet();
  await page.leave();
});
