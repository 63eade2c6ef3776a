// The events of a run as a table, a part of them at a time.

import { parametersOf } from "../../drawings/gate_symbols.js";
import { ofNumbers, Table } from "../../shared/lists.js";
import { html, useEffect, useState } from "../../vendor/preact.js";
import { nameOf } from "./sentences.js";

const ROWS = 25;

/**
 * @param {{nodes: import("../../drawings/circuit_layout.js").GraphNode[],
 *     details: import("../../drawings/gate_symbols.js").Details[], selected: number | null, near: number,
 *     onSelect: (id: number) => void}} properties the table follows the event that is `near`
 */
export function EventsTable({ nodes, details, selected, near, onSelect }) {
  const [page, setPage] = useState(Math.floor(near / ROWS));
  const last = Math.floor((nodes.length - 1) / ROWS);
  useEffect(() => setPage(Math.floor(near / ROWS)), [near]);
  const shown = nodes.slice(page * ROWS, (page + 1) * ROWS);
  return html`
    <${Table} label="Events" head=${["Step", "Event", "Qubits", "Parameters", "Bits", "Only if", ofNumbers("Line")]}>
      ${shown.map((node) => html`<${Row} key=${node.id} node=${node} details=${details[node.id]}
        isSelected=${node.id === selected} onSelect=${onSelect} />`)}
    <//>
    <div class="pages">
      <span>${shown[0].id} to ${shown[shown.length - 1].id} of ${nodes.length} events</span>
      <button disabled=${!page} onClick=${() => setPage(0)}>First</button>
      <button disabled=${!page} onClick=${() => setPage(page - 1)}>Before</button>
      <button disabled=${page >= last} onClick=${() => setPage(page + 1)}>After</button>
      <button disabled=${page >= last} onClick=${() => setPage(last)}>Last</button>
    </div>
  `;
}

/** @param {any} properties */
function Row({ node, details, isSelected, onSelect }) {
  const choose = () => onSelect(node.id);
  return html`<tr aria-current=${isSelected ? "true" : undefined} class=${isSelected ? "chosen" : ""}>
    <td><button class="quiet" aria-label=${`Choose event ${node.id}`} onClick=${choose}>${node.id}</button></td>
    <td class="clipped">${nameOf(node)}</td>
    <td class="clipped" title=${(node.qubits ?? []).join(", ")}>${(node.qubits ?? []).join(", ")}</td>
    <td class="clipped">${parametersOf(details)}</td>
    <td>${(details?.classical_bits ?? []).join(", ")}</td>
    <td class="clipped" title=${details?.condition?.text ?? ""}>${details?.condition?.text ?? ""}</td>
    <td class="number">${details?.source?.line ?? ""}</td>
  </tr>`;
}
