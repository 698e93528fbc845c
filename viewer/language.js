// Owns which language the page speaks, and in which format it writes numbers and dates.

/** @typedef {"en" | "de"} Language */

/** The languages of `texts.js`. */
const LANGUAGES = /** @type {const} */ (["en", "de"]);

/** The languages of the reader, the preferred one first: that of the address, then the browser's. */
export const READ = [asked(), ...(globalThis.navigator?.languages ?? [])].filter(Boolean);
/** The language of the page's own texts: the first of the reader's that it has, else English. */
export const LANGUAGE = READ.map(primaryOf).find(isLanguage) ?? "en";
/**
 * The tag whose format numbers and dates have. It is the reader's own tag for the language of the
 * page (`en-US`, `de-AT`). A reader of none of its languages keeps the format of the browser.
 */
export const LOCALE =
  READ.find((tag) => primaryOf(tag) === LANGUAGE && isTag(tag)) ?? READ.find(isTag);

/** The language that the page around this one wants, as the parameter `lang`. */
function asked() {
  return new URLSearchParams(globalThis.location?.search ?? "").get("lang") ?? "";
}

/**
 * The language of a tag, for example `de` of `de-AT`.
 *
 * @param {string} tag
 */
export function primaryOf(tag) {
  return tag.toLowerCase().split("-")[0];
}

/**
 * @param {string} primary
 * @returns {primary is Language}
 */
function isLanguage(primary) {
  return LANGUAGES.some((one) => one === primary);
}

/** @param {string} tag */
function isTag(tag) {
  try {
    return Intl.getCanonicalLocales(tag).length > 0;
  } catch {
    return false;
  }
}
