// Owns the line that says what the last check of the log found.

import { byId, el } from "./dom.js";
import { say } from "./texts.js";
import { localMinute, utcTime } from "./time.js";

/**
 * @import { JournalCheck } from "./answers.d.ts"
 */

/**
 * Shows the line; without a check, it stays away.
 *
 * @param {JournalCheck | null} check
 */
export function showChecked(check) {
  const line = byId("checked");
  line.hidden = check === null;
  if (check === null) return line.replaceChildren();
  const { checked_at: at, entries, missing, altered } = check;
  const when = el("time", { datetime: at, title: utcTime(at) }, localMinute(at));
  const found = [
    ...(missing === 0 ? [] : [say.checked.missing(missing)]),
    ...(altered === 0 ? [] : [say.checked.altered(altered)]),
  ];
  const verdict =
    found.length === 0 ? say.checked.good : say.checked.bad(found.join(say.checked.and));
  line.classList.toggle("alert", found.length > 0);
  line.replaceChildren(el("span", {}, say.checked.line(when, entries, verdict)));
}
