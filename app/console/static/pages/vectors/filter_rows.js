// A filter of metadata as rows of field, operator and value, and as the JSON that is sent.

import { typed } from "../../shared/stored.js";
import { toJson } from "../../text/json.js";
import { html, useEffect, useRef, useState } from "../../vendor/preact.js";
import { filterOf, OPERATORS, rowsOf } from "./filter_text.js";

const EMPTY = { field: "", operator: "$eq", value: "" };

/** @typedef {import("./filter_text.js").Row} Row */

/**
 * The text of a filter, edited by rows or as JSON.
 *
 * @param {{text: string, onChange: (text: string) => void, fields: string[]}} properties `text` is JSON or "";
 *     `fields`: names to suggest
 */
export function FilterRows({ text, onChange, fields }) {
  const { rows, json, tell, change, add, write } = useFilter(text, onChange);
  const clear = () => {
    change([]);
    tell();
  };
  return html`<fieldset class="filter" onChange=${tell}>
    <legend>Filter</legend>
    <datalist id="filter-fields">${fields.map((field) => html`<option value=${field} />`)}</datalist>
    ${rows?.map(
      (row, at) =>
        html`<${FilterRow}
          row=${row}
          place=${at + 1}
          onEdit=${(/** @type {any} */ changes) =>
            change(rows.map((each, i) => (i === at ? { ...each, ...changes } : each)))}
          onRemove=${() => {
            change(rows.filter((_, i) => i !== at));
            tell();
          }}
        />`,
    )}
    ${rows === null && html`<p class="hint">This filter has parts that rows cannot show. Edit it as JSON.</p>`}
    <div class="buttons">
      ${rows && html`<button type="button" onClick=${add}>Add a condition</button>`}
      ${(json || rows?.length !== 0) && html`<button type="button" onClick=${clear}>Clear the filter</button>`}
    </div>
    <${AsJson} json=${json} onInput=${write} />
  </fieldset>`;
}

/**
 * The rows and the JSON of a filter. The text is told at the end of an entry: nothing is loaded, and nothing moves, at
 * each key.
 *
 * @param {string} text
 * @param {(text: string) => void} onChange
 */
function useFilter(text, onChange) {
  const [rows, setRows] = useState(() => rowsOf(text));
  const [json, setJson] = useState(text);
  const written = useRef(text);
  const told = useRef(text);
  useEffect(() => {
    if (text === told.current) return;
    written.current = told.current = text;
    setJson(text);
    setRows(rowsOf(text));
  }, [text]);
  /** @param {string} next @param {Row[] | null} nextRows */
  const show = (next, nextRows) => {
    written.current = next;
    setJson(next);
    setRows(nextRows);
  };
  /** @param {Row[]} next */
  const change = (next) => {
    const filter = filterOf(next);
    show(filter ? toJson(filter) : "", next);
  };
  const tell = () => {
    const next = written.current.trim();
    if (next === told.current) return;
    told.current = next;
    onChange(next);
  };
  const add = () => setRows([...(rows ?? []), EMPTY]);
  /** @param {string} next */
  const write = (next) => show(next, rowsOf(next));
  return { rows, json, tell, change, add, write };
}

/** @param {{json: string, onInput: (text: string) => void}} properties */
const AsJson = ({ json, onInput }) => html`<details>
  <summary>As JSON${json && html`: <code>${json}</code>`}</summary>
  <label>
    Filter as JSON
    <textarea rows="3" spellcheck="false" value=${json} onInput=${typed(onInput)} />
  </label>
  <p class="hint">
    All conditions must hold. <code>$and</code>, <code>$or</code> and <code>$not</code> join others; a name with a dot
    in it stands in brackets: <code>metadata["a.b"]</code>.
  </p>
</details>`;

/**
 * @param {{row: Row, place: number, onEdit: (changes: object) => void,
 *     onRemove: () => void}} properties
 */
function FilterRow({ row, place, onEdit, onRemove }) {
  const isList = row.operator === "$in" || row.operator === "$nin";
  /** @param {string} name */
  const set = (name) => (/** @type {any} */ event) => onEdit({ [name]: event.target.value });
  return html`<div class="filter-row" role="group" aria-label=${`Condition ${place}`}>
    <input
      aria-label="Field"
      list="filter-fields"
      placeholder="metadata.year"
      value=${row.field}
      onInput=${set("field")}
    />
    <select aria-label="Operator" value=${row.operator} onInput=${set("operator")}>
      ${OPERATORS.map(([operator, name]) => html`<option value=${operator}>${name}</option>`)}
    </select>
    ${
      row.operator === "$exists"
        ? html`<select aria-label="Value" value=${row.value === "false" ? "false" : "true"} onInput=${set("value")}>
            <option value="true">yes</option>
            <option value="false">no</option>
          </select>`
        : html`<input
            aria-label="Value"
            placeholder=${isList ? "arxiv, blog" : "2020"}
            title="Numbers, true, false and null are taken as such. Put a text that looks like one in quotes."
            value=${row.value}
            onInput=${set("value")}
          />`
    }
    <button type="button" class="quiet" aria-label=${`Remove condition ${place}`} onClick=${onRemove}>Remove</button>
  </div>`;
}
