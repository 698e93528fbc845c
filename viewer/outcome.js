// Owns how outcomes are called.

import { say } from "./texts.js";

/** @type {Partial<Record<string, string>>} */
export const OUTCOMES = say.outcomes;
