// The health of each part: what it is for, and what to do when it is down.

import { useLoaded } from "../../shared/hooks.js";
import { Table } from "../../shared/lists.js";
import { ErrorNote, Loading, Note, Status } from "../../shared/notes.js";
import { time } from "../../text/format.js";
import { html } from "../../vendor/preact.js";
import { NotShown } from "./access.js";

/** @typedef {import("../../api/access.js").Caller} Caller */

const EVERY_MS = 5_000;
const HEAD = ["Part", "State", "What it is for", "When it is down"];

/** Name, purpose and remedy of each part of GET /v2/health. @type {Record<string, [string, string, string]>} */
const PARTS = {
  postgres: [
    "PostgreSQL",
    "It keeps everything that was accepted.",
    "Bring it back, nothing else is needed. Running jobs go on, and no attempt is lost by the outage.",
  ],
  classical_backend: [
    "Schema",
    "The tables of this version in PostgreSQL.",
    "Run python -m app.cli migrate; it is safe on several hosts at once.",
  ],
  cache: [
    "Redis",
    "It notifies workers of jobs, keeps answers of queries, and counts for the rate limits.",
    "Bring it back; it may be empty. Workers are notified again of the accepted jobs, which are in PostgreSQL.",
  ],
  workers: [
    "Workers",
    "At least one live worker on every queue.",
    "Start one on the queue that has none: see the queues below. Its jobs wait until then; nothing is lost.",
  ],
  quantum_backend: [
    "Quantum backend",
    "Workers with simulators on the queues interactive and search, and Redis, by which they are reached.",
    "Start a worker on the queue that has none. Vector queries are ranked classically meanwhile.",
  ],
  graph: [
    "Neo4j",
    "It holds the graphs of runs and the neighbourhoods of vectors.",
    "Bring it back: pending graphs are written by themselves. After a loss of data: python -m app.cli rebuild-graph.",
  ],
  webhooks: [
    "Sender of webhooks",
    "A live worker on the queue heavy or search, which sends the events.",
    "Start a worker on heavy or search. Events wait in PostgreSQL until then.",
  ],
};

/** The parts of which only PostgreSQL tells whether they are there. */
const KNOWN_BY_POSTGRES = ["classical_backend", "workers", "quantum_backend", "webhooks"];

const SENTENCES = /** @type {Record<string, string>} */ ({
  healthy: "All parts work.",
  degraded: "A part is missing; what does not need it works.",
  unhealthy: "Nothing can be served.",
});

/**
 * @param {{caller: Caller, isUnchecked?: boolean}} properties `isUnchecked`: the tab has a key, and the server cannot
 *     tell whose it is
 */
export function Health({ caller, isUnchecked = false }) {
  const mayAsk = caller !== null || isUnchecked;
  const { data, error, isLoading, reload } = useLoaded(mayAsk ? "/v2/health" : null, { everyMs: EVERY_MS });
  // a 503 of this route has the same document
  const health = error?.problem?.components ? error.problem : data;
  return html`
    <section aria-labelledby="health-title" class="health">
      <h2 id="health-title">Health</h2>
      ${!mayAsk && html`<${NotShown} caller=${caller} what="The health of each part is" role="reader" />`}
      ${isLoading && html`<${Loading} />`}
      ${health !== error?.problem && html`<${ErrorNote} error=${error} onRetry=${reload} />`}
      ${health &&
      html`
        <p role="status">
          <${Status} status=${health.status} /> ${SENTENCES[health.status]}
          <span class="hint fixed"> ${time(health.timestamp)}</span>
        </p>
        <${Remedies} components=${health.components} />
        <${Table} label="Parts" head=${HEAD}>
          ${Object.entries(PARTS).map(
            ([key, part]) =>
              health.components[key] && html`<${Part} key=${key} part=${part} state=${health.components[key]} />`,
          )}
        <//>
        <p class="hint">More of this is in docs/operations.md, “When something is down”.</p>
      `}
    </section>
  `;
}

/** What to do about each part that is down. @param {{components: Record<string, string>}} properties */
function Remedies({ components }) {
  const isDown = (/** @type {string} */ key) => (components[key] ?? "healthy") !== "healthy";
  const isKnown = (/** @type {string} */ key) => !isDown("postgres") || !KNOWN_BY_POSTGRES.includes(key);
  return html`
    ${Object.entries(PARTS)
      .filter(([key]) => isDown(key) && isKnown(key))
      .map(
        ([key, [name, , remedy]]) => html`<${Note} key=${key} kind="warning">
          <p><strong>${name}:</strong> ${remedy}</p>
        <//>`,
      )}
    ${isDown("postgres") && html`<p>Whether workers live and the schema fits is not known without PostgreSQL.</p>`}
  `;
}

/** @param {{part: [string, string, string], state: string}} properties */
const Part = ({ part: [name, purpose, remedy], state }) => html`<tr>
  <th scope="row">${name}</th>
  <td><${Status} status=${state} /></td>
  <td class="wraps">${purpose}</td>
  <td class="wraps"><span class="hint">${remedy}</span></td>
</tr>`;
