// One run: its circuit and the replay, the state at each step, counts, fidelity, program and events.

import { useDetails } from "../../api/run_data.js";
import { useLoaded, useTitle } from "../../shared/hooks.js";
import { change } from "../../shared/lists.js";
import { ErrorNote, Loading, Note } from "../../shared/notes.js";
import { counted } from "../../text/format.js";
import { noiseText } from "../../text/noise.js";
import { html, useEffect, useMemo, useRef, useState } from "../../vendor/preact.js";
import { Actions, Exports } from "./actions.js";
import { CircuitPanel } from "./circuit_panel.js";
import { CountsPanel } from "./counts_panel.js";
import { EventPanel, useHighlighted } from "./event_panel.js";
import { EventsTable } from "./events_table.js";
import { Facts, Times } from "./facts.js";
import { FidelityPanel, useFidelity } from "./fidelity_panel.js";
import { Pending } from "./pending.js";
import { ProgramPanel } from "./program_panel.js";
import { useReplay } from "./replay.js";
import { StatePanel } from "./state_panel.js";
import { TranspiledPanel } from "./transpiled_panel.js";

/** @typedef {import("../../api/access.js").Caller} Caller */

/** The state is asked for at most so often while the slider moves. */
const STATE_MS = 150;

/** @param {{parts: {id: string}, query: URLSearchParams, caller: Caller}} properties */
export function Page({ parts, query, caller }) {
  const { id } = parts;
  const { data, error, isLoading, reload } = useLoaded(`/api/executions/${encodeURIComponent(id)}`);
  const limits = useLoaded("/api/limits");
  if (data && !limits.isLoading) {
    const most = limits.data?.max_state_qubits ?? Infinity;
    return html`<${Run} run=${data} mostStateQubits=${most} query=${query} caller=${caller} />`;
  }
  if (error?.isTemporary) return html`<h1>Run</h1><${ErrorNote} error=${error} onRetry=${reload} />`;
  if (error) return html`<${Pending} id=${id} error=${error} onEnd=${reload} caller=${caller} />`;
  return html`<h1>Run</h1>${isLoading && html`<${Loading} />`}`;
}

/**
 * @param {{run: any, mostStateQubits: number, query: URLSearchParams, caller: Caller}} properties
 *     runs of more than `mostStateQubits` have no states
 */
