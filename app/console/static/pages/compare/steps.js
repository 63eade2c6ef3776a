// The steps of two runs side by side: aligned or by position, with what differs marked and named.

import { useDetails } from "../../api/run_data.js";
import { change } from "../../shared/lists.js";
import { count } from "../../text/format.js";
import { html, useMemo, useState } from "../../vendor/preact.js";
import { alignedRows, difference, eventText, positionRows } from "./alignment.js";
import { VirtualRows } from "./virtual_rows.js";

const HEIGHT = 480;
const MARKS = { same: "=", changed: "≠", "only first": "−", "only second": "+" };
const KINDS = {
  same: "same",
  changed: "changed",
  "only first": "only in the first",
  "only second": "only in the second",
};

const Head = () => html`
  <th scope="col" class="number">Step</th>
  <th scope="col">First run</th>
  <th scope="col"><span class="visually-hidden">Same or not</span></th>
  <th scope="col" class="number">Step</th>
  <th scope="col">Second run</th>
  <th scope="col">What differs</th>
`;

/** @param {{compared: any, path: string, query: URLSearchParams}} properties `compared`: the API's comparison */
export function CompareSteps({ compared, path, query }) {
  const isByPosition = query.get("by") === "position";
  const isOnly = query.get("only") === "differences";
  const all = useMemo(() => (isByPosition ? positionRows : alignedRows)(compared), [compared, isByPosition]);
  const rows = useMemo(() => (isOnly ? all.filter(({ kind }) => kind !== "same") : all), [all, isOnly]);
  const marked = useMemo(() => rows.flatMap(({ kind }, index) => (kind === "same" ? [] : [index])), [rows]);
  const details = useBothDetails(compared);
  /** @param {Record<string, string | undefined>} changes */
  const show = (changes) => change(path, changes);
  return html`<section class="panel wide" aria-label="Steps">
    <h2>Steps</h2>
    <${Summary} compared=${compared} />
    <div class="buttons">
      <label class="row">Beside each other
        <select
          value=${isByPosition ? "position" : "aligned"}
          onChange=${(/** @type {any} */ { target }) => show({ by: target.value === "position" ? "position" : "" })}
        >
          <option value="aligned">aligned steps</option><option value="position">steps of the same number</option>
        </select>
      </label>
      <label class="row">
        <input type="checkbox" checked=${isOnly} onChange=${() => show({ only: isOnly ? undefined : "differences" })} />
        Only differences
      </label>
    </div>
    <${Rows}
      key=${`${isByPosition} ${isOnly}`}
      rows=${rows}
      marked=${marked}
      details=${details}
      isByPosition=${isByPosition}
    />
  </section>`;
}

/**
 * The details of both runs' events, loaded only if some step differs in what the comparison does not show.
 *
 * @param {any} compared
 */
function useBothDetails({ execution_a: first, execution_b: second, alignment }) {
  const isNeeded = alignment.replacements.some(
    (/** @type {any} */ { exec_a: a, exec_b: b }) => eventText(a) === eventText(b),
  );
  const a = useDetails(first.execution_id, isNeeded ? first.total_steps : 0);
  const b = useDetails(second.execution_id, isNeeded ? second.total_steps : 0);
  return { a: a.details, b: b.details };
}

/** @param {{compared: any}} properties */
function Summary({ compared }) {
  const { alignment, divergence_count: divergences, execution_a: first, execution_b: second } = compared;
  const { insertions, deletions, replacements, distance } = alignment;
  if (!distance) return html`<p>Both runs have the same ${count(first.total_steps)} steps. None of them differs.</p>`;
  const extra = second.total_steps - first.total_steps;
  const parts = [
    [replacements.length, "changed"],
    [deletions.length, "only in the first run"],
    [insertions.length, "only in the second run"],
  ].flatMap(([size, what]) => (size ? [`${count(size)} ${what}`] : []));
  return html`
    <p>
      <strong>${count(distance)} ${distance === 1 ? "step differs" : "steps differ"}</strong> when equal steps stand
      beside each other: ${parts.join(", ")}.
    </p>
    <p class="hint">
      Steps of the same number: ${count(divergences)} of ${count(Math.min(first.total_steps, second.total_steps))} have
      another type, gate or qubits (divergences)${extra
        ? `, and the ${extra > 0 ? "second" : "first"} run has ${count(Math.abs(extra))} more at its end`
        : ""}. One step that is added moves all later ones, so this number can be much larger.
    </p>
  `;
}

/**
 * @param {{rows: import("./alignment.js").Row[], marked: number[], isByPosition: boolean,
 *     details: {a: any[], b: any[]}}} properties
 */
function Rows({ rows, marked, details, isByPosition }) {
  const [at, setAt] = useState(-1);
  const [turn, setTurn] = useState(0);
  /** @param {number} next */
  const jump = (next) => {
    setAt(next);
    setTurn(turn + 1);
  };
  /** @param {number} index */
  const row = (index) => {
    const { a, b } = rows[index];
    const more = isByPosition ? [] : [a && details.a[a.id], b && details.b[b.id]];
    return html`<${Cells} row=${rows[index]} text=${difference(rows[index], more[0], more[1])} />`;
  };
  return html`
    <div class="buttons">
      <button disabled=${at <= 0} onClick=${() => jump(at - 1)}>Previous difference</button>
      <button disabled=${at >= marked.length - 1} onClick=${() => jump(at + 1)}>Next difference</button>
      <span class="hint" role="status">
        ${at < 0
          ? `${count(marked.length)} ${marked.length === 1 ? "difference" : "differences"}`
          : `Difference ${count(at + 1)} of ${count(marked.length)}`}
      </span>
    </div>
    <${VirtualRows}
      label="Steps side by side"
      size=${rows.length}
      head=${html`<${Head} />`}
      row=${row}
      height=${HEIGHT}
      target=${marked[at] ?? -1}
      turn=${turn}
    />
  `;
}

/** @param {{row: import("./alignment.js").Row, text: string}} properties `text`: what differs */
const Cells = ({ row: { a, b, kind }, text }) => html`
  <td class="number">${a?.id ?? ""}</td>
  <td><code>${a ? eventText(a) : ""}</code></td>
  <td class=${`mark ${kind.replace(" ", "-")}`} title=${KINDS[kind]}>
    <span aria-hidden="true">${MARKS[kind]}</span><span class="visually-hidden">${KINDS[kind]}</span>
  </td>
  <td class="number">${b?.id ?? ""}</td>
  <td><code>${b ? eventText(b) : ""}</code></td>
  <td>${text}</td>
`;
