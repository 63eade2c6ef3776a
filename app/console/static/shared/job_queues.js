// The queues: what waits in each, how many slots work on it, and which workers have them.

import { count, counted, duration, time } from "../text/format.js";
import { html } from "../vendor/preact.js";
import { nameOf } from "./job_facts.js";
import { ofNumbers, Table } from "./lists.js";
import { ErrorNote, Note } from "./notes.js";
import { Link } from "./router.js";

const LONG_WAIT_SECONDS = 60;
const HEAD = ["Worker", "Queue", ofNumbers("Busy slots"), "Runs now", "Started", "Last heartbeat"];

/** What each queue is for. @type {Record<string, string>} */
const PURPOSES = {
  interactive: "Short runs that somebody waits for.",
  heavy: "Long runs, sweeps and imports.",
  search: "Vector queries.",
};

/** @param {{state: {data: any, error: any, reload: () => void}, running: import("./job_facts.js").Job[]}} properties
 *     `state` is of GET /api/workers */
export function Queues({ state, running }) {
  const { data, error, reload } = state;
  return html`
    <section aria-labelledby="queues-title">
      <h2 id="queues-title">Queues</h2>
      <${ErrorNote} error=${error} onRetry=${reload} />
      <div class="queues" aria-busy=${!data}>
        ${(data?.queues ?? []).map((/** @type {any} */ queue) => html`<${Queue} key=${queue.queue} queue=${queue} />`)}
      </div>
      ${data && html`<${Workers} workers=${data.workers} running=${running} />`}
    </section>
  `;
}

/** @param {{queue: any}} properties */
function Queue({ queue }) {
  const { queue: name, waiting_jobs: waiting, oldest_wait_seconds: oldest, workers, slots, slots_in_use: busy } = queue;
  const isSlow = waiting > 0 && oldest > LONG_WAIT_SECONDS;
  return html`<div class="panel queue" role="group" aria-label=${`Queue ${name}`}>
    <h3>${name}</h3>
    <p class="hint">${PURPOSES[name]}</p>
    <p class=${isSlow ? "waits" : ""}>
      <span class="big">${count(waiting)}</span> waiting
      ${waiting > 0 && `, the longest for ${duration(1_000 * oldest)}`}
    </p>
    <p>
      <meter min="0" max=${Math.max(slots, 1)} value=${busy} aria-label=${`Busy slots of ${name}`} />
      ${` ${count(busy)} of ${counted(slots, "slot")} busy`}
    </p>
    ${workers === 0 &&
    html`<${Note} kind="warning">
      <p><strong>No worker serves this queue.</strong> Its jobs wait; nothing is lost. Start a worker of ${name}.</p>
    <//>`}
    ${workers > 0 && isSlow &&
    html`<${Note} kind="warning"><p>Its slots do not keep up. Start more workers, or wait.</p><//>`}
  </div>`;
}

/** @param {{workers: any[], running: import("./job_facts.js").Job[]}} properties */
const Workers = ({ workers, running }) => html`
  <details>
    <summary>${counted(workers.length, "live worker")} and what they run</summary>
    <${Table} label="Workers" head=${HEAD}>
      ${workers.map(
        (worker) => html`<tr key=${worker.name}>
          <td><code>${worker.name}</code></td>
          <td>${worker.queue}</td>
          <td class="number">${count(worker.slots_in_use)} of ${count(worker.slots)}</td>
          <td>
            ${running
              .filter((job) => job.worker === worker.name)
              .map((job) => html`<${Link} to=${`/jobs/${job.job_id}`} class="listed">${nameOf(job)}<//>`)}
          </td>
          <td>${time(worker.started_at)}</td>
          <td>${time(worker.last_seen_at)}</td>
        </tr>`,
      )}
    <//>
  </details>
`;
