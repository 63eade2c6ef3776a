// The bindings of a sweep as a table; each can be run as an execution.

import { ofNumbers, Table } from "../../shared/lists.js";
import { go } from "../../shared/router.js";
import { useWork, WorkState } from "../../shared/work_state.js";
import { count, counted, number } from "../../text/format.js";
import { html, useState } from "../../vendor/preact.js";
import { valuesAt } from "./axes.js";

const PAGE_ROWS = 25;

/**
 * @param {{sweep: any, known: {axes: import("./axes.js").Axis[], isGrid: boolean} | null, results: any[],
 *     measured: import("./measured.js").Measured[], name: string, canWrite: boolean}} properties `name`: of what
 *     was measured
 */
export function SweepTable({ sweep, known, results, measured, name, canWrite }) {
  const [first, setFirst] = useState(0);
  const { start, isRunning, state } = useWork();
  const names = known ? known.axes.map((axis) => axis.name) : [];
  const head = ["Index", ...[...names, name, "Standard error"].map(ofNumbers)];
  /** @param {number} index */
  const run = async (index) => {
    const job = await start(`/api/sweeps/${sweep.sweep_id}/executions`, { index });
    if (job) go(`/runs/${job.job_id}`);
  };
  const rows = results.slice(first, first + PAGE_ROWS);
  const isWhole = results.length <= PAGE_ROWS;
  return html`
    <${WorkState} state=${state} isRunning=${isRunning} />
    <${Table} label="Bindings" head=${canWrite ? [...head, "Run"] : head}>
      ${rows.map(
        ({ index }, at) => html`<tr key=${index}>
          <td>${index}</td>
          ${known && valuesAt(known, index).map((value) => html`<td class="number">${number(value, 6)}</td>`)}
          <td class="number">${number(measured[first + at].value, 6)}</td>
          <td class="number">${number(measured[first + at].error, 3)}</td>
          ${canWrite && html`<td><${RunButton} index=${index} isOff=${isRunning} onRun=${run} /></td>`}
        </tr>`,
      )}
    <//>
    <div class="pages">
      <span>
        ${!isWhole && `${count(first + 1)} to ${count(first + rows.length)} of `}
        ${counted(results.length, "binding")}
      </span>
      ${!isWhole &&
      html`
        <button disabled=${first === 0} onClick=${() => setFirst(first - PAGE_ROWS)}>Previous page</button>
        <button disabled=${first + PAGE_ROWS >= results.length} onClick=${() => setFirst(first + PAGE_ROWS)}>
          Next page
        </button>
      `}
    </div>
  `;
}

/** @param {{index: number, isOff: boolean, onRun: (index: number) => Promise<void>}} properties */
const RunButton = ({ index, isOff, onRun }) => html`
  <button disabled=${isOff} aria-label=${`Run as execution: binding ${index}`} onClick=${() => void onRun(index)}>
    Run as execution
  </button>
`;
