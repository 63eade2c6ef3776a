// Forms that store vectors: one by its fields, several as JSON, many as a file.

import { send, withQuery } from "../../api/calls.js";
import { useAction } from "../../shared/hooks.js";
import { ErrorNote } from "../../shared/notes.js";
import { Link } from "../../shared/router.js";
import { typed } from "../../shared/stored.js";
import { fromJson } from "../../text/json.js";
import { html, useState } from "../../vendor/preact.js";
import { ImportForm } from "./import_form.js";
import { numbersOf } from "./numbers.js";
import { pageOf } from "./parts.js";

const WAYS = [
  { name: "one", label: "One vector" },
  { name: "json", label: "JSON" },
  { name: "file", label: "A file" },
];

/**
 * @param {{onDone: () => void, onImport: (job: string) => void}} properties `onDone` is called when vectors were
 *     stored, `onImport` with the id of an import's job
 */
export function AddVectors({ onDone, onImport }) {
  const [way, setWay] = useState("one");
  return html`<section class="panel add" aria-label="Insert vectors">
    <fieldset class="ways">
      <legend class="visually-hidden">What to insert</legend>
      ${WAYS.map(
        ({ name, label }) =>
          html`<label class="row">
            <input type="radio" name="way" checked=${way === name} onChange=${() => setWay(name)} /> ${label}
          </label>`,
      )}
    </fieldset>
    ${way === "one" && html`<${OneForm} onDone=${onDone} />`}
    ${way === "json" && html`<${JsonForm} onDone=${onDone} />`}
    ${way === "file" && html`<${ImportForm} onImport=${onImport} />`}
  </section>`;
}

/** @param {string} text @param {string} name what it is, for the error */
export function objectOf(text, name) {
  if (!text.trim()) return {};
  let value;
  try {
    value = fromJson(text);
  } catch (error) {
    if (error instanceof RangeError) throw error;
    throw new Error(`${name}: this is not JSON. ${/** @type {Error} */ (error).message}`);
  }
  if (!value || typeof value !== "object" || Array.isArray(value)) {
    throw new Error(`${name}: this is no JSON object; write e.g. {"source": "arxiv"}`);
  }
  return value;
}

/** @typedef {{name: string, weight: string}} ContextRow a context as it was typed */

/** @type {ContextRow} */
const NEW_CONTEXT = { name: "", weight: "1" };

