// Owns copying to the clipboard: texts with a copy button, and the message whether it worked.

import { byId, el, icon, shown } from "./dom.js";
import { say } from "./texts.js";

/**
 * A received text with a button that copies it.
 *
 * @param {string} text
 */
export function copyable(text) {
  return [shown(text, { class: "code" }), " ", copyButton(say.entry.copy, text, icon("copy"))];
}

/**
 * A button that copies a text, or what a function returns, and announces whether it worked.
 *
 * @param {string} name
 * @param {string | (() => string)} text
 * @param {string | SVGElement} label
 */
export function copyButton(name, text, label) {
  /** @param {MouseEvent} event */
  const copy = async (event) => {
    const button = /** @type {HTMLButtonElement} */ (event.currentTarget);
    const copied = navigator.clipboard.writeText(typeof text === "function" ? text() : text);
    const isCopied = await copied.then(
      () => true,
      () => false,
    );
    const status = button.closest("dialog")?.querySelector("p[role=status]") ?? byId("status");
    status.textContent = isCopied ? say.entry.copied : say.entry.cannotCopy;
    button.classList.add(isCopied ? "copied" : "not-copied");
    setTimeout(() => button.classList.remove("copied", "not-copied"), 1_500);
  };
  const looks =
    typeof label === "string"
      ? { class: "button" }
      : { class: "copy", "aria-label": name, title: name, "data-copied": say.entry.copiedShort };
  return el("button", { type: "button", ...looks, onclick: copy }, label);
}
