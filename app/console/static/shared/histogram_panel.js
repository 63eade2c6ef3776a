// A histogram of outcomes with its controls, pages, a table of the same numbers, and copies as CSV and JSON.

import { Canvas } from "../drawings/canvas.js";
import { drawHistogram, HEIGHT, range, rowAt } from "../drawings/histogram.js";
import { csvOf, errorOf, jsonOf, ordered } from "../drawings/histogram_rows.js";
import { usePalette } from "../drawings/palette.js";
import { count, percent } from "../text/format.js";
import { html, useCallback, useMemo, useState } from "../vendor/preact.js";
import { CopyButtons } from "./copy_buttons.js";
import { ofNumbers, Table } from "./lists.js";

const PAGE_BARS = 32;

/** @typedef {import("../drawings/histogram_rows.js").Series} Series */

/**
 * @param {{series: Series[], label: string, children?: any}} properties `series` should be the same array as long as
 *     its contents are the same; `children` are notes below
 */
export function HistogramPanel({ series, label, children }) {
  const [order, setOrder] = useState(/** @type {"" | import("../drawings/histogram_rows.js").Order} */ (""));
  const [isLog, setLog] = useState(false);
  const [page, setPage] = useState(0);
  const size = useMemo(() => ordered(series, "value").length, [series]);
  const by = order || (size > PAGE_BARS ? "weight" : "value");
  const outcomes = useMemo(() => ordered(series, by), [series, by]);
  const last = Math.max(0, Math.ceil(outcomes.length / PAGE_BARS) - 1);
  const at = Math.min(page, last);
  const rows = useMemo(
    () => rowsOf(series, outcomes.slice(at * PAGE_BARS, (at + 1) * PAGE_BARS)),
    [series, outcomes, at],
  );
  /** @param {any} event */
  const sort = (event) => {
    setOrder(event.target.value);
    setPage(0);
  };
  return html`<div class="histogram">
    <div class="buttons">
      <label class="row">Sort <select value=${by} onChange=${sort}>
        <option value="value">by value</option><option value="weight">by weight</option>
      </select></label>
      <label class="row"><input type="checkbox" checked=${isLog} onChange=${() => setLog(!isLog)} /> Log scale</label>
      <${CopyButtons} name=${label} csv=${() => csvOf(series, outcomes)} json=${() => jsonOf(series)} />
    </div>
    <${Legend} series=${series} />
    <div class="histogram-place">
      <${Bars} rows=${rows} series=${series} isLog=${isLog} label=${`${label}: ${spoken(rows)}`} />
      <${Numbers} rows=${rows} series=${series} label=${`${label}, numbers`} />
    </div>
    <${PageNote} outcomes=${outcomes} rows=${rows} series=${series} by=${by} at=${at} last=${last} onPage=${setPage} />
    ${children}
  </div>`;
}

/** @param {Series[]} series @param {string[]} outcomes @returns {import("../drawings/histogram.js").Row[]} */
const rowsOf = (series, outcomes) =>
  outcomes.map((outcome) => ({
    outcome,
    bars: series.map((each) => ({ share: each.shares[outcome] ?? 0, error: errorOf(each, outcome) })),
  }));

/** @param {import("../drawings/histogram.js").Row[]} rows */
function spoken(rows) {
  const largest = rows.toSorted((a, b) => b.bars[0].share - a.bars[0].share).slice(0, 3);
  return largest.map(({ outcome, bars }) => `${outcome} ${percent(bars[0].share)}`).join(", ");
}

/** @param {{series: Series[]}} properties */
const Legend = ({ series }) => html`<ul class="histogram-legend">
  ${series.map(
    ({ name, color, isHatched }) =>
      html`<li key=${name}>
        <span class=${`swatch ${color} ${isHatched ? "hatched" : ""}`} aria-hidden="true" />${name}
      </li>`,
  )}
</ul>`;

/**
 * @param {{rows: import("../drawings/histogram.js").Row[], series: Series[], isLog: boolean, label: string}}
 *     properties
 */
