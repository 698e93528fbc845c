// Owns the calls of the API, and what it means when a call brings no usable answer.

import { dropToken, learnTime, tokenFor } from "./access.js";

/**
 * @import { Catalog, Problem } from "./answers.d.ts"
 * @import { View } from "./address.js"
 */

/**
 * Why there is no answer. The page decides by this.
 *
 * @typedef {"no-token" | "unauthenticated" | "forbidden" | "absent" | "unusable" | "busy"
 *   | "failed" | "unreachable"} RefusalKind
 */

/** @typedef {{ text: string, now: number }} Answer A body, and the service's time in ms. */

/** Longer than the service ever takes: it gives up after 18 seconds. */
const PATIENCE_MS = 25_000;
const BASE = new URL("../", import.meta.url);
/** @type {Partial<Record<number, RefusalKind>>} */
const KINDS = {
  400: "unusable",
  401: "unauthenticated",
  403: "forbidden",
  404: "absent",
  422: "unusable",
  429: "busy",
};

/** A call that brought no answer to show. */
export class Refusal extends Error {
  /**
   * @param {RefusalKind} kind
   * @param {string} detail the service's own sentence, if it gave one
   * @param {string} requestId
   * @param {number} retryAfterMs how long the service asks to wait; zero if it does not say
   */
  constructor(kind, detail = "", requestId = "", retryAfterMs = 0) {
    super(detail || kind);
    this.kind = kind;
    this.detail = detail;
    this.requestId = requestId;
    this.retryAfterMs = retryAfterMs;
  }
}

/**
 * The refusal that was caught; any other error becomes one of the kind `failed`.
 *
 * @param {unknown} error
 */
export function refusalFrom(error) {
  return error instanceof Refusal ? error : new Refusal("failed");
}

/**
 * Gets a path of the view's workspace.
 *
 * @param {View} view
 * @param {string} path
 * @param {[name: string, value: string][]} parameters
 * @param {AbortSignal} signal
 * @param {boolean} [isAside] whether nobody asked for it, so that a refusal changes nothing
 */
export function askWorkspace(view, path, parameters, signal, isAside = false) {
  return callWorkspace(view, path, parameters, {}, signal, isAside);
}

/**
 * Posts a body as JSON to a path of the view's workspace.
 *
 * @param {View} view
 * @param {string} path
 * @param {unknown} body
 * @param {AbortSignal} signal
 */
export function sendToWorkspace(view, path, body, signal) {
  const headers = { "Content-Type": "application/json" };
  const options = { method: "POST", headers, body: JSON.stringify(body) };
  return callWorkspace(view, path, [], options, signal);
}

/**
 * Gets the catalogue's labels, which need no token.
 *
 * @param {AbortSignal} signal
 * @returns {Promise<Catalog>}
 */
export async function askCatalog(signal) {
  return JSON.parse((await call(new URL("catalog", BASE), {}, signal)).text);
}

/**
 * @param {View} view
 * @param {string} path
 * @param {[name: string, value: string][]} parameters
 * @param {{ method?: string, headers?: Record<string, string>, body?: string }} options
 * @param {AbortSignal} signal
 * @param {boolean} [isAside]
 * @returns {Promise<Answer>}
 */
async function callWorkspace(view, path, parameters, options, signal, isAside = false) {
  const token = tokenFor(view.workspace);
  if (view.workspace === "" || token === undefined) throw new Refusal("no-token");
  const address = new URL(`workspaces/${encodeURIComponent(view.workspace)}/${path}`, BASE);
  address.search = new URLSearchParams(parameters).toString();
  const headers = { ...options.headers, Authorization: `Bearer ${token}` };
  try {
    return await call(address, { ...options, headers }, signal);
  } catch (error) {
    if (isAside || refusalFrom(error).kind !== "unauthenticated") throw error;
    dropToken(view.workspace, token);
    // Another token may have come while this one was refused.
    if (tokenFor(view.workspace) === undefined || signal.aborted) throw error;
    return callWorkspace(view, path, parameters, options, signal);
  }
}

/**
 * @param {URL} address
 * @param {RequestInit} options
 * @param {AbortSignal} signal
 * @returns {Promise<Answer>}
 */
async function call(address, options, signal) {
  const patience = AbortSignal.timeout(PATIENCE_MS);
  try {
    const response = await fetch(address, {
      ...options,
      signal: AbortSignal.any([signal, patience]),
      cache: "no-store",
      credentials: "omit",
    });
    const text = await response.text();
    if (!response.ok) throw refusalOf(response, text);
    const now = Date.parse(response.headers.get("date") ?? "") || Date.now();
    learnTime(now);
    return { text, now };
  } catch (error) {
    if (error instanceof Refusal || signal.aborted) throw error;
    throw new Refusal("unreachable");
  }
}

/**
 * @param {Response} response
 * @param {string} text
 */
function refusalOf({ status, headers }, text) {
  const { detail, errors, request_id: requestId } = problemOf(text);
  const fields = (errors ?? []).map(
    (error) => `${String(error.pointer).replace("/", "")} ${error.detail}`,
  );
  const seconds = Number(headers.get("retry-after"));
  const retryAfterMs = seconds > 0 ? seconds * 1_000 : 0;
  return new Refusal(
    KINDS[status] ?? "failed",
    fields.join("; ") || detail,
    requestId,
    retryAfterMs,
  );
}

/**
 * The problem in an answer; empty when the answer is not from the service, such as a gateway's.
 *
 * @param {string} text
 * @returns {Partial<Problem>}
 */
function problemOf(text) {
  try {
    return Object(JSON.parse(text));
  } catch {
    return {};
  }
}
