// Owns the line that says what the last check of the log found.

import { byId, el } from "./dom.js";
import { counted } from "./text.js";
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
  const many = counted(entries, "entry", "entries");
  const found = [
    ...(missing === 0 ? [] : [`${missing} missing`]),
    ...(altered === 0 ? [] : [`${altered} altered`]),
  ];
  const verdict =
    found.length === 0
      ? "all present and as recorded."
      : `${found.join(" and ")}. Ask your provider.`;
  line.classList.toggle("alert", found.length > 0);
  line.replaceChildren("Checked ", when, `: ${many}, ${verdict}`);
}