function Bars({ rows, series, isLog, label }) {
  const palette = usePalette();
  const [hovered, setHovered] = useState(-1);
  const ends = useMemo(() => range(series, isLog), [series, isLog]);
  const draw = useCallback(
    (/** @type {CanvasRenderingContext2D} */ context, /** @type {number} */ width, /** @type {number} */ height) =>
      drawHistogram(context, width, height, { rows, series, isLog, palette, hovered, ...ends }),
    [rows, series, isLog, palette, hovered, ends],
  );
  /** @param {any} event */
  const point = (event) => setHovered(rowAt(event.offsetX, event.target.clientWidth, rows.length));
  const row = rows[hovered];
  return html`<div>
    <${Canvas}
      draw=${draw}
      height=${HEIGHT}
      label=${label}
      onPointerMove=${point}
      onPointerLeave=${() => setHovered(-1)}
    />
    <p class="hint pointed">
      ${row &&
      html`<code>${row.outcome}</code>: ${series
        .map((each, at) => `${each.name} ${shareText(each, row.outcome)}${errorText(row.bars[at].error)}`)
        .join(", ")}`}
    </p>
  </div>`;
}

/** @param {Series} series @param {string} outcome */
const shareText = ({ shares, isPartial }, outcome) =>
  isPartial && !(outcome in shares) ? "not known" : percent(shares[outcome] ?? 0, 4);

/** @param {number} error */
const errorText = (error) => (error ? ` ± ${percent(error, 2)}` : "");

/** @param {{rows: import("../drawings/histogram.js").Row[], series: Series[], label: string}} properties */
function Numbers({ rows, series, label }) {
  return html`<${Table} label=${label} head=${["Outcome", ...series.map(({ name }) => ofNumbers(name))]}>
    ${rows.map(
      ({ outcome, bars }) => html`<tr key=${outcome}>
        <td class="clipped" title=${outcome}><code>${outcome}</code></td>
        ${series.map(
          (each, at) => html`<td class="number">
            ${each.counts && html`<strong>${count(each.counts[outcome] ?? 0)}</strong>${" = "}`}
            ${shareText(each, outcome)}${errorText(bars[at].error)}
          </td>`,
        )}
      </tr>`,
    )}
  <//>`;
}

/**
 * @param {{outcomes: string[], rows: import("../drawings/histogram.js").Row[], series: Series[], by: string,
 *     at: number, last: number, onPage: (page: number) => void}} properties
 */
function PageNote({ outcomes, rows, series, by, at, last, onPage }) {
  const shown = rows.reduce((sum, { bars }) => sum + bars[0].share, 0);
  const others = outcomes.length - rows.length;
  const first = at * PAGE_BARS;
  return html`<div class="pages">
    <span>
      ${others
        ? `${count(first + 1)} to ${count(first + rows.length)} of ${count(outcomes.length)} values by ${by}, and ` +
          `${count(others)} others. Those shown are ${percent(shown)} of “${series[0].name}”.`
        : `${count(outcomes.length)} ${outcomes.length === 1 ? "value" : "values"}, all shown.`}
    </span>
    ${others > 0 &&
    html`
      <button disabled=${at === 0} onClick=${() => onPage(at - 1)}>Previous values</button>
      <button disabled=${at === last} onClick=${() => onPage(at + 1)}>Next values</button>
    `}
  </div>`;
}

/** Says which character of an outcome is which bit. @param {{outcome: string}} properties */
export function BitNote({ outcome }) {
  const registers = outcome.split(" ");
  const bits = outcome.replaceAll(" ", "").length;
  return html`<p class="hint">
    Outcomes are read from the right, as in Qiskit: the last character is bit
    0${bits > 1 ? `, the first is bit ${bits - 1}` : ""}.
    ${registers.length > 1 &&
    ` Spaces separate the ${registers.length} classical registers; the first register stands last.`}
  </p>`;
}
