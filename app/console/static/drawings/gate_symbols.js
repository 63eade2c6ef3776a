// How a gate is drawn: which of its qubits are controls, what stands on its targets, and its label.

import { number, radians } from "../text/format.js";

/** What stands on the targets of a gate. @typedef {"box" | "plus" | "dot" | "cross"} Target */

/** @typedef {{controls: number, target: Target, label: string, qubits: number}} Form */

/** @param {number} controls @param {number} targets @param {Target} target @param {string} [label] @returns {Form} */
const form = (controls, targets, target, label = "") => ({ controls, target, label, qubits: controls + targets });

/**
 * Qiskit's standard gates that are not drawn as a box with their name over all their qubits. Events have the names
 * of standard gates in upper case; the number of qubits must fit too, since a program may name its gates as it likes.
 *
 * @type {Record<string, Form>}
 */
const FORMS = {
  CX: form(1, 1, "plus"),
  CCX: form(2, 1, "plus"),
  C3X: form(3, 1, "plus"),
  C4X: form(4, 1, "plus"),
  CZ: form(1, 1, "dot"),
  CCZ: form(2, 1, "dot"),
  CY: form(1, 1, "box", "Y"),
  CH: form(1, 1, "box", "H"),
  CP: form(1, 1, "box", "P"),
  CU1: form(1, 1, "box", "U1"),
  CU3: form(1, 1, "box", "U3"),
  CU: form(1, 1, "box", "U"),
  CRX: form(1, 1, "box", "RX"),
  CRY: form(1, 1, "box", "RY"),
  CRZ: form(1, 1, "box", "RZ"),
  CS: form(1, 1, "box", "S"),
  CSDG: form(1, 1, "box", "S†"),
  CSX: form(1, 1, "box", "√X"),
  C3SX: form(3, 1, "box", "√X"),
  SWAP: form(0, 2, "cross"),
  CSWAP: form(1, 2, "cross"),
  SX: form(0, 1, "box", "√X"),
  SXDG: form(0, 1, "box", "√X†"),
  SDG: form(0, 1, "box", "S†"),
  TDG: form(0, 1, "box", "T†"),
  ID: form(0, 1, "box", "I"),
  GLOBAL_PHASE: form(0, 0, "box", "phase"),
};

/** Gates whose last qubit is the target and whose others are controls, however many there are. */
const MANY_CONTROLS = /** @type {Record<string, [Target, string]>} */ ({ MCX: ["plus", ""], MCPHASE: ["box", "P"] });

/** Longest name that is drawn whole; the details show all of it. */
const MAX_LABEL = 14;

/**
 * Return how a gate is drawn.
 *
 * @param {string} name as events show it
 * @param {number} qubits how many qubits it acts on
 * @returns {Form}
 */
export function formOf(name, qubits) {
  const known = Object.hasOwn(FORMS, name) ? FORMS[name] : null;
  if (known?.qubits === qubits) return known;
  if (Object.hasOwn(MANY_CONTROLS, name) && qubits > 1) {
    return form(qubits - 1, 1, ...MANY_CONTROLS[name]);
  }
  return form(0, qubits, "box", shortened(name));
}

/** @param {string} text @param {number} [most] */
export const shortened = (text, most = MAX_LABEL) => (text.length > most ? `${text.slice(0, most - 1)}…` : text);

/** @typedef {{text: string, terms?: {classical_bits: number[]}[], classical_bits?: number[]}} Condition */

/** Details of an event that the graph leaves out. @typedef {{parameters?: number[], unit?: string,
 *     classical_bits?: number[], control_state?: number, condition?: Condition,
 *     source?: {line: number, column: number, call: {name: string, line: number, column: number}[]}}} Details */

/**
 * Return the parameters of an event: angles as multiples of π, durations with their unit.
 *
 * @param {Details | undefined} details
 */
export function parametersOf(details) {
  const { parameters = [], unit } = details ?? {};
  if (unit) return parameters.map((each) => `${number(each, 6)} ${unit === "us" ? "µs" : unit}`).join(", ");
  return parameters.map((each) => (each === 0 ? "0" : radians(each))).join(", ");
}

/** Whether the control of this index is on 0. @param {Details | undefined} details @param {number} index */
export const isOpenControl = (details, index) =>
  details?.control_state !== undefined && !(Math.floor(details.control_state / 2 ** index) % 2);
