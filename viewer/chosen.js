// Owns what a choice of several names is as a text of the address and of the API: `a,b` is only
// these, and `-a,-b` is all but these.

import { say } from "./texts.js";

/** @typedef {{ names: string[], isWithout: boolean }} Choice Only these names, or all but these. */

/** The most names of a choice, as the API takes them. */
export const MOST_NAMES = 50;

/**
 * The choice that a text stands for. A text that mixes both ways is not taken apart: the service
 * says what is wrong with it.
 *
 * @param {string} text
 * @returns {Choice}
 */
export function choiceOf(text) {
  const parts = [...new Set(text.split(","))].filter((part) => part !== "");
  const isWithout = parts.length > 0 && parts.every((part) => part.startsWith("-"));
  return { names: isWithout ? parts.map((part) => part.slice(1)) : parts, isWithout };
}

/** @param {Choice} choice */
export function choiceText({ names, isWithout }) {
  return names.map((name) => (isWithout ? `-${name}` : name)).join(",");
}

/**
 * A choice without one more name. Of a choice of this name alone nothing would be left, so it
 * becomes all but this.
 *
 * @param {string} text
 * @param {string} name
 */
export function leavingOut(text, name) {
  const { names, isWithout } = choiceOf(text);
  const others = names.filter((one) => one !== name);
  if (isWithout) return choiceText({ names: [...others, name], isWithout });
  return others.length > 0 ? choiceText({ names: others, isWithout }) : `-${name}`;
}

/**
 * The one name that is chosen; undefined if there are others, or none.
 *
 * @param {string} text
 */
export function onlyName(text) {
  const { names, isWithout } = choiceOf(text);
  return !isWithout && names.length === 1 ? names[0] : undefined;
}

/**
 * Whether a name is among what is chosen. Without a choice, all are.
 *
 * @param {string} text
 * @param {string} name
 */
export function isChosen(text, name) {
  const { names, isWithout } = choiceOf(text);
  return names.length === 0 || names.includes(name) !== isWithout;
}

/**
 * A choice in words, each name of it.
 *
 * @param {string} text
 * @param {(name: string) => string} labelOf
 */
export function choiceWords(text, labelOf) {
  const { names, isWithout } = choiceOf(text);
  const words = names.map(labelOf).join(", ");
  return isWithout ? say.filters.allBut(words) : words;
}
