// An event in words.

import { ofProgram } from "../../drawings/circuit_layout.js";
import { formOf, parametersOf } from "../../drawings/gate_symbols.js";

/** @typedef {import("../../drawings/circuit_layout.js").GraphNode} GraphNode */
/** @typedef {import("../../drawings/gate_symbols.js").Details} Details */

const NAMES = /** @type {Record<string, string>} */ ({
  EXECUTION_START: "start",
  EXECUTION_END: "end",
  MEASUREMENT: "measurement",
  RESET: "reset",
  BARRIER: "barrier",
});

/** Return what an event is called. @param {GraphNode} node */
export const nameOf = (node) => node.gate ?? NAMES[node.type] ?? node.type;

/** @param {number[]} qubits @param {(qubit: number) => string} [name] how qubits are called */
export const qubitsOf = (qubits, name = ofProgram) => qubits.map(name).join(", ");

/** Return which qubits of a gate are controls and which targets. @param {GraphNode} node */
export function rolesOf(node) {
  const qubits = node.qubits ?? [];
  const controls = node.type === "GATE" ? formOf(node.gate ?? "", qubits.length).controls : 0;
  return { controls: qubits.slice(0, controls), targets: qubits.slice(controls) };
}

/**
 * Return a sentence about an event.
 *
 * @param {GraphNode | undefined} node
 * @param {Details | undefined} details
 * @param {(qubit: number) => string} [name] how qubits are called
 */
export function sentenceOf(node, details, name) {
  if (!node) return "";
  const { controls, targets } = rolesOf(node);
  const parameters = parametersOf(details);
  const parts = [`Step ${node.id}: ${nameOf(node)}${parameters && `(${parameters})`}`];
  if (targets.length) parts.push(`on ${qubitsOf(targets, name)}`);
  if (controls.length) parts.push(`controlled by ${qubitsOf(controls, name)}`);
  if (details?.classical_bits) parts.push(`into ${details.classical_bits.map((bit) => `c${bit}`).join(", ")}`);
  if (details?.condition) parts.push(`if ${details.condition.text}`);
  return parts.join(" ");
}
