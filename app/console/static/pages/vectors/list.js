// The table of vectors; one can be deleted.

import { send } from "../../api/calls.js";
import { Table } from "../../shared/lists.js";
import { Question } from "../../shared/question.js";
import { Link } from "../../shared/router.js";
import { time } from "../../text/format.js";
import { toJson } from "../../text/json.js";
import { html, useState } from "../../vendor/preact.js";
import { Contexts, line, pageOf } from "./parts.js";

const HEAD = ["Id", "Contexts", "Metadata", "State", "Changed", "Query", "Delete"];

/** Return in a word whether the state of a vector is coherent. @param {any} state */
export const coherence = (state) => (state?.coherent ? "coherent" : "no longer coherent");

/** Return contexts with their weights as text. @param {{name: string, weight: number}[]} contexts */
const weightsOf = (contexts) => contexts.map(({ name, weight }) => `${name} ${weight}`).join(", ");

/** @param {{rows: any[], canDelete: boolean, onDeleted: () => void}} properties */
export function VectorList({ rows, canDelete, onDeleted }) {
  const [doomed, setDoomed] = useState("");
  return html`
    <${Table} label="Vectors" head=${canDelete ? HEAD : HEAD.slice(0, -1)}>
      ${rows.map(
        (row) =>
          html`<tr key=${row.id}>
            <td class="clipped" title=${row.id}><${Link} to=${pageOf(row.id)}>${row.id}<//></td>
            <td class="tagged" title=${weightsOf(row.contexts)}><${Contexts} contexts=${row.contexts} /></td>
            <td class="rest" title=${toJson(row.metadata)}><code>${line(row.metadata)}</code></td>
            <td>${coherence(row.quantum_state)}</td>
            <td>${time(row.updated_at)}</td>
            <td>
              <${Link}
                to=${`/vectors/query?id=${encodeURIComponent(row.id)}`}
                aria-label=${`Find what is like this: ${row.id}`}
                >like this<//
              >
            </td>
            ${
              canDelete &&
              html`<td>
                <button class="quiet" aria-label=${`Delete ${row.id}`} onClick=${() => setDoomed(row.id)}>
                  Delete
                </button>
              </td>`
            }
          </tr>`,
      )}
    <//>
    ${doomed && html`<${DeleteQuestion} id=${doomed} onDeleted=${onDeleted} onClose=${() => setDoomed("")} />`}
  `;
}

/** @param {{id: string, onDeleted: () => void, onClose: () => void}} properties */
export const DeleteQuestion = ({ id, onDeleted, onClose }) => html`
  <${Question}
    title=${`Delete the vector ${id}?`}
    yes="Delete it"
    onYes=${async () => {
      await send("DELETE", `/v2/vectors/${encodeURIComponent(id)}`);
      onDeleted();
    }}
    onClose=${onClose}
  >
    <p>Its numbers, contexts and metadata are removed for good, and it leaves its entangled groups.</p>
  <//>
`;
