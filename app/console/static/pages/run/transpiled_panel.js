// The circuit as it was transpiled for a device: what the device's noise acted on.

import { layoutOf, ofDevice } from "../../drawings/circuit_layout.js";
import { useLoaded } from "../../shared/hooks.js";
import { ErrorNote, Loading } from "../../shared/notes.js";
import { counted } from "../../text/format.js";
import { html, useMemo, useState } from "../../vendor/preact.js";
import { CircuitView } from "./circuit_view.js";
import { qubitsOf, sentenceOf } from "./sentences.js";
import { useZoom, ZoomButtons } from "./zoom.js";

/** @typedef {import("../../drawings/circuit_layout.js").GraphNode} GraphNode */

/** The API does not tell the parameters and bits of a transpiled circuit's events. */
const NO_DETAILS = /** @type {import("../../drawings/gate_symbols.js").Details[]} */ ([]);

/** @param {{id: string, device: string}} properties `id` of an execution on a device */
export function TranspiledPanel({ id, device }) {
  const { data, error, reload } = useLoaded(`/api/executions/${id}/graph?circuit=transpiled`);
  return html`<section class="panel" aria-label="Transpiled circuit">
    <h2>As transpiled for ${device}</h2>
    <${ErrorNote} error=${error} onRetry=${reload} />
    ${!data && !error && html`<${Loading} />`}
    ${data && html`<${Circuit} graph=${data} />`}
  </section>`;
}

/** @param {{graph: {nodes: GraphNode[], edges: any[]}}} properties */
function Circuit({ graph: { nodes, edges } }) {
  const wires = useMemo(() => qubitsIn(nodes), [nodes]);
  const layout = useMemo(() => layoutOf(nodes, edges, wires, NO_DETAILS, ofDevice), [nodes]);
  const zoom = useZoom();
  const [selected, setSelected] = useState(/** @type {number | null} */ (null));
  const gates = counted(nodes.filter(({ type }) => type === "GATE").length, "gate");
  return html`
    <p>
      ${gates} of the device on its qubits ${qubitsOf(wires, ofDevice)}. The angles are in the program as
      transpiled.
    </p>
    <div class="buttons circuit-tools">
      <${ZoomButtons} zoom=${zoom} />
      <span role="status">
        ${selected === null ? "" : sentenceOf(nodes[selected], undefined, ofDevice)}
      </span>
    </div>
    <${CircuitView}
      layout=${layout} details=${NO_DETAILS} detailsTurn=${0} step=${null} selected=${selected} highlighted=${null}
      losses=${null} hasNext=${false} hasDependencies=${false} isReversed=${false} zoom=${zoom.scale}
      onSelect=${setSelected} onZoom=${zoom.change} name="Transpiled circuit"
      label=${`Transpiled circuit of ${gates} on ${counted(wires.length, "qubit")}; its program is the text of it`}
    />
  `;
}

/** Return the qubits that events act on, by their numbers. @param {GraphNode[]} nodes */
const qubitsIn = (nodes) => [...new Set(nodes.flatMap(({ qubits }) => qubits ?? []))].sort((a, b) => a - b);
