// A curve with error bars.

import { html } from "../vendor/preact.js";
import { usePalette } from "./palette.js";
import { usePlot } from "./plot.js";

const HEIGHT = 340;
const MARGIN = 0.06;
const CAP = 4;
const MOST_DOTS = 200;
/** How much of the scale of x lies on each side of a single value. */
const ALONE = 0.5;

/** Points by rising x; `errors` are standard errors. @typedef {{x: number[], y: number[], errors: number[]}} Points */

/**
 * @param {{points: Points, xName: string, yName: string, label: string}} properties `label` says in a sentence what
 *     is seen
 */
export function Curve({ points, xName, yName, label }) {
  const palette = usePalette();
  const [place] = usePlot(
    (width) => ({ options: optionsOf(points, xName, yName, width, palette), data: dataOf(points) }),
    [points, xName, yName, palette],
  );
  return html`<div class="curve" role="img" aria-label=${label} ref=${place}></div>`;
}

/**
 * @param {Points} points
 * @param {string} xName
 * @param {string} yName
 * @param {number} width
 * @param {import("./palette.js").Palette} palette
 * @returns {any} uPlot's options
 */
function optionsOf(points, xName, yName, width, palette) {
  const axis = { stroke: palette.text, grid: { stroke: palette.line, width: 1 }, ticks: { stroke: palette.line } };
  const colour = palette["series-1"];
  const dots = { show: points.x.length <= MOST_DOTS, size: 5, fill: colour };
  return {
    width,
    height: HEIGHT,
    scales: { x: { time: false }, y: { range: rangeOf(points) } },
    axes: [
      { ...axis, label: xName },
      { ...axis, label: yName, size: 64 },
    ],
    series: [
      { label: xName, value: plain },
      { label: yName, value: plain, stroke: colour, width: 1.5, points: dots },
    ],
    hooks: { draw: [(/** @type {any} */ plot) => drawErrors(plot, points, palette["series-2"])] },
  };
}

/** @param {unknown} _plot @param {number | null} value */
const plain = (_plot, value) => (value === null || value === undefined ? "–" : String(Number(value.toPrecision(6))));

/** Return the data of the plot; a point that is alone stands in the middle of the scale. @param {Points} points */
function dataOf({ x, y }) {
  return x.length === 1 ? [[x[0] - ALONE, x[0], x[0] + ALONE], [null, y[0], null]] : [x, y];
}

/** Return the range of y, error bars and a margin included. @param {Points} points @returns {[number, number]} */
function rangeOf({ y, errors }) {
  let [low, high] = [Infinity, -Infinity];
  for (let at = 0; at < y.length; at += 1) {
    low = Math.min(low, y[at] - errors[at]);
    high = Math.max(high, y[at] + errors[at]);
  }
  const margin = MARGIN * (high - low) || 0.5;
  return [low - margin, high + margin];
}

/** @param {any} plot @param {Points} points @param {string} colour */
function drawErrors(plot, { x, y, errors }, colour) {
  const { ctx } = plot;
  const cap = CAP * (window.devicePixelRatio || 1);
  ctx.save();
  ctx.beginPath();
  ctx.rect(plot.bbox.left, plot.bbox.top, plot.bbox.width, plot.bbox.height);
  ctx.clip();
  ctx.strokeStyle = colour;
  ctx.lineWidth = window.devicePixelRatio || 1;
  ctx.beginPath();
  for (let at = 0; at < x.length; at += 1) {
    if (!errors[at] || x[at] < plot.scales.x.min || x[at] > plot.scales.x.max) continue;
    const across = plot.valToPos(x[at], "x", true);
    const [low, high] = [y[at] - errors[at], y[at] + errors[at]].map((value) => plot.valToPos(value, "y", true));
    ctx.moveTo(across, low);
    ctx.lineTo(across, high);
    for (const end of [low, high]) {
      ctx.moveTo(across - cap, end);
      ctx.lineTo(across + cap, end);
    }
  }
  ctx.stroke();
  ctx.restore();
}
