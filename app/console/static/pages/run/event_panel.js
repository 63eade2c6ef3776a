// The event that was chosen: what it is, what influenced it, what it influences, and runs that do the same.

import { get, send, withQuery } from "../../api/calls.js";
import { isOpenControl, parametersOf } from "../../drawings/gate_symbols.js";
import { useAction } from "../../shared/hooks.js";
import { ErrorNote } from "../../shared/notes.js";
import { Link } from "../../shared/router.js";
import { time } from "../../text/format.js";
import { html, useEffect, useState } from "../../vendor/preact.js";
import { nameOf, qubitsOf, rolesOf } from "./sentences.js";

/**
 * Which events stay bright: the past or the future of the event, or the critical path.
 *
 * @typedef {"past" | "future" | "path" | ""} Shown
 */

/**
 * Load the ids of the events that stay bright.
 *
 * @param {string} id of the execution @param {Shown} shown @param {number | null} eventId
 * @returns {{ids: Set<number> | null, text: string, error: Error | null}}
 */
export function useHighlighted(id, shown, eventId) {
  const needsEvent = shown === "past" || shown === "future";
  const path = !shown || (needsEvent && eventId === null) ? null
    : shown === "path" ? `/api/executions/${id}/graph/critical-path`
    : withQuery(`/api/executions/${id}/graph/cone`, { event_id: eventId, direction: shown });
  const none = { path, ids: null, text: "", error: null };
  const [state, setState] = useState(/** @type {any} */ (none));
  useEffect(() => {
    if (path === null) return undefined;
    const stop = new AbortController();
    get(path, stop.signal).then(
      (found) => setState({ ...none, ...(shown === "path" ? ofPath(found) : ofCone(found)) }),
      (error) => stop.signal.aborted || setState({ ...none, error }),
    );
    return () => stop.abort();
  }, [path]);
  return state.path === path ? state : none;
}

/** @param {any} found the answer of the critical path */
const ofPath = ({ path, depth }) => ({
  ids: new Set(path.map((/** @type {any} */ node) => node.id)),
  text: `A longest chain of events, each of which needs the one before. The circuit has ${depth} layers.`,
});

/** @param {any} found the answer of a cone */
const ofCone = ({ event_ids: ids, event_id: of, direction, qubits }) => ({
  ids: new Set([...ids, of]),
  text: `${ids.length} events ${direction === "past" ? "can have influenced" : "can be influenced by"} step ${of}` +
    `${qubits.length ? `, on ${qubitsOf(qubits)}` : ""}.`,
});

/**
 * @param {{node: import("../../drawings/circuit_layout.js").GraphNode,
 *     details: import("../../drawings/gate_symbols.js").Details | undefined, before: any, shown: Shown,
 *     onShow: (shown: Shown) => void, onStep: () => void, onClose: () => void}} properties `before`: the event before
 *     it on its first qubit, if there is one
 */
export function EventPanel({ node, details, before, shown, onShow, onStep, onClose }) {
  const cone = (/** @type {Shown} */ which, /** @type {string} */ words) => html`
    <button aria-pressed=${shown === which} onClick=${() => onShow(shown === which ? "" : which)}>${words}</button>
  `;
  return html`
    <section class="panel" aria-label="Chosen event">
      <h2>Event ${node.id}: ${nameOf(node)}</h2>
      <dl class="facts">
        ${factsOf(node, details).map(([term, text]) => html`<dt>${term}</dt><dd>${text}</dd>`)}
      </dl>
      <div class="buttons">
        <button onClick=${onStep}>Show the state after it</button>
        ${cone("past", "What influenced it")}
        ${cone("future", "What it influences")}
        <button class="quiet" onClick=${onClose}>Close</button>
      </div>
      ${node.gate && before?.gate && html`<${SameSequence} key=${node.id} before=${before} node=${node} />`}
    </section>
  `;
}

/**
 * Return what there is to say about an event: terms and texts.
 *
 * @param {import("../../drawings/circuit_layout.js").GraphNode} node
 * @param {import("../../drawings/gate_symbols.js").Details | undefined} details
 */
function factsOf(node, details) {
  const { controls, targets } = rolesOf(node);
  const { parameters, unit, classical_bits: bits, control_state: state, condition, source } = details ?? {};
  const facts = /** @type {[string, string][]} */ ([]);
  if (controls.length) facts.push(["Controls", controls.map((qubit, at) => controlOf(qubit, at, details)).join(", ")]);
  if (targets.length) facts.push([controls.length ? "Target" : "Qubits", qubitsOf(targets)]);
  if (state !== undefined && !controls.length) facts.push(["Control state", String(state)]);
  if (parameters) facts.push(["Parameters", parametersOf(details)]);
  if (parameters && !unit) facts.push(["In radians", parameters.join(", ")]);
  if (bits) facts.push(["Classical bit", bits.map((bit) => `c${bit}`).join(", ")]);
  if (condition) facts.push(["Only if", condition.text]);
  if (source) facts.push(["Program", `line ${source.line}, column ${source.column}`]);
  for (const { name, line } of source?.call ?? []) facts.push(["In", `${name}, called at line ${line}`]);
  return facts;
}

/**
 * @param {number} qubit
 * @param {number} at
 * @param {import("../../drawings/gate_symbols.js").Details | undefined} details
 */
const controlOf = (qubit, at, details) => `q[${qubit}]${isOpenControl(details, at) ? " on |0⟩" : ""}`;

/** Other runs with the same two gates, one after the other on a qubit. @param {{before: any, node: any}} properties */
function SameSequence({ before, node }) {
  const [found, setFound] = useState(/** @type {any} */ (null));
  const { run, isRunning, error } = useAction(async () => {
    const nodes = [{ id: "a", gate: before.gate }, { id: "b", gate: node.gate }];
    setFound(await send("POST", "/api/graph/search", { nodes, edges: [{ source: "a", target: "b" }], limit: 10 }));
  });
  return html`
    <button disabled=${isRunning} onClick=${run}>Runs with ${before.gate} and then ${node.gate} on a qubit</button>
    <${ErrorNote} error=${error} />
    ${found &&
    html`<ul>
      ${found.results.map(
        (/** @type {any} */ each) => html`<li>
          <${Link} to=${`/runs/${each.execution_id}?event=${each.match.b}`}>${each.circuit_name}<//>
          ${" "}${time(each.created_at)}
        </li>`,
      )}
      ${!found.results.length && html`<li>${found.timed_out ? "Time ran out." : "No stored graph has it."}</li>`}
      ${found.truncated && html`<li>There are more.</li>`}
    </ul>`}
  `;
}
