// The table of runs: two can be chosen for a comparison, one can be deleted; new ones appear when one asks for them.

import { send } from "../../api/calls.js";
import { change, ofNumbers, Table } from "../../shared/lists.js";
import { Status } from "../../shared/notes.js";
import { Question } from "../../shared/question.js";
import { go, Link } from "../../shared/router.js";
import { count, duration, time } from "../../text/format.js";
import { noiseOfRow } from "../../text/noise.js";
import { html, useState } from "../../vendor/preact.js";

const HEAD = [
  "Compare", "Circuit", "Status", "Noise", ofNumbers("Events"), ofNumbers("Recorded in"), "When", "Tags", "Delete",
];

/** Return the runs that the address says are chosen. @param {URLSearchParams} query */
const chosenOf = (query) => (query.get("chosen") ?? "").split(",").filter(Boolean).slice(0, 2);

/**
 * @param {{rows: any[], path: string, query: URLSearchParams, canDelete: boolean, onDeleted: (id: string) => void,
 *     children?: any}} properties `children` stand beside the buttons above the table
 */
export function RunList({ rows, path, query, canDelete, onDeleted, children }) {
  const [doomed, setDoomed] = useState(/** @type {any} */ (null));
  const chosen = chosenOf(query);
  /** @param {string[]} ids */
  const choose = (ids) => change(path, { chosen: ids.join(","), cursor: query.get("cursor") ?? undefined });
  /** @param {any} row */
  const toggle = (row) =>
    choose(
      chosen.includes(row.execution_id)
        ? chosen.filter((id) => id !== row.execution_id)
        : [...chosen, row.execution_id],
    );
  return html`
    <${Choice} chosen=${chosen} onClear=${() => choose([])}>${children}<//>
    <${Table} label="Runs" head=${canDelete ? HEAD : HEAD.slice(0, -1)}>
      ${rows.map(
        (row) => html`<${Row}
          key=${row.execution_id}
          row=${row}
          isChosen=${chosen.includes(row.execution_id)}
          isFull=${chosen.length === 2}
          onToggle=${() => toggle(row)}
          onDelete=${canDelete ? () => setDoomed(row) : null}
        />`,
      )}
    <//>
    ${doomed && html`<${DeleteQuestion} run=${doomed} onDeleted=${onDeleted} onClose=${() => setDoomed(null)} />`}
  `;
}

/** @param {{run: any, onDeleted: (id: string) => void, onClose: () => void}} properties */
function DeleteQuestion({ run, onDeleted, onClose }) {
  const remove = async () => {
    await send("DELETE", `/api/executions/${run.execution_id}`);
    onDeleted(run.execution_id);
  };
  const title = `Delete the run of ${run.circuit_name}?`;
  return html`<${Question} title=${title} yes="Delete it" onYes=${remove} onClose=${onClose}>
    <p>
      The run of ${time(run.created_at)}, its counts, its events and its graph are removed for good. Its id is
      <code> ${run.execution_id}</code>.
    </p>
  <//>`;
}

/** @param {{chosen: string[], onClear: () => void, children?: any}} properties */
function Choice({ chosen, onClear, children }) {
  return html`<div class="buttons choice">
    <button class="main" disabled=${chosen.length < 2} onClick=${() => go(`/compare/${chosen[0]}/${chosen[1]}`)}>
      Compare
    </button>
    <span class="hint">
      ${chosen.length < 2 ? `${chosen.length} of 2 runs chosen for a comparison` : "2 runs chosen"}
    </span>
    ${chosen.length > 0 && html`<button onClick=${onClear}>Clear</button>`}
    ${children}
  </div>`;
}

/**
 * @param {{row: any, isChosen: boolean, isFull: boolean, onToggle: () => void,
 *     onDelete: (() => void) | null}} properties
 */
function Row({ row, isChosen, isFull, onToggle, onDelete }) {
  const hasRun = row.status === "SUCCEEDED";
  const name = `${row.circuit_name} of ${time(row.created_at)}`;
  return html`<tr>
    <td>
      ${hasRun &&
      html`<input
        type="checkbox"
        aria-label=${`Choose ${name}`}
        checked=${isChosen}
        disabled=${isFull && !isChosen}
        onChange=${onToggle}
      />`}
    </td>
    <td class="clipped" title=${row.circuit_name}>
      <${Link} to=${hasRun ? `/runs/${row.execution_id}` : `/jobs/${row.execution_id}`}>${row.circuit_name}<//>
    </td>
    <td><${Status} status=${row.status} /></td>
    <td>${noiseOfRow(row)}</td>
    <td class="number">${count(row.num_events)}</td>
    <td class="number">${duration(row.time)}</td>
    <td>${time(row.created_at)}</td>
    <td class="tagged" title=${row.tags.join(", ")}>
      ${row.tags.map((/** @type {string} */ tag) => html`<span class="tag">${tag}</span>`)}
    </td>
    ${onDelete &&
    html`<td>
      ${hasRun && html`<button class="quiet" aria-label=${`Delete ${name}`} onClick=${onDelete}>Delete</button>`}
    </td>`}
  </tr>`;
}
