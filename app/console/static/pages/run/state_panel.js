// What the quantum state is after a step of a run. Its height is that of its number of qubits, whatever the state is.

import { ErrorNote } from "../../shared/notes.js";
import { percent, number } from "../../text/format.js";
import { html, useEffect, useState } from "../../vendor/preact.js";
import { Amplitudes, Pairs, Qubits } from "./state_parts.js";
import { useStepState } from "./states.js";

/**
 * @param {{run: any, step: number, mostQubits: number}} properties `step` counts from 0 as
 *     GET /api/replay/{id}/step/{step}/state does; runs of more than `mostQubits` have no states
 */
export function StatePanel({ run, step, mostQubits }) {
  const isTooLarge = run.num_qubits > mostQubits;
  return html`<section class="panel wide" aria-label="State">
    <h2>${isTooLarge ? "State" : `State after step ${step}`}</h2>
    ${isTooLarge
      ? html`<div class="empty">
          <p><strong>A run of ${run.num_qubits} qubits has counts, but no states.</strong></p>
          <p>The server keeps states of up to ${mostQubits} qubits (its limit max_state_qubits).</p>
        </div>`
      : html`<${State} run=${run} step=${step} />`}
  </section>`;
}

/** @param {{run: any, step: number}} properties */
function State({ run, step }) {
  const { execution_id: executionId, num_qubits: numQubits } = run;
  const [outcome, setOutcome] = useState("");
  const { state: last, error, paused, isOld } = useStepState(executionId, step, outcome);
  useEffect(() => setOutcome(""), [executionId, step]);
  if (error && !last) return html`<${ErrorNote} error=${error} />`;
  const state = error ? null : last;
  return html`<div class="state" aria-busy=${isOld}>
    <p class="state-line" role="status">
      ${error ? error.message : (paused?.message ?? (isOld ? `Computing the state after step ${step}…` : ""))}
      ${!isOld && state && html`<${Kind} state=${state} isNoisy=${run.is_noisy} />`}
    </p>
    <div class=${isOld ? "state-parts old" : "state-parts"}>
      <section aria-label="Qubits">
        <h3>Each qubit alone</h3>
        <${Qubits} numQubits=${numQubits} qubits=${state?.qubits ?? []} />
      </section>
      <section aria-label="Basis states">
        <h3>Most probable basis states</h3>
        <${Amplitudes} numQubits=${numQubits} state=${state} />
        <${Outcomes} state=${state} chosen=${outcome} onChoose=${setOutcome} />
      </section>
      ${numQubits > 1 &&
      html`<section aria-label="Entanglement">
        <h3>Entanglement</h3>
        <${Pairs} numQubits=${numQubits} qubits=${state?.qubits ?? []} pairs=${state?.pairs ?? []} />
      </section>`}
    </div>
  </div>`;
}

/** Pure or mixed, and of what. @param {{state: import("./states.js").StepState, isNoisy: boolean}} properties */
const Kind = ({ state, isNoisy }) => html`
  <strong>${state.is_pure ? "● Pure state" : "◍ Mixed state"}</strong>, purity ${number(state.purity)}.
  ${!state.is_pure && " A mixture over the outcomes of measurements or resets so far."}
  ${state.kept !== undefined && ` The outcomes that are followed have probability ${percent(state.kept)}.`}
  ${state.outcome !== null && ` Only the shots with bits ${state.outcome} (${percent(state.outcome_probability)}).`}
  ${isNoisy && " The run had noise; this is the state without it."}
`;

/**
 * @param {{state: import("./states.js").StepState | null, chosen: string, onChoose: (outcome: string) => void}}
 *     properties
 */
function Outcomes({ state, chosen, onChoose }) {
  const outcomes = state?.outcomes ?? [];
  return html`<label class="row outcomes">
    Classical bits
    <select
      value=${chosen}
      disabled=${outcomes.length < 2 && !chosen}
      onChange=${(/** @type {any} */ event) => onChoose(event.target.value)}
    >
      <option value="">all outcomes</option>
      ${outcomes.map(
        ({ outcome, probability }) =>
          html`<option key=${outcome} value=${outcome}>${outcome || "none"} (${percent(probability)})</option>`,
      )}
    </select>
  </label>`;
}
