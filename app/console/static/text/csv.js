// Tables as CSV (RFC 4180).

/** Return lines of fields as CSV. @param {(string | number | undefined)[][]} lines */
export const csvText = (lines) => lines.map((line) => `${line.map(fieldOf).join(",")}\r\n`).join("");

/**
 * Return a field. A spreadsheet takes a text that begins with one of = + - @ for a formula, so an apostrophe stands
 * before it (OWASP, CSV Injection).
 *
 * @param {string | number | undefined} value
 */
function fieldOf(value) {
  if (typeof value !== "string") return String(value ?? "");
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
