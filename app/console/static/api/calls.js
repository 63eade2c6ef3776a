// Calls of the public API, and its errors.

import { fromJson, toJson } from "../text/json.js";

const KEY = "qloom-key";
const SLOW_MS = 60_000;

/** Where a mistake in a request is, and what it is. @typedef {{loc: (string | number)[], msg: string}} Place */

/** An answer that is no success, or no answer at all (`status` 0). */
export class ApiError extends Error {
  /**
   * @param {number} status the HTTP status; 0: the server did not answer
   * @param {any} problem the problem document (RFC 9457) of the answer
   * @param {Headers} [headers]
   */
  constructor(status, problem, headers) {
    const places = /** @type {Place[]} */ (
      [problem?.detail, problem?.errors].find((each) => Array.isArray(each)) ?? []
    );
    const said = places.length > 1 ? `The request has ${places.length} mistakes.` : places[0]?.msg;
    const text = typeof problem?.detail === "string" ? problem.detail : said;
    super(text ?? problem?.title ?? `The server answered with status ${status}.`);
    this.status = status;
    this.code = String(problem?.code ?? "");
    this.problem = problem;
    this.places = places;
    this.requestId = headers?.get("X-Request-ID") ?? "";
    /** Seconds after which the server wants to be asked again; 0: it did not say. */
    this.retryAfter = Number(headers?.get("Retry-After") ?? 0) || 0;
  }

  /** Whether the same request may succeed later. */
  get isTemporary() {
    return [0, 429, 502, 503, 504].includes(this.status);
  }
}

/** The API key of this tab, or "". It is kept until the tab is closed, and nowhere else. */
export const key = {
  get: () => sessionStorage.getItem(KEY) ?? "",
  /** @param {string} given */
  set(given) {
    if (given) sessionStorage.setItem(KEY, given);
    else sessionStorage.removeItem(KEY);
    window.dispatchEvent(new Event("qloom-key"));
  },
};

/**
 * Call the API.
 *
 * @param {string} method
 * @param {string} path with its query, e.g. `/api/executions?limit=5`
 * @param {{body?: unknown, headers?: Record<string, string>, signal?: AbortSignal, isLong?: boolean}} [options]
 *     `body` is sent as JSON; a Blob is sent as it is; `isLong`: what is sent or answered may take longer than a minute
 * @returns {Promise<Response>}
 * @throws {ApiError} the answer is no success, or there is none
 * @throws {DOMException} (AbortError) `signal` stopped the request
 */
export async function call(method, path, { body, headers = {}, signal, isLong = false } = {}) {
  const sent = new Headers({ Accept: "application/json", ...headers });
  if (key.get() && !sent.has("Authorization")) sent.set("Authorization", `Bearer ${key.get()}`);
  if (body !== undefined && !(body instanceof Blob)) sent.set("Content-Type", "application/json");
  const signals = [...(isLong ? [] : [AbortSignal.timeout(SLOW_MS)]), ...(signal ? [signal] : [])];
  let response;
  try {
    response = await fetch(path, {
      method,
      headers: sent,
      body: body === undefined || body instanceof Blob ? /** @type {Blob} */ (body) : toJson(body),
      signal: AbortSignal.any(signals),
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiError(0, { detail: "The server does not answer." });
  }
  if (response.ok) return response;
  const problem = await response.text().then(fromJson).catch(() => null);
  const failed = new ApiError(response.status, problem, response.headers);
  if (failed.status === 401) window.dispatchEvent(new Event("qloom-key-needed"));
  throw failed;
}

/**
 * GET a JSON document.
 *
 * @param {string} path
 * @param {AbortSignal} [signal]
 * @returns {Promise<any>}
 */
export const get = async (path, signal) => jsonOf(await call("GET", path, { signal }), signal);

/**
 * Return the document of an answer. The server may go away while it sends it; integers from 2^53 on are BigInt.
 *
 * @param {Response} response
 * @param {AbortSignal} [signal]
 * @returns {Promise<any>}
 */
export async function jsonOf(response, signal) {
  try {
    return fromJson(await response.text());
  } catch (error) {
    if (signal?.aborted || error instanceof RangeError) throw error;
    throw new ApiError(0, { detail: "The answer of the server broke off." });
  }
}

/**
 * Send JSON with a method and return the JSON of the answer.
 *
 * @param {string} method
 * @param {string} path
 * @param {unknown} [body]
 * @param {{headers?: Record<string, string>, signal?: AbortSignal}} [options]
 * @returns {Promise<any>} null for an answer without a body
 */
export async function send(method, path, body, options = {}) {
  const response = await call(method, path, { body, ...options });
  return response.status === 204 ? null : jsonOf(response, options.signal);
}

/**
 * Return a path with a query; values that are undefined, null or "" are left out, lists are repeated.
 *
 * @param {string} path
 * @param {Record<string, unknown>} query
 */
export function withQuery(path, query) {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    for (const each of Array.isArray(value) ? value : [value]) {
      if (each !== undefined && each !== null && each !== "") parameters.append(name, String(each));
    }
  }
  return parameters.size ? `${path}?${parameters}` : path;
}
