// What can be done with a run: run it again, under noise, export it, delete it.

import { mayWrite } from "../../api/access.js";
import { get, send } from "../../api/calls.js";
import { download } from "../../api/files.js";
import { computed } from "../../api/run_data.js";
import { useAction } from "../../shared/hooks.js";
import { NOISE_LEVELS, NOISE_TYPES, noiseBody, noiseOf } from "../../shared/noise_form.js";
import { ErrorNote } from "../../shared/notes.js";
import { Question } from "../../shared/question.js";
import { go, Link } from "../../shared/router.js";
import { useWork, WorkState } from "../../shared/work_state.js";
import { nameWithoutNoise } from "../../text/circuit_name.js";
import { html, useState } from "../../vendor/preact.js";

/** @typedef {import("../../api/access.js").Caller} Caller */

/**
 * Return the body that runs the program of a run again.
 *
 * @param {any} run @returns {Promise<Record<string, unknown>>}
 */
async function bodyOf(run) {
  const { program } = await get(`/api/executions/${run.execution_id}/program`);
  return {
    program,
    name: nameWithoutNoise(run.circuit_name),
    shots: run.shots,
    tags: run.tags,
    noise: noiseBody(noiseOf(run.noise_config)),
    method: run.requested_method ?? undefined,
    ...(run.mitigated ? { mitigation: "readout" } : {}),
  };
}

/** @param {{run: any, caller: Caller}} properties */
export function Actions({ run, caller }) {
  const { start, isRunning, state } = useWork();
  const [type, setType] = useState("depolarizing");
  const [level, setLevel] = useState("medium");
  const again = useAction(async () => {
    const job = await start(`/api/execute?seed=${run.seed}`, await bodyOf(run));
    if (job) go(`/runs/${job.job_id}`);
  });
  const compare = useAction(async () => {
    const { method: _method, ...body } = await bodyOf(run);
    const noisy = { ...body, noise: body.noise ?? { type, level } };
    const job = await start(`/api/execute/compare?seed=${run.seed}`, noisy);
    if (job) go(`/compare/${job.result.split("/").slice(-2).join("/")}`);
  });
  if (!mayWrite(caller)) {
    return html`<p class="hint">
      Your key is a reader's. A writer's key can run this again, under noise too, or delete it.
    </p>`;
  }
  const isOff = isRunning || again.isRunning || compare.isRunning;
  return html`
    <div class="buttons">
      <button class="main" disabled=${isOff} onClick=${compare.run}>
        ${run.is_noisy ? "Compare with a run without noise" : "Run with noise and compare"}
      </button>
      ${!run.is_noisy && html`<${Choice} label="Noise" value=${type} values=${NOISE_TYPES} onChoose=${setType} />`}
      ${!run.is_noisy && html`<${Choice} label="Level" value=${level} values=${NOISE_LEVELS} onChoose=${setLevel} />`}
      <button disabled=${isOff} onClick=${again.run}>Run again with the same seed</button>
      <${Link} class="button" to=${`/runs/new?from=${run.execution_id}`}>Run again, changed<//>
      <${Delete} id=${run.execution_id} name=${run.circuit_name} />
    </div>
    ${(isRunning || state.error) && html`<${WorkState} state=${state} isRunning=${isRunning} />`}
    <${ErrorNote} error=${again.error ?? compare.error} />
  `;
}

/** @param {{label: string, value: string, values: string[], onChoose: (value: string) => void}} properties */
const Choice = ({ label, value, values, onChoose }) => html`
  <select aria-label=${label} value=${value} onChange=${(/** @type {any} */ event) => onChoose(event.target.value)}>
    ${values.map((each) => html`<option value=${each}>${each.replace("_", " ")}</option>`)}
  </select>
`;

/** A button that asks before it deletes. @param {{id: string, name: string}} properties */
function Delete({ id, name }) {
  const [isAsking, setAsking] = useState(false);
  const remove = async () => {
    await send("DELETE", `/api/executions/${id}`);
    go("/runs");
  };
  return html`
    <button onClick=${() => setAsking(true)}>Delete…</button>
    ${isAsking &&
    html`<${Question} title="Delete this run?" yes="Delete it" onYes=${remove} onClose=${() => setAsking(false)}>
      <p>${name}, with its counts, its events and its graph. It cannot be brought back.</p>
    <//>`}
  `;
}

/** The forms that the API has; some it has only for runs with states or with a fidelity.
 * @type {{words: string, query: string, file: string, needs?: "states" | "fidelity"}[]} */
const EXPORTS = [
  { words: "Run as JSON", query: "", file: "json" },
  { words: "Graph as JSON", query: "/graph", file: "graph.json" },
  { words: "Graph as GraphML", query: "/graph?format=graphml", file: "graphml" },
  { words: "Graph for Graphviz (DOT)", query: "/graph?format=dot", file: "dot" },
  { words: "Graph for Cytoscape.js", query: "/graph?format=cytoscape", file: "cytoscape.json" },
  { words: "Program", query: "/program", file: "qasm" },
  { words: "Diagram as SVG", query: "/diagram", file: "svg" },
  { words: "Diagram coloured by purity", query: "/diagram?color=states", file: "states.svg", needs: "states" },
  {
    words: "Diagram coloured by loss of fidelity", query: "/diagram?color=fidelity", file: "fidelity.svg",
    needs: "fidelity",
  },
];

/** @param {{run: any, has: {states: boolean, fidelity: boolean}}} properties `has`: what the server knows of the run */
export function Exports({ run, has }) {
  const path = `/api/executions/${run.execution_id}`;
  const { run: save, isRunning, error } = useAction(async (/** @type {typeof EXPORTS[0]} */ { query, file }) => {
    if (query.startsWith("/diagram")) await computed(path + query); // what a worker draws is there afterwards
    await download(path + query, `${run.circuit_name}.${file}`, query === "/program" ? "text/plain" : "*/*");
  });
  const offered = EXPORTS.filter(({ needs }) => !needs || has[needs]);
  return html`
    <section class="panel" aria-label="Export">
      <h2>Export</h2>
      <div class="buttons">
        ${offered.map((each) => html`<button disabled=${isRunning} onClick=${() => save(each)}>${each.words}</button>`)}
      </div>
      <${ErrorNote} error=${error} />
    </section>
  `;
}
