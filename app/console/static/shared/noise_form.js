// The noise of a run: none, a level, rates and times, or a device.

import { withQuery } from "../api/calls.js";
import { number, percent } from "../text/format.js";
import { html } from "../vendor/preact.js";
import { useLoaded } from "./hooks.js";
import { ErrorNote } from "./notes.js";
import { numeric, typed } from "./stored.js";

/** What the form holds; numbers as they were typed.
 * @typedef {{kind: "none" | "level" | "rates" | "device", type: string, level: string, rates: Record<string, string>,
 *     device: string, search: string, optimization: string, layout: string}} NoiseChoice */

/** @type {NoiseChoice} */
export const NO_NOISE = {
  kind: "none", type: "depolarizing", level: "medium", rates: {}, device: "", search: "", optimization: "2", layout: "",
};

export const NOISE_TYPES = ["depolarizing", "thermal"];
export const NOISE_LEVELS = ["low", "medium", "high", "very_high"];

/** @type {[NoiseChoice["kind"], string][]} */
const KINDS = [["none", "None"], ["level", "By level"], ["rates", "By rates and times"], ["device", "Of a device"]];

const RATES = [
  ["single_gate_error", "Error of one-qubit gates", "0 to 1"],
  ["two_gate_error", "Error of two-qubit gates", "0 to 1"],
  ["measurement_error", "Readout error", "0 to 1"],
];
const TIMES = [
  ["t1", "T1", "µs, with T2"],
  ["t2", "T2", "µs, at most 2 T1"],
  ["gate_time", "Time of one-qubit gates", "µs; 0.1 if empty"],
  ["two_gate_time", "Time of two-qubit gates", "µs; as one-qubit gates"],
  ["dt", "dt", "µs, for delays in dt"],
];

/**
 * @param {{value: NoiseChoice, onChange: (value: NoiseChoice) => void, kinds: NoiseChoice["kind"][], why?: string}}
 *     properties `kinds` are those that can be chosen, `why` says why not all can
 */
export function NoiseForm({ value, onChange, kinds, why }) {
  /** @param {Partial<NoiseChoice>} changes */
  const change = (changes) => onChange({ ...value, ...changes });
  return html`
    <fieldset class="noise">
      <legend>Noise</legend>
      <div class="choices">
        ${KINDS.map(
          ([kind, name]) => html`<label class="row">
            <input
              type="radio"
              name="noise"
              checked=${value.kind === kind}
              disabled=${!kinds.includes(kind)}
              onChange=${() => change({ kind })}
            />
            ${name}
          </label>`,
        )}
      </div>
      ${why && html`<p class="hint">${why}</p>`}
      ${value.kind === "level" && html`<${Level} value=${value} change=${change} />`}
      ${value.kind === "rates" && html`<${Rates} value=${value} change=${change} />`}
      ${value.kind === "device" && html`<${Device} value=${value} change=${change} />`}
    </fieldset>
  `;
}

/** @typedef {{value: NoiseChoice, change: (changes: Partial<NoiseChoice>) => void}} Part */

/** @param {Part} properties */
const Level = ({ value, change }) => html`<div class="fields">
  <${Select}
    label="Type"
    value=${value.type}
    options=${NOISE_TYPES}
    onChange=${(/** @type {string} */ type) => change({ type })}
  />
  <${Select}
    label="Level"
    value=${value.level}
    options=${NOISE_LEVELS}
    onChange=${(/** @type {string} */ level) => change({ level })}
  />
  <p class="hint">
    Rates of ${{ low: "0.1 %", medium: "1 %", high: "5 %", very_high: "10 %" }[value.level]}; thermal noise relaxes
    qubits instead of depolarizing them.
  </p>
</div>`;

/** @param {{label: string, value: string, options: string[], onChange: (value: string) => void}} properties */
const Select = ({ label, value, options, onChange }) => html`<label>
  ${label}
  <select value=${value} onChange=${typed(onChange)}>
    ${options.map((each) => html`<option value=${each}>${each}</option>`)}
  </select>
</label>`;

