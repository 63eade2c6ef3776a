// The choice of a circuit of the library and of its parameters.

import { typed } from "../../shared/stored.js";
import { html } from "../../vendor/preact.js";

/** A circuit as GET /api/circuits describes it. @typedef {{name: string, description: string, num_qubits: number,
 *     parameters: {name: string, default: number, minimum: number, maximum: number, description: string}[]}} Circuit */

/**
 * @param {{circuits: Circuit[], name: string, parameters: Record<string, string>,
 *     onChange: (changes: {circuit?: string, parameters?: Record<string, string>}) => void}} properties
 */
export function CircuitForm({ circuits, name, parameters, onChange }) {
  const circuit = circuits.find((each) => each.name === name);
  return html`
    <div class="circuit-form">
      <label>
        Circuit
        <select value=${name} onChange=${typed((text) => onChange({ circuit: text }))}>
          ${circuits.map((each) => html`<option value=${each.name}>${each.name}</option>`)}
        </select>
      </label>
      <p class="circuit-text">${circuit?.description ?? ""}</p>
      <div class="fields">
        ${circuit?.parameters.map(
          (parameter) => html`<label key=${parameter.name}>
            ${parameter.name}
            <input
              type="number"
              aria-label=${parameter.name}
              aria-describedby=${`about-${parameter.name}`}
              step="1"
              min=${parameter.minimum}
              max=${parameter.maximum}
              placeholder=${parameter.default}
              value=${parameters[parameter.name] ?? ""}
              onInput=${typed((text) => onChange({ parameters: { ...parameters, [parameter.name]: text } }))}
            />
            <span class="hint" id=${`about-${parameter.name}`}>
              ${parameter.description} ${parameter.minimum} to ${parameter.maximum}; ${parameter.default} if empty.
            </span>
          </label>`,
        )}
        ${circuit && !circuit.parameters.length && html`<p class="hint">This circuit has no parameters.</p>`}
      </div>
    </div>
  `;
}

/**
 * Return the parameters of a circuit that are given, without those of other circuits.
 *
 * @param {Circuit | undefined} circuit
 * @param {Record<string, string>} parameters
 * @returns {Record<string, number>}
 */
export function givenParameters(circuit, parameters) {
  const given = (circuit?.parameters ?? []).filter(({ name }) => parameters[name]?.trim());
  return Object.fromEntries(given.map(({ name }) => [name, Number(parameters[name])]));
}
