// Owns how it is said that the service adjusted a field: one sentence for each adjustment, beside
// the field.

import { el, shown } from "./dom.js";
import { member, textOf } from "./json.js";
import { grouped } from "./text.js";

/** @import { JsonNode } from "./json.js" */

/**
 * What a field is called in a sentence, and how many of its characters are kept.
 *
 * @typedef {[pattern: RegExp, word: string, most?: number]} AdjustedField
 */

/** @type {AdjustedField[]} */
const ADJUSTED_FIELDS = [
  [/\/name$/, "name", 256],
  [/\/email$/, "email address", 254],
  [/^\/reason$/, "reason", 1_024],
  [/^\/ip_address$/, "address", 512],
  [/^\/user_agent$/, "user agent", 512],
  [/^\/location$/, "location", 256],
];
/** @type {AdjustedField} */
const METADATA_FIELD = [/^\/metadata\//, "text", 1_024];
/** @type {Partial<Record<string, (word: string, most: number | undefined) => string>>} */
const ADJUSTED_SENTENCES = {
  cut: (word, most) =>
    `The ${word} was cut${most === undefined ? "" : ` to ${grouped(most)} characters`}.`,
  empty: (word) => `The ${word} was sent as an empty text, so it is left out.`,
  not_text: (word) => `The ${word} was not sent as a text. This is the JSON that was sent.`,
  lone_surrogate: (word) =>
    `The ${word} was not valid Unicode; the damaged characters are shown as �.`,
  control_character: (word) =>
    `The ${word} had control or invisible characters; they are shown as �.`,
  not_an_email: (word) => `The ${word} does not look like one. It is kept as it was sent.`,
  not_an_address: (word) => `The ${word} is not an IP address. It is kept as it was sent.`,
  address_only: (word) =>
    `The ${word} was sent with white space, a port, brackets or a zone, which are left out.`,
  number_as_text: () =>
    "The number was too long to be kept as a number. It is a text with the same characters.",
  schema: () => "The value does not fit the catalogue's schema for it. It is kept as it was sent.",
  more: () => "More was adjusted than is listed here.",
};

/** @typedef {{ pointer: string, sentence: string }} Note */

/** The sentences about an entry. It remembers which were shown, so that none is forgotten. */
export class Notes {
  /** @type {Note[]} */
  #left;

  /** @param {JsonNode} entry */
  constructor(entry) {
    const adjusted = member(entry, "adjusted");
    const elements = adjusted?.kind === "array" ? adjusted.elements : [];
    this.#left = elements.map((one) => {
      const pointer = textOf(member(one, "pointer")) ?? "";
      return { pointer, sentence: sentenceOf(pointer, textOf(member(one, "reason")) ?? "") };
    });
  }

  /**
   * The sentences about exactly these fields.
   *
   * @param {string[]} pointers
   */
  at(...pointers) {
    const notes = this.#take(({ pointer }) => pointers.includes(pointer));
    return notes.map(({ sentence }) => el("p", { class: "note" }, sentence));
  }

  /**
   * The sentences about a field and everything in it, each with its place.
   *
   * @param {string} start the pointer to the field
   */
  within(start) {
    return this.#take(({ pointer }) => `${pointer}/`.startsWith(`${start}/`)).map(placedNote);
  }

  /** The sentences that were not asked for yet, each with its place. */
  rest() {
    return this.#take(() => true).map(placedNote);
  }

  /** @param {(note: Note) => boolean} isWanted */
  #take(isWanted) {
    const taken = this.#left.filter(isWanted);
    this.#left = this.#left.filter((note) => !isWanted(note));
    return taken;
  }
}

/** @param {Note} note */
function placedNote({ pointer, sentence }) {
  const place = pointer !== "" && [shown(pointer, { class: "code" }), ": "];
  return el("p", { class: "note" }, place || null, sentence);
}

/**
 * @param {string} pointer
 * @param {string} reason
 */
function sentenceOf(pointer, reason) {
  const fields = pointer.startsWith("/metadata/") ? [METADATA_FIELD] : ADJUSTED_FIELDS;
  const isOfValue = /^\/(?:old|new)_value(?:\/|$)/.test(pointer);
  const field = isOfValue ? undefined : fields.find(([pattern]) => pattern.test(pointer));
  const [, word, most] = field ?? [undefined, isOfValue ? "text" : "field", undefined];
  const sentence = ADJUSTED_SENTENCES[reason];
  return sentence ? sentence(word, most) : `The ${word} was adjusted: ${reason}.`;
}
