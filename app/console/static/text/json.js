// JSON with all digits of its integers: those from 2^53 on are read as BigInt, since a number would round them.

/** An integer of sixteen digits or more. One in a text only makes the slower way of reading be taken. */
const LONG = /(?<![.\d])\d{16,}(?![.\deE])/;
const INTEGER = /^-?\d+$/;

/**
 * Read JSON.
 *
 * @param {string} text
 * @returns {any}
 * @throws {SyntaxError} it is not JSON
 * @throws {RangeError} it holds an integer from 2^53 on, and this browser does not tell its digits
 */
export const fromJson = (text) => (LONG.test(text) ? JSON.parse(text, /** @type {any} */ (exact)) : JSON.parse(text));

/** @param {string} _name @param {unknown} value @param {{source?: string}} [context] what stands in the text */
function exact(_name, value, context) {
  if (typeof value !== "number" || !Number.isInteger(value) || Number.isSafeInteger(value)) return value;
  if (!context?.source) throw new RangeError(`This browser rounds the integer ${value}: use one of 2025 or later.`);
  return INTEGER.test(context.source) ? BigInt(context.source) : value;
}

/**
 * Return a value as JSON, a BigInt with all its digits.
 *
 * @param {unknown} value
 * @param {number} [indent] spaces; with none it is one line
 * @returns {string}
 */
export const toJson = (value, indent) => JSON.stringify(value, raw, indent);

/** @param {string} _name @param {unknown} value */
const raw = (_name, value) => (typeof value === "bigint" ? /** @type {any} */ (JSON).rawJSON(String(value)) : value);
