// Owns what a text is as an IP address: one, a range of them in CIDR notation (RFC 4632), or what
// may become one.

const OCTET = "(25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)";
const V4 = new RegExp(`^${OCTET}(\\.${OCTET}){3}$`);
const V4_START = new RegExp(`^(${OCTET}\\.){0,3}${OCTET}?$`);
const V6_START = /^[\da-f]{1,4}$|^[\da-f]{0,4}:[\da-f:.]*$/i;
const PREFIX = /^(0|[1-9]\d{0,2})$/;

/**
 * Whether the service takes a text as an address or a range.
 *
 * @param {string} text
 */
export function isRange(text) {
  const [address, prefix, ...others] = text.split("/");
  const bits = bitsOf(address);
  if (bits === 0 || others.length > 0) return false;
  return prefix === undefined || (PREFIX.test(prefix) && Number(prefix) <= bits);
}

/**
 * Whether a text may be the beginning of an address.
 *
 * @param {string} text
 */
export function mayBeAddress(text) {
  return V4_START.test(text) || V6_START.test(text);
}

/**
 * The length of an address in bits; zero if the text is none.
 *
 * @param {string} text
 */
function bitsOf(text) {
  if (V4.test(text)) return 32;
  // The browser's own parser of addresses knows what may be left out of one.
  return V6_START.test(text) && URL.canParse(`//[${text}]/`, location.href) ? 128 : 0;
}
