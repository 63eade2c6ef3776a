// A form that runs a circuit of the library without and with noise, and opens the comparison of the two.

import { get, withQuery } from "../../api/calls.js";
import { useAction, useLoaded } from "../../shared/hooks.js";
import { NOISE_LEVELS, NOISE_TYPES } from "../../shared/noise_form.js";
import { ErrorNote } from "../../shared/notes.js";
import { go } from "../../shared/router.js";
import { typed } from "../../shared/stored.js";
import { useWork, WorkState } from "../../shared/work_state.js";
import { html, useState } from "../../vendor/preact.js";

const DEVICE = "device";
const DEFAULT_SHOTS = 1_024;
const SEEDS = 2 ** 31;

/**
 * @typedef {{circuit: string, values: Record<string, string>, shots: number, seed: string, type: string,
 *     level: string, device: string}} Chosen
 */

export function CompareForm() {
  const { data, error } = useLoaded("/api/circuits");
  const devices = useLoaded("/api/devices?limit=50").data?.devices ?? [];
  const [chosen, setChosen] = useState(/** @type {Chosen} */ ({
    circuit: "bell", values: {}, shots: DEFAULT_SHOTS, seed: "", type: NOISE_TYPES[0], level: "high", device: "",
  }));
  const { start, isRunning, state } = useWork();
  const action = useAction(() => compare({ ...chosen, device: chosen.device || devices[0]?.name }, start));
  /** @param {Partial<Chosen>} change */
  const set = (change) => setChosen((old) => ({ ...old, ...change }));
  /** @param {Event} event */
  const submit = (event) => {
    event.preventDefault();
    void action.run();
  };
  return html`<section class="panel" aria-label="Run clean and noisy">
    <h2>Run clean and noisy, and compare</h2>
    <${ErrorNote} error=${error} />
    <form onSubmit=${submit}>
      <div class="fields">
        <${Circuit} chosen=${chosen} circuits=${data?.circuits ?? []} onChange=${set} />
        <${Noise} chosen=${chosen} devices=${names(devices)} onChange=${set} />
        <button class="main" disabled=${isRunning || action.isRunning}>Run both and compare</button>
      </div>
    </form>
    <${ErrorNote} error=${action.error} />
    <${WorkState} state=${state} isRunning=${isRunning} />
  </section>`;
}

/** @param {{chosen: Chosen, circuits: any[], onChange: (change: Partial<Chosen>) => void}} properties */
function Circuit({ chosen, circuits, onChange }) {
  const parameters = circuits.find(({ name }) => name === chosen.circuit)?.parameters ?? [];
  /** @param {string} name @param {string} value */
  const setValue = (name, value) => onChange({ values: { ...chosen.values, [name]: value } });
  return html`
    <${Choice}
      label="Circuit"
      value=${chosen.circuit}
      options=${circuits.length ? names(circuits) : [chosen.circuit]}
      onChoose=${(/** @type {string} */ circuit) => onChange({ circuit, values: {} })}
    />
    ${parameters.map(
      (/** @type {any} */ each) => html`<${NumberField}
        key=${each.name}
        label=${each.name.replaceAll("_", " ")}
        title=${each.description}
        least=${each.minimum}
        most=${each.maximum}
        value=${chosen.values[each.name] ?? each.default}
        onInput=${(/** @type {string} */ text) => setValue(each.name, text)}
      />`,
    )}
    <${NumberField} label="Shots" least=${1} value=${chosen.shots}
      onInput=${(/** @type {string} */ text) => onChange({ shots: Number(text) })} />
    <label>
      Seed
      <input
        inputmode="numeric"
        pattern="[0-9]*"
        placeholder="drawn"
        value=${chosen.seed}
        onInput=${(/** @type {any} */ { target }) => onChange({ seed: target.value })}
      />
    </label>
  `;
}

/**
 * @param {{label: string, title?: string, least: number, most?: number, value: any,
 *     onInput: (text: string) => void}} properties
 */
const NumberField = ({ label, title, least, most, value, onInput }) => html`<label title=${title}>
  ${label} <input type="number" min=${least} max=${most} value=${value} onInput=${typed(onInput)} />
</label>`;

/** @param {{name: string}[]} things */
const names = (things) => things.map(({ name }) => name);

/** @param {{chosen: Chosen, devices: string[], onChange: (change: Partial<Chosen>) => void}} properties */
const Noise = ({ chosen, devices, onChange }) => html`
  <${Choice}
    label="Noise"
    value=${chosen.type}
    options=${[...NOISE_TYPES, DEVICE]}
    onChoose=${(/** @type {string} */ type) => onChange({ type })}
  />
  ${chosen.type === DEVICE
    ? html`<${Choice}
        label="Device"
        value=${chosen.device || devices[0]}
        options=${devices}
        onChoose=${(/** @type {string} */ device) => onChange({ device })}
      />`
    : html`<${Choice}
        label="Level"
        value=${chosen.level}
        options=${NOISE_LEVELS}
        onChoose=${(/** @type {string} */ level) => onChange({ level })}
      />`}
`;

/** @param {{label: string, value: string, options: string[], onChoose: (value: string) => void}} properties */
const Choice = ({ label, value, options, onChoose }) => html`<label>
  ${label}
  <select value=${value} onChange=${(/** @type {any} */ event) => onChoose(event.target.value)}>
    ${options.map((each) => html`<option key=${each} value=${each}>${each.replaceAll("_", " ")}</option>`)}
  </select>
</label>`;

/**
 * Run both. One job does it for a level of noise; for a device, the circuit is run, then its program on the device.
 *
 * @param {Chosen} chosen
 * @param {(path: string, body: unknown) => Promise<import("../../api/work.js").Job | null>} start
 */
async function compare({ circuit, values, shots, seed, type, level, device }, start) {
  if (type !== DEVICE) {
    const query = { ...values, shots, seed, noise_type: type, noise_level: level };
    const job = await start(withQuery(`/api/execute/compare/${circuit}`, query), undefined);
    if (job) go(`/compare/${job.result.split("/").slice(-2).join("/")}`);
    return;
  }
  const same = seed || String(Math.floor(Math.random() * SEEDS));
  const clean = await start(withQuery(`/api/execute/${circuit}`, { ...values, shots, seed: same }), undefined);
  if (!clean) return;
  const { program } = await get(`/api/executions/${clean.job_id}/program`);
  const body = { program, name: circuit, shots, noise: { device } };
  const noisy = await start(withQuery("/api/execute", { seed: same }), body);
  if (noisy) go(`/compare/${clean.job_id}/${noisy.job_id}`);
}
