// Filters of metadata: from rows of field, operator and value to the API's JSON, and back where that is possible.

import { fromJson, toJson } from "../../text/json.js";

/** @typedef {{field: string, operator: string, value: string}} Row `value` as it was typed */

export const OPERATORS = [
  ["$eq", "is"],
  ["$ne", "is not"],
  ["$gt", "is more than"],
  ["$gte", "is at least"],
  ["$lt", "is less than"],
  ["$lte", "is at most"],
  ["$in", "is one of"],
  ["$nin", "is none of"],
  ["$exists", "is there"],
];
const NAMES = OPERATORS.map(([operator]) => operator);
const LISTS = ["$in", "$nin"];
const OWN_FIELDS = ["id", "created_at", "updated_at"];

/**
 * Return the API's name of a field: a member of the metadata may be typed without `metadata.`.
 *
 * @param {string} typed
 */
export function fieldOf(typed) {
  const name = typed.trim();
  return !name || OWN_FIELDS.includes(name) || /^metadata[.[]/.test(name) ? name : `metadata.${name}`;
}

/** Return how a filter names a member of the metadata. @param {string} name */
export const memberField = (name) =>
  /^[^.[\]"'\\]+$/.test(name) ? `metadata.${name}` : `metadata["${name.replace(/["'\\]/g, "\\$&")}"]`;

/**
 * Return what was typed as JSON has it: numbers, true, false, null and a quoted text as such, else the text itself.
 *
 * @param {string} typed
 * @returns {unknown}
 */
function scalarOf(typed) {
  const text = typed.trim();
  if (/^(-?\d+(\.\d+)?([eE][+-]?\d+)?|true|false|null|"(.|\n)*")$/.test(text)) {
    try {
      return fromJson(text);
    } catch {
      return text;
    }
  }
  return text;
}

/** @param {Row} row @returns {unknown} */
function valueOf({ operator, value }) {
  if (operator === "$exists") return value.trim() !== "false";
  if (!LISTS.includes(operator)) return scalarOf(value);
  const list = value.trim().startsWith("[") ? parsed(value) : null;
  return Array.isArray(list)
    ? list
    : value
        .split(",")
        .filter((each) => each.trim())
        .map(scalarOf);
}

/** @param {string} text @returns {any} null: no JSON */
function parsed(text) {
  try {
    return fromJson(text);
  } catch {
    return null;
  }
}

/**
 * Return the filter of rows, all of which must hold; rows without a field are left out. null: no row is left.
 *
 * @param {Row[]} rows
 * @returns {Record<string, any> | null}
 */
export function filterOf(rows) {
  const parts = rows
    .map((row) => ({ ...row, field: fieldOf(row.field) }))
    .filter(({ field, value, operator }) => field && (value.trim() || operator === "$exists"));
  if (!parts.length) return null;
  const filter = /** @type {Record<string, any>} */ ({});
  for (const part of parts) {
    const operators = (filter[part.field] ??= {});
    if (part.operator in operators) return { $and: parts.map((each) => ({ [each.field]: conditionOf([each]) })) };
    operators[part.operator] = valueOf(part);
  }
  for (const field of Object.keys(filter)) filter[field] = conditionOf(parts.filter((part) => part.field === field));
  return filter;
}

/** @param {Row[]} rows of one field */
function conditionOf(rows) {
  if (rows.length === 1 && rows[0].operator === "$eq") return valueOf(rows[0]);
  return Object.fromEntries(rows.map((row) => [row.operator, valueOf(row)]));
}

/**
 * Return the rows of a filter's text; null if it is not JSON, or if rows cannot say the same.
 *
 * @param {string} text
 * @returns {Row[] | null}
 */
export function rowsOf(text) {
  if (!text.trim()) return [];
  const filter = parsed(text);
  if (!filter || typeof filter !== "object" || Array.isArray(filter)) return null;
  const keys = Object.keys(filter);
  const parts = keys.length === 1 && keys[0] === "$and" && Array.isArray(filter.$and) ? filter.$and : [filter];
  const rows = parts.flatMap((/** @type {any} */ part) => Object.entries(part ?? {}).flatMap(rowsOfField));
  const isSame = rows.every(Boolean) && toJson(filterOf(rows)) === toJson(filter);
  return isSame ? rows : null;
}

/** @param {[string, any]} entry @returns {(Row | null)[]} */
function rowsOfField([field, condition]) {
  if (field.startsWith("$")) return [null];
  const operators =
    condition && typeof condition === "object" && !Array.isArray(condition) ? condition : { $eq: condition };
  return Object.entries(operators).map(([operator, value]) =>
    NAMES.includes(operator) ? { field, operator, value: typedOf(value) } : null,
  );
}

/** Return a value as one would type it. @param {unknown} value */
function typedOf(value) {
  if (typeof value === "string" && value.trim() === value && value && scalarOf(value) === value) return value;
  return toJson(value);
}
