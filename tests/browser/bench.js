// Measures how long after the answer to the list call the first page is usable: its rows stand in the document and were painted.
//
//   make browser-bench                                         the sample of the local service
//   make browser-bench AUDIT=http://127.0.0.1:8080 WORKSPACE=ws_acme TOKEN=cwa_…      a service that runs already

import { listed, openPage, startService, stopAll } from "./harness.js";

const LOADS = 20;

/** In the page: notes when twenty rows have been painted. */
function watch() {
  const note = () => requestAnimationFrame(() => requestAnimationFrame(() => (window.usableAt ??= performance.now())));
  new MutationObserver(() => document.querySelector("#rows a.open-link") && note()).observe(document, { childList: true, subtree: true });
}

async function measure(address) {
  const page = await openPage();
  await page.addInitScript(watch);
  await page.goto(address);
  await listed(page);
  await page.waitForFunction(() => window.usableAt !== undefined);
  const { usable, answered, sent, rows, total } = await page.evaluate(() => {
    const call = performance.getEntriesByType("resource").find(({ name }) => name.includes("/entries?"));
    const rows = document.querySelectorAll("#rows a.open-link").length;
    return { usable: window.usableAt, answered: call.responseEnd, sent: call.requestStart, rows, total: document.getElementById("total").textContent };
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
const loads = [];
for (let load = 0; load < LOADS; load += 1) loads.push(await measure(address));
await stopAll();
const figures = (name) => {
  const sorted = loads.map((one) => one[name]).sort((a, b) => a - b);
  return `median ${sorted[Math.floor(LOADS / 2)].toFixed(0)} ms, slowest ${sorted.at(-1).toFixed(0)} ms`;
};
console.log(`${LOADS} first visits, ${loads[0].rows} rows of ${loads[0].total}`);
console.log(`answer of the list call to usable: ${figures("render")}`);
console.log(`the list call itself:              ${figures("call")}`);
console.log(`navigation to usable:              ${figures("load")}`);
