// Owns the talk with the page around this one, when there is one. `embed.js` is the other end.
//
// Only the parent is listened to, and who may be the parent is for the policy's `frame-ancestors` to say. What is told to it is no secret.

const THEME = ["font", "text-size", "accent", "background", "surface", "text", "muted", "line", "radius"];
const SCHEMES = { light: "light", dark: "dark", auto: "light dark" };

/** Whether the page is shown inside another. */
export function isEmbedded() {
  return window.parent !== window;
}

/** Listens to the page around this one, then says that this one is there. */
export function listenToHost({ onToken }) {
  if (!isEmbedded()) return;
  document.documentElement.dataset.embedded = "";
  window.addEventListener("message", (event) => {
    if (event.source !== window.parent || event.data === null || typeof event.data !== "object") return;
    const { audit, token, scheme, properties } = event.data;
    if (audit === "token" && typeof token === "string") onToken(token);
    if (audit === "theme") applyTheme(scheme, properties ?? {});
  });
  tellHost({ audit: "ready" });
}

/** Tells the page around this one something, if there is one. */
export function tellHost(message) {
  if (isEmbedded()) window.parent.postMessage(message, "*");
}

/** Takes known properties only; what a style cannot hold is ignored by the browser, and an address in it by the policy. */
function applyTheme(scheme, properties) {
  const { style } = document.documentElement;
  style.setProperty("color-scheme", SCHEMES[scheme] ?? SCHEMES.auto);
  for (const name of THEME) {
    const value = properties[name];
    if (typeof value === "string" && value.length <= 200) style.setProperty(`--audit-log-${name}`, value);
  }
}