/** @param {Part} properties */
const Rates = ({ value, change }) => html`<div class="fields rates">
  ${[...RATES, ...TIMES].map(
    ([name, label, unit]) => html`<label key=${name}>
      ${label}
      <input
        type="number"
        aria-label=${label}
        aria-describedby=${`unit-${name}`}
        step="any"
        min="0"
        max=${RATES.some(([rate]) => rate === name) ? 1 : undefined}
        value=${value.rates[name] ?? ""}
        onInput=${typed((text) => change({ rates: { ...value.rates, [name]: text } }))}
      />
      <span class="hint" id=${`unit-${name}`}>${unit}</span>
    </label>`,
  )}
</div>`;

const DEVICES_SHOWN = 50;

/** @param {Part} properties */
function Device({ value, change }) {
  const { data, error } = useLoaded(withQuery("/api/devices", { name: value.search, limit: DEVICES_SHOWN }));
  const devices = /** @type {any[]} */ (data?.devices ?? []);
  const isListed = devices.some(({ name }) => name === value.device);
  return html`
    <div class="fields">
      <label>
        Part of the name
        <input type="search" value=${value.search} onInput=${typed((text) => change({ search: text }))} />
      </label>
      <${Select}
        label="Optimization level"
        value=${value.optimization}
        options=${["0", "1", "2", "3"]}
        onChange=${(/** @type {string} */ optimization) => change({ optimization })}
      />
      <label>
        Device qubit of each qubit
        <input
          value=${value.layout}
          placeholder="chosen by the transpiler"
          pattern="\\s*(\\d+\\s*(,\\s*\\d+\\s*)*)?"
          title="numbers with commas between them, such as 0, 1, 4"
          onInput=${typed((text) => change({ layout: text }))}
        />
      </label>
    </div>
    <${ErrorNote} error=${error} />
    <label class="devices">
      Device (${data ? `${devices.length} of ${data.total}` : "loading"})
      <select size="6" required value=${value.device} onChange=${typed((text) => change({ device: text }))}>
        ${value.device && !isListed && html`<option value=${value.device}>${value.device}</option>`}
        ${devices.map((device) => html`<option value=${device.name}>${describe(device)}</option>`)}
      </select>
    </label>
  `;
}

/** @param {any} device */
const describe = (device) =>
  `${device.name}: ${device.num_qubits} qubits, T1 ${number(device.median_t1, 3)} µs, readout error ` +
  `${percent(device.median_readout_error, 2)}, two-qubit error ${percent(device.median_two_gate_error, 2)}`;

/**
 * Return the noise as POST /api/execute takes it; undefined for none.
 *
 * @param {NoiseChoice} value
 * @returns {Record<string, unknown> | undefined}
 */
export function noiseBody(value) {
  if (value.kind === "level") return { type: value.type, level: value.level };
  if (value.kind === "rates") {
    const given = Object.entries(value.rates).filter(([, text]) => text.trim());
    return Object.fromEntries(given.map(([name, text]) => [name, Number(text)]));
  }
  if (value.kind === "device") {
    const layout = value.layout.trim() ? value.layout.split(",").map((each) => numeric(each)) : undefined;
    return { device: value.device, optimization_level: Number(value.optimization), initial_layout: layout };
  }
  return undefined;
}

/**
 * Return what the form holds for the noise of a run.
 *
 * @param {any} config `noise_config` of an execution, or null
 * @returns {NoiseChoice}
 */
export function noiseOf(config) {
  if (!config) return NO_NOISE;
  if (config.noise_type === "device") {
    const { name, optimization_level: optimization, initial_layout: layout } = config.device;
    const text = (layout ?? []).join(", ");
    return { ...NO_NOISE, kind: "device", device: name, optimization: String(optimization), layout: text };
  }
  if (config.noise_type !== "custom") {
    return { ...NO_NOISE, kind: "level", type: config.noise_type, level: config.noise_level };
  }
  const given = [...RATES, ...TIMES].filter(([name]) => typeof config[name] === "number");
  return { ...NO_NOISE, kind: "rates", rates: Object.fromEntries(given.map(([name]) => [name, String(config[name])])) };
}
