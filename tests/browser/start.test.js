// The links that `cargo run` prints, and the weight of a first visit.

import assert from "node:assert/strict";
import test, { after } from "node:test";
import { listed, openPage, startService, stopAll } from "./harness.js";

after(stopAll);

test("the links that the local service prints open the page, alone and within another page", async () => {
  const service = await startService({ withSample: true });
  const [page, example] = service.printed
    .map((line) => line.trim())
    .filter((line) => line.includes("/v1/viewer"));
  const alone = await openPage();
  await alone.goto(page);
  await listed(alone);
  assert.equal(await alone.locator("#rows a.open-link").count(), 20);
  await alone.assertQuiet();
  const within = await openPage();
  await within.goto(example);
  await within.frameLocator("iframe").locator("a.open-link").nth(19).waitFor();
  await within.assertQuiet();
});

test("without the sample there is no workspace to link to", async () => {
  const service = await startService();
  assert.equal(
    service.printed.some((line) => line.includes("#token=")),
    false,
  );
});

test("a first visit loads four files of less than 75 kB in all, compressed", async () => {
  const service = await startService({ withSample: true });
  const page = await openPage();
  const session = await page.context().newCDPSession(page);
  await session.send("Network.enable");
  /** @type {Map<string, string>} */
  const addresses = new Map();
  /** @type {Map<string, number>} */
  const bytes = new Map();
  session.on("Network.requestWillBeSent", ({ requestId, request }) =>
    addresses.set(requestId, request.url),
  );
  session.on("Network.loadingFinished", ({ requestId, encodedDataLength }) =>
    bytes.set(addresses.get(requestId) ?? requestId, encodedDataLength),
  );
  const link = service.printed.find((line) => line.includes("/v1/viewer?")) ?? "";
  await page.goto(link.trim());
  await listed(page);
  await page.waitForTimeout(300);
  const files = [...bytes].filter(
    ([address]) =>
      !address.startsWith("data:") &&
      !address.includes("/workspaces/") &&
      !address.endsWith("/catalog"),
  );
  const total = files.reduce((sum, [, one]) => sum + one, 0);
  const parts = files.map(
    ([address, one]) => `${new URL(address).pathname.split("/").pop()} ${one}`,
  );
  console.log(`page weight: ${total} bytes as sent, with headers: ${parts.join(", ")}`);
  assert.ok(files.length >= 3 && files.length <= 4 && total < 75_000, JSON.stringify(files));
  assert.ok(
    [...addresses.values()].every(
      (address) => address.startsWith(service.address) || address.startsWith("data:"),
    ),
    "nothing from elsewhere",
  );
});
