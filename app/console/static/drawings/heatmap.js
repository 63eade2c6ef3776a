// A heat map of one value by two parameters, with its legend and the value at the pointer.

import { number } from "../text/format.js";
import { html, useCallback, useState } from "../vendor/preact.js";
import { Canvas } from "./canvas.js";
import { usePalette } from "./palette.js";

const HEIGHT = 400;
const EDGE = { left: 64, right: 92, top: 10, bottom: 44 };
const LEGEND = { gap: 16, width: 14 };

/** Ten equal steps of viridis, which colour-blind people read (N. Smith, S. van der Walt, matplotlib 2015). */
const VIRIDIS = [
  [68, 1, 84], [72, 40, 120], [62, 73, 137], [49, 104, 142], [38, 130, 142],
  [31, 158, 137], [53, 183, 121], [110, 206, 88], [181, 222, 43], [253, 231, 37],
];

/** @typedef {import("../pages/sweeps/axes.js").Axis} Axis */

/**
 * @param {{rows: Axis, columns: Axis, values: number[], errors: number[], name: string, label: string}} properties
 *     `values` row by row; `label` says in a sentence what is seen
 */
export function HeatMap({ rows, columns, values, errors, name, label }) {
  const palette = usePalette();
  const [low, high] = extremes(values);
  const [at, setAt] = useState(/** @type {number | null} */ (null));
  const draw = useCallback(
    (/** @type {CanvasRenderingContext2D} */ context, /** @type {number} */ width, /** @type {number} */ height) => {
      context.clearRect(0, 0, width, height);
      const area = areaOf(width, height);
      drawCells(context, area, rows.values.length, columns.values.length, values, low, high);
      context.fillStyle = palette.text;
      context.font = "12px system-ui, sans-serif";
      drawAxes(context, area, rows, columns, height);
      drawLegend(context, area, low, high);
    },
    [rows, columns, values, palette],
  );
  /** @param {PointerEvent} event */
  const point = (event) => setAt(cellAt(event, rows.values.length, columns.values.length));
  return html`
    <${Canvas}
      draw=${draw}
      height=${HEIGHT}
      label=${label}
      onPointerMove=${point}
      onPointerLeave=${() => setAt(null)}
    />
    <p class="at-pointer" aria-live="off">
      ${at === null
        ? html`<span class="hint">Point at a cell to read its value.</span>`
        : html`${rows.name} = ${number(rows.values[Math.floor(at / columns.values.length)])},${" "}
            ${columns.name} = ${number(columns.values[at % columns.values.length])}:${" "}
            <strong>${name} = ${number(values[at])}</strong> ± ${number(errors[at], 2)}`}
    </p>
  `;
}

/**
 * Return the index of the cell under a pointer, null outside.
 *
 * @param {PointerEvent} event
 * @param {number} rows
 * @param {number} columns
 */
function cellAt(event, rows, columns) {
  const box = /** @type {HTMLElement} */ (event.currentTarget).getBoundingClientRect();
  const area = areaOf(box.width, box.height);
  const column = Math.floor(((event.clientX - box.left - area.x) / area.width) * columns);
  const up = Math.floor(((area.y + area.height - (event.clientY - box.top)) / area.height) * rows);
  const isIn = column >= 0 && column < columns && up >= 0 && up < rows;
  return isIn ? up * columns + column : null;
}

/** @param {number[]} values @returns {[number, number]} */
function extremes(values) {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) [low, high] = [Math.min(low, value), Math.max(high, value)];
  return [low, high];
}

/** @param {number} width @param {number} height */
const areaOf = (width, height) => ({
  x: EDGE.left,
  y: EDGE.top,
  width: Math.max(1, width - EDGE.left - EDGE.right),
  height: height - EDGE.top - EDGE.bottom,
});

/** Return the colour of a share from 0 to 1. @param {number} share */
export function viridis(share) {
  const along = Math.min(Math.max(share, 0), 1) * (VIRIDIS.length - 1);
  const below = Math.min(Math.floor(along), VIRIDIS.length - 2);
  const mixed = VIRIDIS[below].map((part, at) => Math.round(part + (along - below) * (VIRIDIS[below + 1][at] - part)));
  return `rgb(${mixed.join(" ")})`;
}

/** @typedef {ReturnType<typeof areaOf>} Area */

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Area} area
 * @param {number} rows the first is at the bottom
 * @param {number} columns
 * @param {number[]} values
 * @param {number} low
 * @param {number} high
 */
function drawCells(context, area, rows, columns, values, low, high) {
  const span = high - low || 1;
  for (let row = 0; row < rows; row += 1) {
    const top = Math.round(area.y + area.height * (1 - (row + 1) / rows));
    const bottom = Math.round(area.y + area.height * (1 - row / rows));
    for (let column = 0; column < columns; column += 1) {
      const left = Math.round(area.x + (area.width * column) / columns);
      const right = Math.round(area.x + (area.width * (column + 1)) / columns);
      context.fillStyle = viridis((values[row * columns + column] - low) / span);
      context.fillRect(left, top, right - left, bottom - top);
    }
  }
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Area} area
 * @param {Axis} rows
 * @param {Axis} columns
 * @param {number} height
 */
function drawAxes(context, area, rows, columns, height) {
  const [bottom, right] = [area.y + area.height, area.x + area.width];
  context.textBaseline = "top";
  context.textAlign = "left";
  context.fillText(number(columns.values[0], 3), area.x, bottom + 6);
  context.textAlign = "right";
  context.fillText(number(columns.values.at(-1), 3), right, bottom + 6);
  context.textAlign = "center";
  context.fillText(columns.name, (area.x + right) / 2, height - 18);
  context.textAlign = "right";
  context.fillText(number(rows.values.at(-1), 3), area.x - 6, area.y);
  context.textBaseline = "bottom";
  context.fillText(number(rows.values[0], 3), area.x - 6, bottom);
  context.save();
  context.translate(16, (area.y + bottom) / 2);
  context.rotate(-Math.PI / 2);
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.fillText(rows.name, 0, 0);
  context.restore();
}

/** @param {CanvasRenderingContext2D} context @param {Area} area @param {number} low @param {number} high */
function drawLegend(context, area, low, high) {
  const left = area.x + area.width + LEGEND.gap;
  const text = context.fillStyle;
  const gradient = context.createLinearGradient(0, area.y + area.height, 0, area.y);
  VIRIDIS.forEach((_, at) => gradient.addColorStop(at / (VIRIDIS.length - 1), viridis(at / (VIRIDIS.length - 1))));
  context.fillStyle = gradient;
  context.fillRect(left, area.y, LEGEND.width, area.height);
  context.fillStyle = text;
  context.textAlign = "left";
  context.textBaseline = "top";
  context.fillText(number(high, 3), left + LEGEND.width + 6, area.y);
  context.textBaseline = "bottom";
  context.fillText(number(low, 3), left + LEGEND.width + 6, area.y + area.height);
}