function Run({ run, mostStateQubits: most, query, caller }) {
  const { execution_id: id, graph } = run;
  useTitle(run.circuit_name);
  const path = `/runs/${id}`;
  const replay = useReplay(path, query, graph.nodes.length - 1);
  const { details, turn, error: detailsError } = useDetails(id, graph.nodes.length);
  const fidelity = useFidelity(run);
  const chosen = useChosen(path, query, graph);
  const highlighted = useHighlighted(id, chosen.shown, chosen.event);
  const settled = useThrottled(replay.step, STATE_MS);
  const state = useMemo(() => html`<${StatePanel} run=${run} step=${settled} mostQubits=${most} />`, [run, settled]);
  const counts = useMemo(() => html`<${Counts} run=${run} />`, [run]);
  const facts = useMemo(() => html`<${Facts} run=${run} /><${Times} run=${run} />`, [run]);
  const texts = useMemo(
    () => html`<${Texts} run=${run} details=${details} chosen=${chosen} step=${settled} />`,
    [turn, chosen, settled],
  );
  return html`
    <${Title} run=${run} />
    <${Actions} run=${run} caller=${caller} />
    <div class="run">
      <div class="run-circuit">
        <${CircuitPanel} run=${run} replay=${replay} details=${details} turn=${turn} chosen=${chosen}
          highlighted=${highlighted} fidelity=${fidelity.data} />
        ${detailsError && html`<${Note} kind="warning">${detailsError} Parameters and classical bits are missing.<//>`}
        <${ChosenEvent} graph=${graph} details=${details} chosen=${chosen} onStep=${replay.show} />
        ${state}
      </div>
      <div class="run-results">
        ${counts}
        <div class="stack">
          <${FidelityPanel} run=${run} fidelity=${fidelity} step=${replay.step} onStep=${replay.show} />
          ${facts}
          <${Exports} run=${run} has=${{ states: run.num_qubits <= most, fidelity: fidelity.isKnown }} />
        </div>
      </div>
      <div class="run-texts">${texts}</div>
    </div>
  `;
}

/** @param {{run: any}} properties */
const Counts = ({ run }) => html`<section class="panel" aria-label="Counts">
  <h2>Counts</h2>
  <${CountsPanel}
    counts=${run.counts}
    shots=${run.shots}
    mitigated=${run.mitigated}
    executionId=${run.execution_id}
    numEvents=${run.num_events}
  />
</section>`;

/** @typedef {import("../../drawings/gate_symbols.js").Details} Details */

/**
 * The event that is chosen, if there is one.
 *
 * @param {{graph: any, details: Details[], chosen: Chosen, onStep: (step: number) => void}} properties
 */
function ChosenEvent({ graph, details, chosen, onStep }) {
  const { event, shown, show, choose } = chosen;
  if (event === null) return null;
  return html`<${EventPanel}
    node=${graph.nodes[event]}
    details=${details[event]}
    before=${beforeOf(graph, event)}
    shown=${shown}
    onShow=${show}
    onStep=${() => onStep(event)}
    onClose=${() => choose(null)}
  />`;
}

/** The program and the events. @param {{run: any, details: Details[], chosen: Chosen, step: number}} properties */
const Texts = ({ run, details, chosen, step }) => html`
  ${run.layout && html`<${TranspiledPanel} id=${run.execution_id} device=${run.noise_config.device.name} />`}
  <${ProgramPanel}
    id=${run.execution_id}
    isOnDevice=${Boolean(run.layout)}
    line=${details[chosen.event ?? step]?.source?.line ?? null}
  />
  <section aria-label="Events">
    <h2>Events</h2>
    <${EventsTable}
      nodes=${run.graph.nodes}
      details=${details}
      selected=${chosen.event}
      near=${chosen.event ?? step}
      onSelect=${chosen.choose}
    />
  </section>
`;

/** @param {{run: any}} properties */
function Title({ run }) {
  const noise = run.noise_config ? `under noise (${noiseText(run.noise_config)})` : "without noise";
  return html`
    <h1>${run.circuit_name}</h1>
    <p class="hint run-summary">
      ${counted(run.num_qubits, "qubit")}, ${counted(run.num_gates, "gate")}, ${counted(run.shots, "shot")} ${noise}
    </p>
  `;
}

/** Which event is chosen, and what stays bright; both stand in the address. @typedef {{event: number | null,
 *     shown: import("./event_panel.js").Shown, choose: (event: number | null) => void,
 *     show: (shown: import("./event_panel.js").Shown) => void}} Chosen */

/** @param {string} path @param {URLSearchParams} query @param {any} graph @returns {Chosen} */
function useChosen(path, query, graph) {
  const text = query.get("event");
  const asked = text === null || text === "" ? NaN : Number(text);
  const event = Number.isInteger(asked) && asked >= 0 && asked < graph.nodes.length ? asked : null;
  const given = query.get("show") ?? "";
  const shown = /** @type {any} */ (["past", "future", "path"].includes(given) ? given : "");
  return useMemo(() => {
    /** @param {Record<string, string | undefined>} changes */
    const set = (changes) => change(path, changes);
    return {
      event,
      shown,
      choose: (/** @type {number | null} */ id) =>
        set(id === null ? { event: undefined, show: undefined } : { event: String(id) }),
      show: (/** @type {string} */ which) => set({ show: which }),
    };
  }, [event, shown]);
}

/** Return the event before another one on its first qubit. @param {any} graph @param {number} id */
function beforeOf(graph, id) {
  const first = graph.nodes[id].qubits?.[0];
  const edge = graph.edges.find(
    (/** @type {any} */ each) => each.target === id && each.relation === "QUBIT_DEP" && each.qubits.includes(first),
  );
  return edge ? graph.nodes[edge.source] : null;
}

/** Return a value that follows another at most so often. @param {number} value @param {number} ms */
function useThrottled(value, ms) {
  const [shown, setShown] = useState(value);
  const last = useRef(0);
  useEffect(() => {
    const wait = Math.max(0, last.current + ms - performance.now());
    const timer = setTimeout(() => {
      last.current = performance.now();
      setShown(value);
    }, wait);
    return () => clearTimeout(timer);
  }, [value]);
  return shown;
}
