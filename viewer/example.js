// An example of what a product's own page does. Its backend would make the token (POST /v1/workspaces/{workspace_id}/viewer-tokens, with a key that
// never reaches a browser); here it is in the fragment of the address, as `cargo run` prints it, or it is pasted.

const viewer = document.querySelector("audit-log-viewer");
const form = document.getElementById("ask");
const handed = new URLSearchParams(location.hash.slice(1));
const workspace = handed.get("workspace") ?? "ws_acme";

// The example keeps workspace and view in its own fragment, so that its address can be bookmarked. The token is taken out of it at once.
const view = handed.get("view") ?? "";
const keepView = (search) => history.replaceState(null, "", `${location.pathname}#${new URLSearchParams({ workspace, view: search })}`);
keepView(view);

viewer.setAttribute("workspace", workspace);
viewer.setAttribute("view", view);
viewer.addEventListener("audit-view-change", (event) => keepView(event.detail.view));
viewer.addEventListener("audit-token-expired", (event) => {
  form.hidden = false;
  document.getElementById("said").textContent = event.detail.reason === "missing" ? "" : "The last token has ended.";
});

form.hidden = handed.has("token");
form.addEventListener("submit", (event) => {
  event.preventDefault();
  viewer.token = document.getElementById("token").value.trim();
  form.reset();
  form.hidden = true;
});
if (handed.has("token")) viewer.token = handed.get("token");
