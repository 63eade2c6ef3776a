// Shots, seed, method and tags: what every run has; and the name of a program.

import { html } from "../vendor/preact.js";
import { typed } from "./stored.js";

const METHODS = ["automatic", "statevector", "density_matrix", "stabilizer", "matrix_product_state"];

/** @typedef {{shots: string, seed: string, method: string, tags: string}} Options as they were typed */

/**
 * @param {{value: Options, onChange: (changes: Partial<Options>) => void, leastShots?: number,
 *     most: number | undefined, mostSeed?: number, children?: any}} properties
 *     `most` shots are allowed; `children` are further fields
 */
export const RunOptions = ({ value, onChange, leastShots = 1, most, mostSeed, children }) => html`
  <fieldset>
    <legend>Options</legend>
    <div class="fields">
      <${NumberField} label="Shots" least=${leastShots} most=${most} value=${value.shots} placeholder="1024"
        onInput=${(/** @type {string} */ shots) => onChange({ shots })} />
      <${NumberField} label="Seed" least=${0} most=${mostSeed} value=${value.seed} placeholder="drawn"
        onInput=${(/** @type {string} */ seed) => onChange({ seed })} />
      <label>
        Method
        <select value=${value.method} onChange=${typed((text) => onChange({ method: text }))}>
          ${METHODS.map((each) => html`<option value=${each}>${each}</option>`)}
        </select>
      </label>
      <label>
        Tags
        <input
          value=${value.tags}
          placeholder="a, b"
          onInput=${typed((text) => onChange({ tags: text }))}
        />
      </label>
      ${children}
    </div>
  </fieldset>
`;

/**
 * @param {{label: string, least: number, most: number | undefined, value: string, placeholder: string,
 *     onInput: (text: string) => void}} properties
 */
const NumberField = ({ label, least, most, value, placeholder, onInput }) => html`<label>
  ${label}
  <input
    type="number"
    step="1"
    min=${least}
    max=${most}
    value=${value}
    placeholder=${placeholder}
    onInput=${typed(onInput)}
  />
</label>`;

/**
 * The name under which a program is run.
 *
 * @param {{value: string, onChange: (changes: {name: string}) => void}} properties
 */
export const NameField = ({ value, onChange }) => html`<label>
  Name
  <input
    value=${value}
    placeholder="custom"
    maxlength="64"
    onInput=${typed((text) => onChange({ name: text }))}
  />
</label>`;
