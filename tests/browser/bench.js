// Measures the time from the answer to the list call until the page is usable, which is when its
// rows have been painted.
//
// With the sample of the local service, or with a service that is already running:
//   make browser-bench
//   make browser-bench AUDIT=http://127.0.0.1:8080 WORKSPACE=ws_acme TOKEN=cwa_…

import { listed, openPage, startService, stopAll } from "./harness.js";

const LOADS = 20;

/** Runs in the page, and notes when the rows have been painted: in the second frame after them. */
function watch() {
  const painted = () => (window.usableAt ??= performance.now());
  const observer = new MutationObserver(() => {
    if (document.querySelector("#rows a.open-link"))
      requestAnimationFrame(() => requestAnimationFrame(painted));
  });
  observer.observe(document, { childList: true, subtree: true });
}

/** @param {string} address */
async function measure(address) {
  const page = await openPage();
  await page.addInitScript(watch);
  await page.goto(address);
  await listed(page);
  await page.waitForFunction(() => window.usableAt !== undefined);
  const { usable, answered, sent, rows, total } = await page.evaluate(() => {
    const calls = /** @type {PerformanceResourceTiming[]} */ (
      performance.getEntriesByType("resource")
    );
    const call = calls.find(({ name }) => name.includes("/entries?"));
    return {
      usable: window.usableAt ?? NaN,
      answered: call?.responseEnd ?? NaN,
      sent: call?.requestStart ?? NaN,
      rows: document.querySelectorAll("#rows a.open-link").length,
      total: document.getElementById("total").textContent,
    };
  });
  await page.leave();
  return { render: usable - answered, call: answered - sent, load: usable, rows, total };
}

async function target() {
  const { AUDIT, WORKSPACE, TOKEN } = process.env;
  if (!AUDIT) {
    const service = await startService({ withSample: true });
    return `${service.address}/v1/viewer?workspace=ws_acme#token=${await service.token("ws_acme")}`;
  }
  const response = await fetch(`${AUDIT}/v1/workspaces/${WORKSPACE}/viewer-tokens`, {
    method: "POST",
    headers: { authorization: `Bearer ${TOKEN}`, "content-type": "application/json" },
    body: JSON.stringify({ admin: { id: "bench" }, expires_in_seconds: 3_600 }),
  });
  return `${AUDIT}/v1/viewer?workspace=${WORKSPACE}#token=${(await response.json()).token}`;
}

const address = await target();
const loads = [await measure(address)];
while (loads.length < LOADS) loads.push(await measure(address));
await stopAll();
/** @param {"render" | "call" | "load"} name */
const figures = (name) => {
  const sorted = loads.map((one) => one[name]).sort((a, b) => a - b);
  const [median, slowest] = [sorted[Math.floor(LOADS / 2)], sorted[LOADS - 1]];
  return `median ${median.toFixed(0)} ms, slowest ${slowest.toFixed(0)} ms`;
};
console.log(`${LOADS} first visits, ${loads[0].rows} rows of ${loads[0].total}`);
console.log(`answer of the list call to usable: ${figures("render")}`);
console.log(`the list call itself:              ${figures("call")}`);
console.log(`navigation to usable:              ${figures("load")}`);
