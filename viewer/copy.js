// Owns copying: a text that can be copied, the button that does it, and whether it could.

import { byId, el, icon, shown } from "./dom.js";

/** A received text with a button that copies it. */
export function copyable(text) {
  return [shown(text, { class: "code" }), " ", copyButton("Copy", text, icon("copy"))];
}

/** A button that copies a text, or what a function gives, and says whether it could. */
export function copyButton(name, text, label) {
  const copy = async (event) => {
    const button = event.currentTarget;
    const isCopied = await navigator.clipboard.writeText(typeof text === "function" ? text() : text).then(() => true, () => false);
    const status = button.closest("dialog")?.querySelector("[role=status]") ?? byId("status");
    status.textContent = isCopied ? "Copied." : "The browser does not allow copying here.";
    button.classList.add(isCopied ? "copied" : "not-copied");
    setTimeout(() => button.classList.remove("copied", "not-copied"), 1_500);
  };
  const looks = typeof label === "string" ? { class: "button" } : { class: "copy", "aria-label": name, title: name };
  return el("button", { type: "button", ...looks, onclick: copy }, label);
}
