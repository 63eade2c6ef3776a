// What a sweep gave: a curve or a heat map, and a table.

import { Curve } from "../../drawings/curve.js";
import { HeatMap } from "../../drawings/heatmap.js";
import { useAction, useLoaded } from "../../shared/hooks.js";
import { change } from "../../shared/lists.js";
import { ErrorNote, Loading, Note } from "../../shared/notes.js";
import { typed } from "../../shared/stored.js";
import { count, counted } from "../../text/format.js";
import { html, useMemo } from "../../vendor/preact.js";
import { axesOf, valuesAt } from "./axes.js";
import { bindingsRead, exportResults, measuredOf, pointsOf, quantitiesOf, resultsPath } from "./measured.js";
import { SweepTable } from "./table.js";

/** A scale of larger numbers overflows: its width and margins are no finite numbers. */
const LARGEST_DRAWN = 1e300;

/** @param {{sweep: any, query: URLSearchParams, canWrite: boolean}} properties a sweep that has succeeded */
export function SweepResults({ sweep, query, canWrite }) {
  const end = bindingsRead(sweep);
  const { data, error, reload } = useLoaded(`${resultsPath(sweep)}?from=0&to=${end}`);
  const asked = useLoaded(`/api/sweeps/${sweep.sweep_id}/request`);
  if (error) return html`<${ErrorNote} error=${error} onRetry=${reload} />`;
  if (asked.error) return html`<${ErrorNote} error=${asked.error} onRetry=${asked.reload} />`;
  if (!data || !asked.data) return html`<div class="sweep-drawing"><${Loading} what="Reading the results" /></div>`;
  return html`
    ${end < sweep.num_bindings &&
    html`<${Note}>The first ${count(end)} of ${count(sweep.num_bindings)} bindings are shown; an export has all.<//>`}
    <${Shown} sweep=${sweep} asked=${asked.data} results=${data.results} query=${query} canWrite=${canWrite} />
  `;
}

/**
 * @param {{sweep: any, asked: import("./axes.js").Asked, results: any[], query: URLSearchParams,
 *     canWrite: boolean}} properties
 */
function Shown({ sweep, asked, results, query, canWrite }) {
  const known = useMemo(() => axesOf(sweep.inputs, asked), [asked]);
  const quantities = useMemo(() => quantitiesOf(asked, results), [asked, results]);
  const chosen = Math.max(0, quantities.indexOf(query.get("show") ?? ""));
  const measured = useMemo(
    () => results.map((result) => measuredOf(sweep, result, quantities, chosen)),
    [results, quantities, chosen],
  );
  const name = sweep.num_observables ? `⟨${quantities[chosen]}⟩` : `P(${quantities[chosen]})`;
  /** @param {Record<string, string>} changes */
  const show = (changes) => change(`/sweeps/${sweep.sweep_id}`, changes);
  return html`
    <div class="fields">
      <label>
        ${sweep.num_observables ? "Observable" : "Counted value"}
        <select value=${quantities[chosen]} onChange=${typed((text) => show({ show: text }))}>
          ${quantities.map((each) => html`<option value=${each}>${each}</option>`)}
        </select>
      </label>
      <${AxisChoice}
        known=${known}
        value=${query.get("x") ?? ""}
        onChange=${(/** @type {string} */ x) => show({ x })}
      />
      <${Exports} sweep=${sweep} asked=${asked} />
    </div>
    <div class="sweep-drawing">
      <${Drawing} known=${known} x=${query.get("x") ?? ""} results=${results} measured=${measured} name=${name} />
    </div>
    <p class="hint">${errorsIn(sweep)}</p>
    <${SweepTable} sweep=${sweep} known=${known} results=${results} measured=${measured} name=${name}
      canWrite=${canWrite} />
  `;
}

/** Return what the errors are. @param {any} sweep */
function errorsIn(sweep) {
  if (!sweep.shots) return "The values are exact: they have no error.";
  if (sweep.num_observables) return `Errors are standard errors of ${counted(sweep.shots, "shot")}.`;
  return `Errors are standard errors of ${counted(sweep.shots, "shot")}, √(p(1 − p)/shots).`;
}

/** @param {{known: ReturnType<typeof axesOf>, value: string, onChange: (name: string) => void}} properties */
function AxisChoice({ known, value, onChange }) {
  if (!known || known.isGrid || known.axes.length < 2) return null;
  return html`<label>
    Against
    <select value=${value || known.axes[0].name} onChange=${typed(onChange)}>
      ${known.axes.map(({ name }) => html`<option value=${name}>${name}</option>`)}
    </select>
  </label>`;
}

/** @param {{sweep: any, asked: import("./axes.js").Asked}} properties */
function Exports({ sweep, asked }) {
  /** @param {"json" | "csv"} form */
  const save = (form) => exportResults(sweep, asked, form);
  const { run, isRunning, error } = useAction(save);
  return html`
    <div class="buttons">
      <button disabled=${isRunning} onClick=${() => void run("csv")}>Export CSV</button>
      <button disabled=${isRunning} onClick=${() => void run("json")}>Export JSON</button>
    </div>
    <${ErrorNote} error=${error} />
  `;
}

/**
 * @param {{known: ReturnType<typeof axesOf>, x: string, results: any[],
 *     measured: import("./measured.js").Measured[], name: string}} properties
 */
function Drawing({ known, x, results, measured, name }) {
  const isMap = known !== null && known.isGrid && known.axes.length === 2 && results.length === product(known.axes);
  const axis = known && (known.axes.length === 1 || !known.isGrid) ? drawnAxis(known.axes, x) : null;
  const points = useMemo(() => {
    const along = results.map(({ index }) => (known && axis !== null ? valuesAt(known, index)[axis] : index));
    return pointsOf(along, measured);
  }, [known, axis, results, measured]);
  const values = useMemo(() => measured.map(({ value }) => value), [measured]);
  const errors = useMemo(() => measured.map(({ error }) => error), [measured]);
  const of = `${counted(results.length, "binding")}; the table below has the same numbers`;
  if (known && isMap) {
    const [rows, columns] = known.axes;
    return html`<${HeatMap}
      rows=${rows}
      columns=${columns}
      values=${values}
      errors=${errors}
      name=${name}
      label=${`Heat map of ${name} by ${rows.name} and ${columns.name}, ${of}`}
    />`;
  }
  const xName = known && axis !== null ? known.axes[axis].name : "index of the binding";
  return html`<${Curve}
    points=${points}
    xName=${xName}
    yName=${name}
    label=${`Curve of ${name} against ${xName}, ${of}`}
  />`;
}

/** @param {import("./axes.js").Axis[]} axes */
const product = (axes) => axes.reduce((all, { values }) => all * values.length, 1);

/**
 * Return the index of the axis to draw against; null if no scale can hold its values.
 *
 * @param {import("./axes.js").Axis[]} axes
 * @param {string} name
 */
function drawnAxis(axes, name) {
  const at = Math.max(0, axes.findIndex((axis) => axis.name === name));
  return axes[at].values.every((value) => Math.abs(value) < LARGEST_DRAWN) ? at : null;
}
