// Owns the messages between this page and the page around it, if there is one. `embed.js` is the
// other end.
//
// It accepts messages from the parent only; the policy's `frame-ancestors` decides who may be the
// parent. What it sends is not secret.

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

/** Whether the page is shown in a frame. */
export function isEmbedded() {
  return window.parent !== window;
}

/**
 * Listens to the page around this one, then tells it that this one is ready.
 *
 * @param {{ onToken: (token: string) => void }} on
 */
export function listenToHost({ onToken }) {
  if (!isEmbedded()) return;
  document.documentElement.dataset.embedded = "";
  window.addEventListener("message", (event) => {
    const isMessage = event.data !== null && typeof event.data === "object";
    if (event.source !== window.parent || !isMessage) return;
    const { audit, token, scheme, properties } = event.data;
    if (audit === "token" && typeof token === "string") onToken(token);
    if (audit === "theme") applyTheme(scheme, properties ?? {});
  });
  tellHost({ audit: "ready" });
}

/**
 * Sends a message to the page around this one, if there is one.
 *
 * @param {{ audit: "ready" }
 *   | { audit: "view", search: string }
 *   | { audit: "token-expired", reason: "missing" | "refused" }} message
 */
export function tellHost(message) {
  if (isEmbedded()) window.parent.postMessage(message, "*");
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
