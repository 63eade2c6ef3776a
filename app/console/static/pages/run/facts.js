// What a run was run with, and where its time went.

import { Note } from "../../shared/notes.js";
import { Link } from "../../shared/router.js";
import { count, counted, duration, number, percent, time } from "../../text/format.js";
import { html } from "../../vendor/preact.js";

/** @param {{run: any}} properties `run`: the answer of GET /api/executions/{id} */
export function Facts({ run }) {
  return html`
    <section class="panel">
      <h2>Run</h2>
      <dl class="facts">
        <dt>Qubits</dt><dd>${count(run.num_qubits)}</dd>
        <dt>Gates, events</dt><dd>${counted(run.num_gates, "gate")}, ${counted(run.num_events, "event")}</dd>
        <dt>Shots</dt><dd>${count(run.shots)}</dd>
        <dt>Seed</dt><dd>${String(run.seed)}</dd>
        <dt>Method</dt>
        <dd>${run.method.replaceAll("_", " ")}<br /><span class="hint">${run.method_reason}</span></dd>
        <${Noise} config=${run.noise_config} />
        <dt>Tags</dt>
        <dd>${run.tags.length ? run.tags.map(tagLink) : "none"}</dd>
        <dt>Event graph</dt><dd>${GRAPH[run.graph_status] ?? run.graph_status}</dd>
        <dt>Created</dt><dd>${time(run.created_at)}</dd>
        <dt>Versions</dt>
        <dd>${Object.entries(run.versions).map(([name, version]) => `${name} ${version}`).join(", ")}</dd>
        <dt>Id</dt><dd><code>${run.execution_id}</code></dd>
      </dl>
      ${run.layout && html`<${QubitsOfDevice} layout=${run.layout} />`}
      ${run.counts_incomplete &&
      html`<${Note} kind="warning">
        The counts do not add up to the shots: a former version lost some. Run it again with the same seed for all.
      <//>`}
      ${run.notes?.map((/** @type {string} */ note) => html`<${Note}>${note}<//>`)}
    </section>
  `;
}

const GRAPH = /** @type {Record<string, string>} */ ({
  stored: "stored in the graph database too",
  pending: "waits to be stored in the graph database; everything on this page is there already",
});

/** @param {string} tag */
const tagLink = (tag) => html`<${Link} class="tag" to=${`/runs?tag=${encodeURIComponent(tag)}`}>${tag}<//>`;

const RATES = /** @type {[string, string, (value: any) => string][]} */ ([
  ["single_gate_infidelity", "average infidelity of a one-qubit gate", percent],
  ["two_gate_infidelity", "of a two-qubit gate", percent],
  ["readout_flip_probability", "misread bits", percent],
  ["t1", "T1", (value) => `${number(value)} µs`],
  ["t2", "T2", (value) => `${number(value)} µs`],
  ["gate_time", "one-qubit gates last", (value) => `${number(value)} µs`],
  ["two_gate_time", "two-qubit gates last", (value) => `${number(value)} µs`],
]);

/** @param {{config: any}} properties */
function Noise({ config }) {
  if (!config) return html`<dt>Noise</dt><dd>none</dd>`;
  const { device } = config;
  const rates = { ...config, ...config.derived };
  return html`
    <dt>Noise</dt>
    <dd>
      ${device ? html`device <strong>${device.name}</strong>` : `${config.noise_type}, ${config.noise_level}`}
      ${device && html`<br /><span class="hint">calibrated ${time(device.calibrated_at)}</span>`}
      <ul class="plain">
        ${RATES.filter(([name]) => typeof rates[name] === "number").map(
          ([name, words, shown]) => html`<li>${words} ${shown(rates[name])}</li>`,
        )}
      </ul>
    </dd>
  `;
}

/** @param {{layout: {initial: (number | null)[], final: (number | null)[]}}} properties */
function QubitsOfDevice({ layout }) {
  const { initial, final } = layout;
  const moved = initial.some((qubit, at) => qubit !== final[at]);
  const text = initial.map((qubit, at) => {
    const end = moved && qubit !== final[at] ? ` → $${final[at]}` : "";
    return qubit === null ? `q[${at}]: unused` : `q[${at}]: $${qubit}${end}`;
  });
  return html`<p><span class="hint">Device qubits:</span> ${text.join(", ")}</p>`;
}

const PARTS = /** @type {[string, string][]} */ ([
  ["parse_time_ms", "read the program"],
  ["transpile_time_ms", "transpile"],
  ["simulation_time_ms", "simulate"],
  ["event_extraction_time_ms", "list the events"],
  ["in_memory_graph_time_ms", "make the graph"],
  ["neo4j_persistence_time_ms", "store the graph"],
]);

/** A bar of where the time went, and the same as a list. @param {{run: any}} properties */
export function Times({ run }) {
  const times = { ...run, ...run.performance_stats };
  const parts = PARTS.map(([name, words], at) => ({ words, ms: times[name] ?? 0, kind: `part part-${at + 1}` }));
  const total = parts.reduce((sum, { ms }) => sum + ms, 0);
  return html`
    <section class="panel">
      <h2>Time <span class="hint">${duration(total)}</span></h2>
      <div class="time-bar" aria-hidden="true">
        ${parts.map(({ ms, kind }) => html`<span class=${kind} style=${{ flexGrow: ms / (total || 1) }} />`)}
      </div>
      <ul class="time-legend">
        ${parts.map(
          ({ words, ms, kind }) => html`<li><span class=${kind} aria-hidden="true" /> ${words} ${duration(ms)}</li>`,
        )}
      </ul>
    </section>
  `;
}
