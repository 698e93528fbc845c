// Owns how it is said that the service adjusted a field: one sentence for each adjustment, beside
// the field.

import { el, shown } from "./dom.js";
import { member, textOf } from "./json.js";
import { say } from "./texts.js";

/** @import { JsonNode } from "./json.js" */

/**
 * What a field is called at the start of a sentence, and how many of its characters are kept.
 *
 * @typedef {[pattern: RegExp, words: string, most?: number]} AdjustedField
 */

/** @type {AdjustedField[]} */
const ADJUSTED_FIELDS = [
  [/\/name$/, say.adjusted.name, 256],
  [/\/email$/, say.adjusted.email, 254],
  [/^\/reason$/, say.adjusted.reason, 1_024],
  [/^\/ip_address$/, say.adjusted.address, 512],
  [/^\/user_agent$/, say.adjusted.userAgent, 512],
  [/^\/location$/, say.adjusted.location, 256],
];
/** @type {AdjustedField} */
const METADATA_FIELD = [/^\/metadata\//, say.adjusted.text, 1_024];
/** @type {Partial<Record<string, (field: string, most: number | undefined) => string>>} */
const ADJUSTED_SENTENCES = {
  cut: say.adjusted.cut,
  empty: say.adjusted.empty,
  not_text: say.adjusted.notText,
  lone_surrogate: say.adjusted.loneSurrogate,
  control_character: say.adjusted.controlCharacter,
  not_an_email: say.adjusted.notAnEmail,
  not_an_address: say.adjusted.notAnAddress,
  address_only: say.adjusted.addressOnly,
  number_as_text: () => say.adjusted.numberAsText,
  schema: () => say.adjusted.schema,
  more: () => say.adjusted.more,
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
  const other = isOfValue ? say.adjusted.text : say.adjusted.field;
  const [, words, most] = field ?? [undefined, other, undefined];
  const sentence = ADJUSTED_SENTENCES[reason];
  return sentence ? sentence(words, most) : say.adjusted.other(words, reason);
}