/** @param {{onDone: () => void}} properties */
function OneForm({ onDone }) {
  const [contexts, setContexts] = useState([NEW_CONTEXT]);
  const [stored, setStored] = useState("");
  const { run, isRunning, error } = useAction(async (/** @type {HTMLFormElement} */ form) => {
    setStored("");
    const given = Object.fromEntries(new FormData(form));
    const path = withQuery("/v2/vectors", { upsert: given.upsert ? true : "" });
    const answer = await send("POST", path, vectorOf(given, contexts));
    form.reset();
    setContexts([NEW_CONTEXT]);
    setStored(answer.id);
    onDone();
  });
  return html`<form onSubmit=${(/** @type {any} */ event) => (event.preventDefault(), void run(event.target))}>
    <div class="fields">
      <label> Id <input name="id" required maxlength="256" placeholder="doc_123" /> </label>
      <label> Coherent for (ms, empty: without end) <input name="coherence" type="number" min="0" step="any" /> </label>
    </div>
    <label class="block">
      Numbers, as a notebook prints them
      <textarea name="vector" required rows="3" spellcheck="false" placeholder="[0.9, 0.1, 0.2]"></textarea>
    </label>
    <${ContextRows} rows=${contexts} onChange=${setContexts} />
    <label class="block">
      Metadata (JSON)
      <textarea name="metadata" rows="2" spellcheck="false" placeholder='{"source": "arxiv", "year": 2024}'></textarea>
    </label>
    <label class="row"> <input type="checkbox" name="upsert" /> Replace the vector if it exists</label>
    <${ErrorNote} error=${error} />
    <div class="buttons">
      <button class="main" disabled=${isRunning}>Store</button>
      <span role="status">${stored && html`Stored: <${Link} to=${pageOf(stored)}>${stored}<//>`}</span>
    </div>
  </form>`;
}

/**
 * Return the body of POST /v2/vectors.
 *
 * @param {Record<string, any>} given the fields of the form
 * @param {ContextRow[]} contexts
 * @throws {Error} the numbers or the metadata cannot be read
 */
function vectorOf(given, contexts) {
  const named = contexts.filter(({ name }) => name.trim());
  return {
    id: given.id,
    vector: numbersOf(given.vector),
    contexts: named.map(({ name, weight }) => ({ name: name.trim(), weight: Number(weight) })),
    metadata: objectOf(given.metadata, "Metadata"),
    ...(given.coherence ? { coherence_time_ms: Number(given.coherence) } : {}),
  };
}

/** @param {{rows: ContextRow[], onChange: (rows: ContextRow[]) => void}} properties */
function ContextRows({ rows, onChange }) {
  /** @param {number} at @param {Partial<ContextRow>} changes */
  const change = (at, changes) => onChange(rows.map((each, i) => (i === at ? { ...each, ...changes } : each)));
  return html`<fieldset class="filter">
    <legend>Contexts (up to 8)</legend>
    ${rows.map(
      ({ name, weight }, at) =>
        html`<div class="filter-row" role="group" aria-label=${`Context ${at + 1}`}>
          <input
            aria-label="Name"
            placeholder="technical"
            value=${name}
            onInput=${typed((text) => change(at, { name: text }))}
          />
          <input
            aria-label="Weight"
            type="number"
            min="0"
            step="any"
            value=${weight}
            onInput=${typed((text) => change(at, { weight: text }))}
          />
          <button
            type="button"
            class="quiet"
            onClick=${() => onChange(rows.filter((_, i) => i !== at))}
            aria-label=${`Remove context ${at + 1}`}
          >
            Remove
          </button>
        </div>`,
    )}
    <button type="button" onClick=${() => onChange([...rows, NEW_CONTEXT])}>Add a context</button>
    <p class="hint">A query in a context scores √weight · cosine; weights count by their share of their sum.</p>
  </fieldset>`;
}

/** Return the vectors of a text: one object, a list, `{"vectors": […]}`, or an object a line. @param {string} text */
function vectorsOf(text) {
  try {
    const value = fromJson(text);
    return Array.isArray(value) ? value : Array.isArray(value?.vectors) ? value.vectors : [value];
  } catch (whole) {
    if (whole instanceof RangeError) throw whole;
    const lines = text.split("\n").filter((each) => each.trim());
    try {
      if (lines.length > 1) return lines.map(fromJson);
    } catch (error) {
      if (error instanceof RangeError) throw error;
      // the error of the whole text is the one that helps
    }
    throw new Error(`This is not JSON. ${/** @type {Error} */ (whole).message}`);
  }
}

/** @param {{onDone: () => void}} properties */
function JsonForm({ onDone }) {
  const [stored, setStored] = useState(0);
  const { run, isRunning, error } = useAction(async (/** @type {HTMLFormElement} */ form) => {
    setStored(0);
    const given = Object.fromEntries(new FormData(form));
    const path = withQuery("/v2/vectors/batch", { upsert: given.upsert ? true : "" });
    const answer = await send("POST", path, { vectors: vectorsOf(String(given.json)) });
    setStored(answer.inserted);
    onDone();
  });
  return html`<form onSubmit=${(/** @type {any} */ event) => (event.preventDefault(), void run(event.target))}>
    <label class="block">
      One vector, a list of them, or one a line
      <textarea
        name="json"
        required
        rows="8"
        spellcheck="false"
        placeholder='{"id": "doc_123", "vector": [0.1, 0.2, 0.3], "metadata": {"source": "arxiv"}}'
      ></textarea>
    </label>
    <p class="hint">All of them are stored, or none. The members are those of <code>POST /v2/vectors</code>.</p>
    <label class="row"> <input type="checkbox" name="upsert" /> Replace vectors that exist</label>
    <${ErrorNote} error=${error} />
    <div class="buttons">
      <button class="main" disabled=${isRunning}>Store</button>
      <span role="status">${stored > 0 && `Stored: ${stored}`}</span>
    </div>
  </form>`;
}
