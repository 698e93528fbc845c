// Owns the table of an entry's metadata.

import { el, shown } from "./dom.js";
import { textOf } from "./json.js";
import { say } from "./texts.js";

/**
 * @import { Notes } from "./adjusted.js"
 * @import { JsonNode } from "./json.js"
 */

/**
 * The section with the metadata; empty if there is none.
 *
 * @param {JsonNode | undefined} node
 * @param {Notes} notes
 */
export function metadataOf(node, notes) {
  const members = node?.kind === "object" ? node.members : [];
  if (members.length === 0) return [];
  const rows = members.map(([key, value]) => {
    const pointer = `/metadata/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`;
    const text = shown(textOf(value) ?? "", { class: value.kind });
    return el(
      "tr",
      {},
      el("th", { scope: "row" }, shown(key)),
      el("td", {}, text, notes.at(pointer)),
    );
  });
  return [
    el("h3", {}, say.fields.metadata),
    el("table", { class: "metadata" }, el("tbody", {}, rows)),
    ...notes.within("/metadata"),
  ];
}
