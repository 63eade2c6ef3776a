// The form of a query: each option of the API with a sentence.

import { typed } from "../../shared/stored.js";
import { html } from "../../vendor/preact.js";
import { FilterRows } from "./filter_rows.js";
import { isQuantum } from "./query_text.js";

const MODES = [
  ["balanced", "balanced: by the index"],
  ["precise", "precise: every vector is compared"],
  ["exploratory", "exploratory: 256 candidates instead of 64"],
];

/** @typedef {import("./query_text.js").Draft} Draft */
/** @typedef {(changes: object) => void} Change what is changed of the draft */

/**
 * @param {{draft: Draft, onChange: Change, onAsk: () => void, isAsking: boolean, contexts: string[],
 *     fields: string[]}} properties `contexts` and `fields` are suggested
 */
export function QueryForm({ draft, onChange, onAsk, isAsking, contexts, fields }) {
  /** @param {Event} event */
  const submit = (event) => {
    event.preventDefault();
    onAsk();
  };
  return html`<form onSubmit=${submit} aria-label="Query">
    <${Target} draft=${draft} onChange=${onChange} />
    <${Ranking} draft=${draft} onChange=${onChange} contexts=${contexts} />
    <${FilterRows}
      text=${draft.filter}
      fields=${fields}
      onChange=${(/** @type {string} */ filter) => onChange({ filter })}
    />
    <details>
      <summary>More options</summary>
      <${MoreOptions} draft=${draft} onChange=${onChange} />
    </details>
    <div class="buttons"><button class="main" disabled=${isAsking}>Find</button></div>
  </form>`;
}

/** How the results are found and ranked. @param {{draft: Draft, onChange: Change, contexts: string[]}} properties */
const Ranking = ({ draft, onChange, contexts }) => html`
  <datalist id="query-contexts">${contexts.map((name) => html`<option value=${name} />`)}</datalist>
  <div class="options">
    <${Option} hint="States are projected on it: a score is √weight · cosine. Without one it is the cosine.">
      <label>
        Context
        <input
          list="query-contexts"
          value=${draft.context}
          onInput=${typed((context) => onChange({ context }))}
          placeholder="technical"
        />
      </label>
    <//>
    <${NumberOption} label="Results" name="top_k" least=${1} most=${1_000} draft=${draft} onChange=${onChange} required
      hint="How many are returned at most (top_k)." />
    <${Option} hint="How candidates are found before they are scored.">
      <label>
        Mode
        <select value=${draft.mode} onChange=${typed((mode) => onChange({ mode }))}>
          ${MODES.map(([mode, name]) => html`<option value=${mode}>${name}</option>`)}
        </select>
      </label>
    <//>
    <${SwitchOption} label="Tunneling" name="tunneling" draft=${draft} onChange=${onChange}
      hint="Ranks by a quantum walk among the candidates, which finds what is near along the data." />
  </div>
`;

/** @param {{draft: Draft, onChange: Change}} properties */
const MoreOptions = ({ draft, onChange }) => html`<div class="options">
  <${NumberOption} label="Shots" name="shots" least=${1} most=${100_000} placeholder="exact" draft=${draft}
    onChange=${onChange} hint="Samples the circuit as a quantum computer would; empty: exact probabilities." />
  <${NumberOption} label="Seed" name="seed" least=${0} most=${2 ** 31 - 1} placeholder="drawn" draft=${draft}
    onChange=${onChange} hint="Makes sampled scores repeatable; it needs shots." />
  <${NumberOption} label="Time limit (ms)" name="timeout_ms" least=${1} most=${60_000} draft=${draft}
    onChange=${onChange} hint="Of the whole query; after it the classical ranking is returned, with a warning." />
  <${SwitchOption} label="Require a circuit" name="require" isOff=${!isQuantum(draft)} draft=${draft}
    onChange=${onChange}
    hint=${"An error instead of a classical ranking if no circuit scored a result. " +
    "It needs a context, tunneling or shots."} />
  <${SwitchOption} label="Use the cache" name="cache" draft=${draft} onChange=${onChange}
    hint="An equal query on unchanged vectors is answered from memory." />
</div>`;

/** A field, and a sentence about it. @param {{hint: string, children?: any}} properties */
const Option = ({ hint, children }) => html`<div>
  ${children}
  <p class="hint">${hint}</p>
</div>`;

/**
 * @param {{label: string, hint: string, name: "top_k" | "shots" | "seed" | "timeout_ms", least: number, most: number,
 *     placeholder?: string, required?: boolean, draft: Draft, onChange: Change}} properties
 */
const NumberOption = ({ label, hint, name, least, most, placeholder, required, draft, onChange }) => html`
  <${Option} hint=${hint}>
    <label>
      ${label}
      <input
        type="number"
        min=${least}
        max=${most}
        required=${required}
        placeholder=${placeholder}
        value=${draft[name]}
        onInput=${typed((text) => onChange({ [name]: text }))}
      />
    </label>
  <//>
`;

/**
 * @param {{label: string, hint: string, name: "tunneling" | "require" | "cache", isOff?: boolean, draft: Draft,
 *     onChange: Change}} properties
 */
const SwitchOption = ({ label, hint, name, isOff, draft, onChange }) => html`
  <${Option} hint=${hint}>
    <label class="row">
      <input
        type="checkbox"
        checked=${draft[name]}
        disabled=${isOff}
        onChange=${(/** @type {any} */ event) => onChange({ [name]: event.target.checked })}
      />
      ${label}
    </label>
  <//>
`;

/**
 * What is looked for.
 *
 * @param {{draft: Draft, onChange: Change}} properties
 */
const Target = ({ draft, onChange }) => html`
  <fieldset class="ways">
    <legend class="visually-hidden">Look for what is near</legend>
    <label class="row">
      <input type="radio" name="by" checked=${draft.by === "vector"} onChange=${() => onChange({ by: "vector" })} />
      these numbers</label
    >
    <label class="row">
      <input type="radio" name="by" checked=${draft.by === "id"} onChange=${() => onChange({ by: "id" })} /> a stored
      vector</label
    >
  </fieldset>
  ${
    draft.by === "vector"
      ? html`<label class="block">
          Numbers, typed or pasted from a notebook
          <textarea
            rows="2"
            required
            spellcheck="false"
            placeholder="[1, 0, 0]"
            value=${draft.vector}
            onInput=${typed((vector) => onChange({ vector }))}
          />
        </label>`
      : html`<label class="block">
          Id of the vector
          <input
            required
            maxlength="256"
            value=${draft.id}
            onInput=${typed((id) => onChange({ id }))}
          />
        </label>`
  }
`;
