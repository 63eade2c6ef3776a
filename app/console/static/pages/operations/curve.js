// A small curve against the time, with a table of the same numbers.

import { usePalette } from "../../drawings/palette.js";
import { usePlot } from "../../drawings/plot.js";
import { ofNumbers, Table } from "../../shared/lists.js";
import { html, useEffect } from "../../vendor/preact.js";

const HEIGHT = 130;
const AXIS_WIDTH = 56;
const TIMES_HEIGHT = 28;
const LEAST_SECONDS = 60;
const DASHES = [[], [6, 4], [2, 3]];

/** A line of numbers; null where there is none. @typedef {{name: string, values: (number | null)[]}} Line */

/**
 * @param {{title: string, times: number[], lines: Line[], write: (value: number | null) => string}} properties
 *     `times` in seconds since 1970; `write` returns a value with its unit
 */
export function Curve({ title, times, lines, write }) {
  const palette = usePalette();
  const data = dataOf(times, lines);
  const [place, plot] = usePlot((width) => ({ options: optionsOf(palette, width, lines, write), data }), [palette]);
  useEffect(() => plot.current?.setData(data), [times]);
  const last = lines.map(({ name, values }) => `${lines.length > 1 ? `${name} ` : ""}${write(values.at(-1) ?? null)}`);
  return html`
    <figure class="panel small-curve">
      <figcaption><strong>${title}</strong> <span class="fixed">now ${last.join(", ")}</span></figcaption>
      <div ref=${place} class="place" role="img" aria-label=${`${title} against the time; now ${last.join(", ")}`} />
      ${lines.length > 1 && html`<${Legend} lines=${lines} palette=${palette} />`}
      <details>
        <summary>As a table</summary>
        <${Table} label=${title} head=${["Time", ...lines.map(({ name }) => ofNumbers(name))]}>
          ${times.map(
            (at, index) => html`<tr key=${at}>
              <td>${clock(at)}</td>
              ${lines.map(({ values }) => html`<td class="number">${write(values[index])}</td>`)}
            </tr>`,
          )}
        <//>
      </details>
    </figure>
  `;
}

/**
 * Return the data of the plot. uPlot draws a single point into a whole day, so an empty one stands before it.
 *
 * @param {number[]} times
 * @param {Line[]} lines
 * @returns {any}
 */
function dataOf(times, lines) {
  if (times.length > 1) return [times, ...lines.map((line) => line.values)];
  return [[times[0] - LEAST_SECONDS, times[0]], ...lines.map((line) => [null, line.values[0]])];
}

/** @param {{lines: Line[], palette: import("../../drawings/palette.js").Palette}} properties */
const Legend = ({ lines, palette }) => html`<ul class="legend">
  ${lines.map(
    ({ name }, at) => html`<li>
      <svg width="28" height="8" aria-hidden="true">
        <line
          x1="0"
          x2="28"
          y1="4"
          y2="4"
          stroke-width="2"
          stroke=${colourOf(palette, at)}
          stroke-dasharray=${DASHES[at].join(" ")}
        />
      </svg>
      ${` ${name}`}
    </li>`,
  )}
</ul>`;

/** @param {import("../../drawings/palette.js").Palette} palette @param {number} at */
const colourOf = (palette, at) => palette[`series-${at + 1}`];

/** Return the time of day of seconds since 1970. @param {number} at */
const clock = (at) => new Date(1_000 * at).toLocaleTimeString("sv");

/** @param {any} _plot @param {number} _least @param {number} most @returns {[number, number]} */
const fromZero = (_plot, _least, most) => [0, most || 1];

/** @param {any} _plot @param {number} first @param {number} last @returns {[number, number]} */
const timesOf = (_plot, first, last) => [Math.min(first, last - LEAST_SECONDS), last];

/**
 * @param {import("../../drawings/palette.js").Palette} palette
 * @param {number} width
 * @param {Line[]} lines
 * @param {(value: number | null) => string} write
 */
function optionsOf(palette, width, lines, write) {
  const axis = { stroke: palette.faint, grid: { stroke: palette.line, width: 1 }, ticks: { show: false } };
  return {
    width,
    height: HEIGHT,
    legend: { show: false },
    cursor: { y: false },
    scales: { x: { range: timesOf }, y: { range: fromZero } },
    axes: [
      {
        ...axis,
        size: TIMES_HEIGHT,
        space: 70,
        values: (/** @type {any} */ _plot, /** @type {number[]} */ marks) => marks.map(clock),
      },
      {
        ...axis,
        size: AXIS_WIDTH,
        values: (/** @type {any} */ _plot, /** @type {number[]} */ marks) => marks.map((mark) => write(mark)),
      },
    ],
    series: [
      {},
      ...lines.map((_line, at) => ({
        stroke: colourOf(palette, at), width: 2, dash: DASHES[at], spanGaps: false, points: { show: true, size: 4 },
      })),
    ],
  };
}
