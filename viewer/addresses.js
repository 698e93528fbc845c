// Owns the field "IP address": it takes an address or a range as it is typed, and finds addresses
// of the log by their beginning.

import { askWorkspace } from "./api.js";
import { byId, el, shown } from "./dom.js";
import { listenToLookup, showInLookup } from "./lookup.js";
import { isRange, mayBeAddress } from "./ranges.js";
import { say } from "./texts.js";
import { localMinute } from "./time.js";

/**
 * @import { AddressList, AddressRow } from "./answers.d.ts"
 * @import { View } from "./address.js"
 * @import { Refusal } from "./api.js"
 * @import { OnFilter } from "./people.js"
 */

const MOST_ADDRESSES = 20;

/**
 * Listens to the field. To be called once.
 *
 * @param {() => View} currentView
 * @param {OnFilter} onFilter
 * @param {(refusal: Refusal) => unknown} onRefused called when the token is no longer valid
 */
export function listenToAddresses(currentView, onFilter, onRefused) {
  listenToLookup(byId("address"), {
    ask: (text, signal) => findAddresses(currentView(), text, signal, onFilter),
    take: (text) => {
      const isTaken = text === "" || isRange(text);
      if (isTaken) onFilter({ ip_address: text });
      return isTaken;
    },
    restore: () => showAddress(currentView()),
    onRefused,
  });
}

/**
 * Shows in the field from where the entries of the list are.
 *
 * @param {View} view
 */
export function showAddress({ ip_address: address }) {
  showInLookup(byId("address"), address, address);
}

/**
 * @param {View} view
 * @param {string} text
 * @param {AbortSignal} signal
 * @param {OnFilter} onFilter
 */
async function findAddresses(view, text, signal, onFilter) {
  // What cannot become an address is not sent.
  if (!isRange(text) && !mayBeAddress(text)) return { choices: [], note: say.lookups.badAddress };
  /** @type {[string, string][]} */
  const parameters = [["page_size", String(MOST_ADDRESSES)]];
  if (text !== "") parameters.push(["search", text]);
  const { text: answer } = await askWorkspace(view, "addresses", parameters, signal);
  /** @type {AddressList} */
  const { addresses, page } = JSON.parse(answer);
  const choices = addresses.map((one) => ({
    words: optionOfAddress(one),
    pick: () => onFilter({ ip_address: one.address }),
  }));
  const isWhole = page.total_is_exact && page.total <= MOST_ADDRESSES;
  if (choices.length > 0) return { choices, note: isWhole ? "" : say.lookups.more };
  return { choices, note: say.lookups.noAddress };
}

/** @param {AddressRow} row */
function optionOfAddress({ address, actor_count: count, last_entry_at: last }) {
  return [
    el("span", { class: "name code" }, shown(address)),
    el("span", { class: "second" }, say.lookups.usedBy(count, localMinute(last))),
  ];
}
