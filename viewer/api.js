// Owns the calls of the API: how they are made, and what it means when there is no answer to use.

import { dropToken, tokenFor } from "./access.js";

/** Longer than the service ever takes: it gives up by itself after 18 seconds. */
const PATIENCE_MS = 25_000;
const BASE = new URL("../", import.meta.url);

/**
 * Why there is nothing to show. `kind` is what the page goes by; `detail` is the service's own sentence, if it said one; `retryAfterMs` is how long it
 * asks to be left alone, or zero.
 */
export class Refusal extends Error {
  constructor(kind, detail = "", requestId = "", retryAfterMs = 0) {
    super(detail || kind);
    Object.assign(this, { kind, detail, requestId, retryAfterMs });
  }
}

/** Asks for a path of the view's workspace. Gives the answer's text, and the time of the service as it says it. */
export function askWorkspace(view, path, parameters, signal) {
  return callWorkspace(view, path, parameters, {}, signal);
}

/** Sends something, as JSON, to a path of the view's workspace. Gives the same as asking. */
export function sendToWorkspace(view, path, body, signal) {
  const options = { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
  return callWorkspace(view, path, [], options, signal);
}

/** The catalogue's labels, which need no token. */
export async function askCatalog(signal) {
  return JSON.parse((await call(new URL("catalog", BASE), {}, signal)).text);
}

async function callWorkspace(view, path, parameters, options, signal) {
  const token = tokenFor(view.workspace);
  if (view.workspace === "" || token === undefined) throw new Refusal("no-token");
  const address = new URL(`workspaces/${encodeURIComponent(view.workspace)}/${path}`, BASE);
  address.search = new URLSearchParams(parameters);
  try {
    return await call(address, { ...options, headers: { ...options.headers, Authorization: `Bearer ${token}` } }, signal);
  } catch (error) {
    if (error.kind === "unauthenticated") dropToken(view.workspace, token);
    throw error;
  }
}

async function call(address, options, signal) {
  const limits = { signal: AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)]), cache: "no-store", credentials: "omit" };
  try {
    const response = await fetch(address, { ...options, ...limits });
    const text = await response.text();
    if (!response.ok) throw refusalOf(response, text);
    return { text, now: Date.parse(response.headers.get("date")) || Date.now() };
  } catch (error) {
    if (error instanceof Refusal || signal.aborted) throw error;
    throw new Refusal("unreachable");
  }
}

function refusalOf({ status, headers }, text) {
  const { detail, errors, request_id: requestId } = problemOf(text);
  const kinds = { 400: "unusable", 401: "unauthenticated", 403: "forbidden", 404: "absent", 422: "unusable", 429: "busy" };
  const said = (errors ?? []).map((error) => `${String(error.pointer).replace("/", "")} ${error.detail}`).join("; ");
  const seconds = Number(headers.get("retry-after"));
  return new Refusal(kinds[status] ?? "failed", said || detail, requestId, seconds > 0 ? seconds * 1_000 : 0);
}

/** The problem that the service states; empty when the answer is another's, such as a gateway's. */
function problemOf(text) {
  try {
    return Object(JSON.parse(text));
  } catch {
    return {};
  }
}
