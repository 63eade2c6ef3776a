// The numbers of a vector: read from what people paste, written shortly, and drawn as bars.

import { drawBars } from "../../drawings/bars.js";
import { Canvas } from "../../drawings/canvas.js";
import { usePalette } from "../../drawings/palette.js";
import { number } from "../../text/format.js";
import { html, useCallback } from "../../vendor/preact.js";

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;
const WRAPPERS =
  /\b(?:(?:np|numpy|torch|jnp|tf)\.)?(?:array|tensor|Array)\s*\(|\b(?:dtype|device|shape)\s*=\s*[^,)]+/g;

/**
 * Return the numbers of a text: JSON, or what a notebook prints of a NumPy array, a tensor or a column.
 *
 * @param {string} text e.g. `[0.1, 0.2]`, `[0.1 0.2]`, `array([0.1, 0.2], dtype=float32)`, one number a line
 * @throws {Error} there is none, or an entry is no number; the message says which
 */
export function numbersOf(text) {
  if (/\.\.\.|…/.test(text)) {
    throw new Error("The text is cut: it holds “...”. Print all numbers, e.g. with vector.tolist() in Python.");
  }
  const plain = text
    .replace(WRAPPERS, " ")
    .replace(/[[\](){},;\s]+/g, " ")
    .trim();
  if (!plain) throw new Error("Give the numbers of a vector, e.g. 0.9, 0.1, 0.2");
  return plain.split(" ").map((entry, at) => {
    if (!NUMBER.test(entry)) throw new Error(`Entry ${at + 1}, “${entry.slice(0, 40)}”, is no number.`);
    return Number(entry);
  });
}

/**
 * The values as bars.
 *
 * @param {{values: number[], height?: number}} properties
 */
export function ValueBars({ values, height = 120 }) {
  const palette = usePalette();
  const most = values.reduce((found, value) => Math.max(found, Math.abs(value)), 0) || 1;
  const draw = useCallback(
    /** @type {import("../../drawings/canvas.js").Draw} */ (
      (context, width, tall) => drawBars(context, width, tall, values, most, palette)
    ),
    [values, palette, most],
  );
  const [lowest, highest] = [Math.min(...values), Math.max(...values)];
  const label = `${values.length} values as bars, from ${number(lowest)} to ${number(highest)}`;
  return html`
    <${Canvas} draw=${draw} height=${height} label=${label} />
    <p class="hint">
      ${values.length} ${values.length === 1 ? "value" : "values"} in their order from the left; the middle line is 0,
      the upper and the lower edge ±${number(most)}.
    </p>
  `;
}
