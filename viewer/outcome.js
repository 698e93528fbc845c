// Owns how outcomes are called.

/** @type {Partial<Record<string, string>>} */
export const OUTCOMES = { success: "Success", failure: "Failed", denied: "Denied" };
