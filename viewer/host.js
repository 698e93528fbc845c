// Owns the messages between this page and the page around it, if there is one. `embed.js` is the
// other end.
//
// It accepts messages from the parent only; the policy's `frame-ancestors` decides who may be the
// parent. It sends to the origin of the parent only, which the browser tells: so if the parent goes
// to another site, that site hears nothing.

const THEME = [
  "font",
  "text-size",
  "accent",
  "background",
  "surface",
  "text",
  "muted",
  "line",
  "radius",
];
/** @type {Partial<Record<string, string>>} */
const SCHEMES = { light: "light", dark: "dark" };
const AUTO_SCHEME = "light dark";

/** The origin of the page around this one; empty until it is known. */
let host = "";
/**
 * What is to be sent once the origin is known.
 *
 * @type {Message[]}
 */
let waiting = [];

/**
 * A message to the page around this one.
 *
 * @typedef {{ audit: "ready" }
 *   | { audit: "view", search: string }
 *   | { audit: "token-expiring", expires_at: string }
 *   | { audit: "token-expired", reason: "missing" | "refused" | "ended" }
 *   | { audit: "blocked", reason: "forbidden" | "absent" }} Message
 */

/** Whether the page is shown in a frame. */
export function isEmbedded() {
  return window.parent !== window;
}

/**
 * Listens to the page around this one, then tells it that this one is ready.
 *
 * @param {{ onToken: (token: string, endsAt: string | undefined) => void }} on
 */
export function listenToHost({ onToken }) {
  if (!isEmbedded()) return;
  document.documentElement.dataset.embedded = "";
  window.addEventListener("message", (event) => {
    const isMessage = event.data !== null && typeof event.data === "object";
    if (event.source !== window.parent || !isMessage) return;
    learnHost(event.origin);
    const { audit, token, expires_at: end, scheme, properties } = event.data;
    if (audit === "token" && typeof token === "string")
      onToken(token, typeof end === "string" ? end : undefined);
    if (audit === "theme") applyTheme(scheme, properties ?? {});
  });
  learnHost(embedder());
  tellHost({ audit: "ready" });
}

/**
 * The origin of the page around this one, as far as the browser tells before a message comes: not
 * every browser lists it, and that page may keep its address to itself.
 */
function embedder() {
  const listed = location.ancestorOrigins?.[0];
  if (listed) return listed;
  return URL.canParse(document.referrer) ? new URL(document.referrer).origin : "";
}

/**
 * Remembers the origin of the page around this one, and sends it what has waited.
 *
 * @param {string} origin
 */
function learnHost(origin) {
  if (!/^https?:/.test(origin)) return;
  host = origin;
  const messages = waiting;
  waiting = [];
  messages.forEach(tellHost);
}

/**
 * Sends a message to the page around this one, if there is one.
 *
 * @param {Message} message
 */
export function tellHost(message) {
  if (!isEmbedded()) return;
  if (host === "") waiting.push(message);
  else window.parent.postMessage(message, host);
}

/**
 * Applies known properties only. The browser ignores values that are not valid in a style, and the
 * policy blocks any address in them.
 *
 * @param {string} scheme
 * @param {Record<string, unknown>} properties
 */
function applyTheme(scheme, properties) {
  const { style } = document.documentElement;
  style.setProperty("color-scheme", SCHEMES[scheme] ?? AUTO_SCHEME);
  for (const name of THEME) {
    const value = properties[name];
    if (typeof value === "string" && value.length <= 200)
      style.setProperty(`--audit-log-${name}`, value);
  }
}
