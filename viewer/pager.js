// Owns where one is: how many entries there are, which page this is, and the ways to others.

import { byId } from "./dom.js";
import { counted, grouped } from "./text.js";

const WAYS = new Map([[-1, "previous"], [1, "next"]]);

/** Calls `onStep` with -1 or 1 for the page before or after, and `onPage` with the number of a page. */
export function listenToPager({ onStep, onPage }) {
  for (const [step, id] of WAYS) byId(id).addEventListener("click", () => leads(step) && onStep(step));
  byId("jump").addEventListener("submit", (event) => {
    event.preventDefault();
    const number = byId("page").valueAsNumber;
    if (Number.isInteger(number) && number >= 1) onPage(number);
  });
}

/** Shows the `page` of an answer; it is the page of that `number`. A total that is not exact is a lower bound. */
export function showPager(page, number) {
  const bound = page.total_is_exact ? "" : "at least ";
  byId("place").textContent = `Page ${grouped(number)} of ${bound}${grouped(Math.max(page.total_pages, 1))}`;
  byId("total").textContent = bound + counted(page.total_entries, "entry", "entries");
  // A way that leads nowhere keeps its place and its focus: a button that vanishes under a finger is worse than one that does nothing.
  byId("previous").setAttribute("aria-disabled", String(page.previous_page_token === null));
  byId("next").setAttribute("aria-disabled", String(page.next_page_token === null));
  byId("page").value = number;
  byId("pager").hidden = page.total_pages <= 1 && number === 1 && page.next_page_token === null;
}

/** Whether there is a page before (-1) or after (1). */
export function leads(step) {
  return !byId("pager").hidden && byId(WAYS.get(step)).getAttribute("aria-disabled") === "false";
}

/** Hides what is only true of a page that is shown. */
export function hidePager() {
  byId("pager").hidden = true;
  byId("total").textContent = "";
}
