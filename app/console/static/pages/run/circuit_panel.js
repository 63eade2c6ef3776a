// The circuit of a run with the replay's slider below it, and what can be switched on in the drawing.

import { layoutOf } from "../../drawings/circuit_layout.js";
import { ErrorNote } from "../../shared/notes.js";
import { html, useMemo, useState } from "../../vendor/preact.js";
import { CircuitView } from "./circuit_view.js";
import { ReplayBar, replayKeys } from "./replay.js";
import { sentenceOf } from "./sentences.js";
import { useZoom, ZoomButtons } from "./zoom.js";

/** What is switched on in the drawing. @typedef {{isReversed: boolean, hasNext: boolean,
 *     hasDependencies: boolean}} View */

const FIRST_VIEW = { isReversed: false, hasNext: false, hasDependencies: false };

/**
 * @param {{run: any, replay: import("./replay.js").Replay,
 *     details: import("../../drawings/gate_symbols.js").Details[], turn: number,
 *     chosen: import("./run.js").Chosen, fidelity: any,
 *     highlighted: {ids: Set<number> | null, text: string, error: any}}} properties `fidelity`: the answer, or null
 */
export function CircuitPanel({ run, replay, details, turn, chosen, highlighted, fidelity }) {
  const { nodes, edges } = run.graph;
  const layout = useMemo(() => layoutOf(nodes, edges, [...Array(run.num_qubits).keys()], details), [nodes, turn]);
  const losses = useMemo(() => lossesOf(fidelity), [fidelity]);
  const [view, setView] = useState(/** @type {View} */ (FIRST_VIEW));
  const zoom = useZoom();
  const said = sentenceOf(nodes[replay.step], details[replay.step]);
  return html`
    <section aria-label="Circuit and replay" onKeyDown=${replayKeys(replay)}>
      <${Tools} view=${view} onChange=${setView} zoom=${zoom} chosen=${chosen} />
      <${CircuitView}
        layout=${layout} details=${details} detailsTurn=${turn} step=${replay.step} selected=${chosen.event}
        highlighted=${highlighted.ids} losses=${losses} ...${view} zoom=${zoom.scale}
        onSelect=${chosen.choose} onZoom=${zoom.change} name="Circuit"
        label=${`Circuit of ${run.num_qubits} qubits with ${nodes.length} events, the same as in the table of events`}
      />
      <${ReplayBar} replay=${replay} said=${said} />
      <p class="hint" id="circuit-keys">
        Click an event, or go to it with the arrow keys and press Enter. <kbd>p</kbd> plays, <kbd>,</kbd> and${" "}
        <kbd>.</kbd> step, <kbd>+</kbd> and <kbd>−</kbd> zoom. Filled events are done.
        ${losses && html` <span class="loss-mark" aria-hidden="true" /> marks where noise took fidelity.`}
      </p>
      ${highlighted.text &&
      html`<p role="status">
        ${highlighted.text} <button class="quiet" onClick=${() => chosen.show("")}>Show all again</button>
      </p>`}
      <${ErrorNote} error=${highlighted.error} />
    </section>
  `;
}

/**
 * @param {{view: View, onChange: (view: View) => void, zoom: import("./zoom.js").Zoom,
 *     chosen: import("./run.js").Chosen}} properties
 */
function Tools({ view, onChange, zoom, chosen }) {
  const isPath = chosen.shown === "path";
  /** @param {keyof View} name */
  const set = (name) => (/** @type {boolean} */ value) => onChange({ ...view, [name]: value });
  return html`<div class="buttons circuit-tools">
    <${ZoomButtons} zoom=${zoom} />
    <${Switch} label="q[0] at the bottom" value=${view.isReversed} onChange=${set("isReversed")} />
    <${Switch} label="Program order (NEXT)" value=${view.hasNext} onChange=${set("hasNext")} />
    <${Switch} label="Dependencies (QUBIT_DEP)" value=${view.hasDependencies} onChange=${set("hasDependencies")} />
    <button aria-pressed=${isPath} onClick=${() => chosen.show(isPath ? "" : "path")}>Critical path</button>
  </div>`;
}

/** @param {{label: string, value: boolean, onChange: (value: boolean) => void}} properties */
const Switch = ({ label, value, onChange }) => html`
  <label class="row">
    <input type="checkbox" checked=${value} onChange=${() => onChange(!value)} /> ${label}
  </label>
`;

/** Return what each step took from the fidelity. @param {any} fidelity */
function lossesOf(fidelity) {
  if (!fidelity) return null;
  return new Map(fidelity.steps.map((/** @type {any} */ each) => [each.step, each.loss]));
}
