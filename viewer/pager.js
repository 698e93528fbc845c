// Owns the pager: how many entries there are, which page is shown, and the ways to other pages.

import { byId } from "./dom.js";
import { grouped } from "./text.js";
import { say } from "./texts.js";

/** @import { Page } from "./answers.d.ts" */

const PAGE_NUMBER = /^[1-9]\d{0,8}$/;

/**
 * @typedef {-1 | 1} Step To the page, or the entry, before (-1) or after (1).
 * @typedef {"push" | "replace"} How How a view enters the browser's history.
 */

/**
 * Listens to the buttons and the field for a page's number.
 *
 * @param {{ onStep: (step: Step) => unknown, onPage: (number: number) => unknown }} on
 */
export function listenToPager({ onStep, onPage }) {
  byId("previous").addEventListener("click", () => leads(-1) && onStep(-1));
  byId("next").addEventListener("click", () => leads(1) && onStep(1));
  byId("jump").addEventListener("submit", (event) => {
    event.preventDefault();
    const field = byId("page");
    const isPage = PAGE_NUMBER.test(field.value.trim());
    field.setCustomValidity(isPage ? "" : say.pager.whole);
    if (field.reportValidity()) onPage(Number(field.value));
  });
  byId("page").addEventListener("input", () => byId("page").setCustomValidity(""));
}

/**
 * Shows where a page stands. A total that is not exact is a lower bound.
 *
 * @param {Page} page
 * @param {number} number
 */
export function showPager(page, number) {
  const { total_is_exact: isExact, total_entries: total } = page;
  const [pages, entries] = [grouped(Math.max(page.total_pages, 1)), say.list.entries(total)];
  byId("place").textContent = say.pager.place(grouped(number), pages, isExact);
  byId("total").textContent = isExact ? entries : say.list.atLeast(entries);
  // Buttons that lead nowhere stay, disabled: they keep the focus and do not vanish under a finger.
  byId("previous").setAttribute("aria-disabled", String(page.previous_page_token === null));
  byId("next").setAttribute("aria-disabled", String(page.next_page_token === null));
  byId("page").value = String(number);
  byId("page").setCustomValidity("");
  const isOnly = page.total_pages <= 1 && number === 1 && page.next_page_token === null;
  byId("pager").hidden = isOnly;
}

/**
 * Whether there is a page in that direction.
 *
 * @param {Step} step
 */
export function leads(step) {
  const button = byId(step < 0 ? "previous" : "next");
  return !byId("pager").hidden && button.getAttribute("aria-disabled") === "false";
}

/** Hides the pager and the total while there is no list. */
export function hidePager() {
  byId("pager").hidden = true;
  byId("total").textContent = "";
}
