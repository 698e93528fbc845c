// An example of a product's own page. In a real product the backend makes the token with
// POST /v1/workspaces/{workspace_id}/viewer-tokens and a key that never reaches a browser. Here the
// token is pasted, or it is in the fragment of the address that `cargo run` prints.

/** @import { ViewerElement } from "./elements.d.ts" */

const viewer = /** @type {ViewerElement} */ (document.querySelector("audit-log-viewer"));
const form = /** @type {HTMLFormElement} */ (document.getElementById("ask"));
const said = /** @type {HTMLOutputElement} */ (document.getElementById("said"));
const input = /** @type {HTMLInputElement} */ (document.getElementById("token"));
const handed = new URLSearchParams(location.hash.slice(1));
const token = handed.get("token");
const workspace = handed.get("workspace") ?? "ws_acme";

// The example keeps workspace and view in its own fragment, so that its address can be bookmarked.
// It removes the token from the fragment at once.
const view = handed.get("view") ?? "";
/** @param {string} search */
const keepView = (search) => {
  const kept = new URLSearchParams({ workspace, view: search });
  history.replaceState(null, "", `${location.pathname}#${kept}`);
};
keepView(view);

viewer.setAttribute("workspace", workspace);
viewer.setAttribute("view", view);
viewer.addEventListener("audit-view-change", (event) =>
  keepView(/** @type {CustomEvent} */ (event).detail.view),
);
viewer.addEventListener("audit-token-expired", (event) => {
  form.hidden = false;
  const { reason } = /** @type {CustomEvent} */ (event).detail;
  said.textContent = reason === "missing" ? "" : "The last token is no longer valid.";
});

form.hidden = token !== null;
form.addEventListener("submit", (event) => {
  event.preventDefault();
  viewer.token = input.value.trim();
  form.reset();
  form.hidden = true;
});
if (token !== null) viewer.token = token;
