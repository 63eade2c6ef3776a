// A query as a form has it, as the address has it, as the API takes it, and as curl sends it.

import { fromJson, toJson } from "../../text/json.js";
import { numbersOf } from "./numbers.js";

/**
 * What stands in the fields of the form, all of it as text but the switches.
 *
 * @typedef {{by: "vector" | "id", vector: string, id: string, context: string, mode: string, tunneling: boolean,
 *     top_k: string, shots: string, seed: string, timeout_ms: string, filter: string, require: boolean,
 *     cache: boolean}} Draft
 */

const LONGEST_ADDRESS = 1_800;
const TEXTS = /** @type {const} */ (["vector", "id", "context", "top_k", "shots", "seed", "timeout_ms", "filter"]);

/** @type {Draft} */
export const EMPTY = {
  by: "vector",
  vector: "",
  id: "",
  context: "",
  mode: "balanced",
  tunneling: false,
  top_k: "10",
  shots: "",
  seed: "",
  timeout_ms: "5000",
  filter: "",
  require: false,
  cache: true,
};

/** Return what the address asks for. @param {URLSearchParams} query @returns {Draft} */
export function draftOf(query) {
  const draft = { ...EMPTY };
  for (const name of TEXTS) draft[name] = query.get(name) ?? EMPTY[name];
  return {
    ...draft,
    by: query.has("id") ? "id" : "vector",
    mode: query.get("mode") ?? EMPTY.mode,
    tunneling: query.get("tunneling") === "true",
    require: query.get("require") === "true",
    cache: query.get("cache") !== "false",
  };
}

/**
 * Return the address of a query, with what differs from the defaults; null if it would be too long to send around.
 *
 * @param {Draft} draft
 * @returns {string | null}
 */
export function addressOf(draft) {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(draft)) {
    const isOther =
      name === "by" || (name === "vector" && draft.by === "id") || (name === "id" && draft.by === "vector");
    if (!isOther && value !== EMPTY[/** @type {keyof Draft} */ (name)]) query.set(name, String(value));
  }
  const address = query.size ? `/vectors/query?${query}` : "/vectors/query";
  return address.length > LONGEST_ADDRESS ? null : address;
}

/**
 * Return the body of `POST /v2/query`; what has its default is left out.
 *
 * @param {Draft} draft
 * @returns {Record<string, any>}
 * @throws {Error} the numbers or the filter cannot be read
 */
export function bodyOf(draft) {
  const body = /** @type {Record<string, any>} */ (
    draft.by === "id" ? { id: draft.id } : { vector: numbersOf(draft.vector) }
  );
  if (draft.context) body.context = draft.context;
  if (draft.mode !== EMPTY.mode) body.mode = draft.mode;
  if (draft.tunneling) body.enable_tunneling = true;
  body.top_k = Number(draft.top_k);
  for (const name of /** @type {const} */ (["shots", "seed"])) if (draft[name]) body[name] = Number(draft[name]);
  if (draft.timeout_ms && draft.timeout_ms !== EMPTY.timeout_ms) body.timeout_ms = Number(draft.timeout_ms);
  if (draft.filter) body.filters = jsonOf(draft.filter);
  if (draft.require) body.require_quantum = true;
  if (!draft.cache) body.use_cache = false;
  return { ...body, include_vector: false };
}

/** @param {string} filter */
function jsonOf(filter) {
  try {
    return fromJson(filter);
  } catch (error) {
    throw new Error(`The filter is not JSON. ${/** @type {Error} */ (error).message}`);
  }
}

/** Whether circuits score the candidates. @param {Draft} draft */
export const isQuantum = ({ context, tunneling, shots }) => Boolean(context || tunneling || shots);

/** Return a text in single quotes of a shell. @param {string} text */
const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;

/** Return a query as a command; the key stands in the variable KEY. @param {object} body */
export const curlOf = (body) =>
  `curl -s -X POST ${quoted(`${location.origin}/v2/query`)} -H "Authorization: Bearer $KEY" \\\n` +
  `  -H 'Content-Type: application/json' -d ${quoted(toJson(body))}`;
