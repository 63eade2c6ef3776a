// Numbers, times and angles as people read them.

const DASH = "–";

/** Numbers outside are written with a power of ten: `2.5e-7`. */
const [LEAST_PLAIN, MOST_PLAIN] = [1e-6, 1e15];

/** Return a number with at most so many significant digits. @param {any} value @param {number} [digits] */
export function number(value, digits = 4) {
  if (typeof value !== "number" || !Number.isFinite(value)) return DASH;
  const size = Math.abs(value);
  if (size && (size < LEAST_PLAIN || size >= MOST_PLAIN)) {
    return Number(value.toPrecision(digits)).toExponential().replace("e+", "e");
  }
  return new Intl.NumberFormat("en", { maximumSignificantDigits: digits, useGrouping: "min2" }).format(value);
}

/** Return a whole number with all its digits. @param {any} value */
export const count = (value) =>
  ["number", "bigint"].includes(typeof value) ? new Intl.NumberFormat("en").format(value) : DASH;

/** Return a whole number and what is counted: `1 entry`, `2 entries`. @param {any} value @param {string} one */
export const counted = (value, one) =>
  `${count(value)} ${value === 1 ? one : `${one.replace(/(?<=[^aeiou])y$/, "ie")}s`}`;

/** Return a share of 1 as per cent. @param {any} value @param {number} [digits] */
export const percent = (value, digits = 3) => (typeof value === "number" ? `${number(100 * value, digits)} %` : DASH);

/** Return a duration. @param {any} ms in milliseconds */
export function duration(ms) {
  if (typeof ms !== "number") return DASH;
  if (ms === 0) return "0 s";
  if (ms < 1) return `${number(1_000 * ms, 3)} µs`;
  if (ms < 1_000) return `${number(ms, 3)} ms`;
  if (ms < 120_000) return `${number(ms / 1_000, 3)} s`;
  if (ms < 7_200_000) return `${number(ms / 60_000, 3)} min`;
  return `${number(ms / 3_600_000, 3)} h`;
}

/** Return a size. @param {any} bytes */
export function size(bytes) {
  if (typeof bytes !== "number") return DASH;
  const units = ["B", "kB", "MB", "GB", "TB"];
  const at = Math.min(Math.floor(Math.log10(Math.max(bytes, 1)) / 3), units.length - 1);
  return `${number(bytes / 1_000 ** at, 3)} ${units[at]}`;
}

/** Return a time in the person's own zone. @param {any} iso an RFC 3339 time */
export function time(iso) {
  if (!iso) return DASH;
  return new Date(iso).toLocaleString("sv", { dateStyle: "short", timeStyle: "medium" });
}

/** The units of an age with their lengths in ms, and how many make the next one. @type {[string, number, number][]} */
const AGES = [["s", 1_000, 60], ["min", 60_000, 60], ["h", 3_600_000, 48], ["day", 86_400_000, Infinity]];

/** Return how long ago a time was, in whole units. @param {any} iso @param {number} [now] in milliseconds */
export function ago(iso, now = Date.now()) {
  if (!iso) return DASH;
  const ms = Math.max(0, now - Date.parse(iso));
  const [unit, length] = AGES.find(([, each, most]) => ms < each * most) ?? AGES[AGES.length - 1];
  const whole = Math.floor(ms / length);
  return `${unit === "day" ? counted(whole, unit) : `${whole} ${unit}`} ago`;
}

/** Return an angle in radians as a multiple of π where it is a simple one. @param {number} angle */
export function radians(angle) {
  for (const parts of [1, 2, 3, 4, 6, 8, 16]) {
    const times = (angle * parts) / Math.PI;
    const whole = Math.round(times);
    if (whole !== 0 && Math.abs(times - whole) < 1e-9) {
      const top = Math.abs(whole) === 1 ? "π" : `${Math.abs(whole)}π`;
      return `${whole < 0 ? "−" : ""}${top}${parts === 1 ? "" : `/${parts}`}`;
    }
  }
  return number(angle, 4);
}
