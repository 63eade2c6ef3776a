// Where the events of a circuit stand: x by the layer, y by the qubit.

import { formOf, parametersOf } from "./gate_symbols.js";

/** An event of the graph. @typedef {{id: number, type: string, gate: string | null, qubits: number[] | null,
 *     timestamp: number}} GraphNode */

/** @typedef {{source: number, target: number, relation: string, qubits?: number[]}} GraphEdge */

/**
 * A drawn event: `rows` are those of its qubits in their order, `low` to `high` what it spans; both are -1 if it
 * acts on no qubit. `width` is that of its box with what must stay free beside it, at zoom 1.
 *
 * @typedef {{node: GraphNode, column: number, width: number, rows: number[], low: number, high: number,
 *     form: import("./gate_symbols.js").Form | null}} Placed
 */

/**
 * `x` is where each column begins, `events` are in the order of columns, and `first` says where those of a column
 * begin. `placed` has them by id; START and END are not drawn as events and have none. `dependencies` are those of
 * each row, in the order of their sources.
 *
 * @typedef {{wires: number[], nameOf: (qubit: number) => string, x: Float64Array, width: number,
 *     events: Placed[], first: Int32Array, placed: (Placed | undefined)[], dependencies: [number, number][][],
 *     hasGlobal: boolean}} Layout
 */

/** Return how a qubit of a program is called. @param {number} qubit */
export const ofProgram = (qubit) => `q[${qubit}]`;

/** Return how a qubit of a device is called, as in OpenQASM 3. @param {number} qubit */
export const ofDevice = (qubit) => `$${qubit}`;

/** Pixels at zoom 1. */
const COLUMN = 50;
const CHARACTER = 8;
const SMALL_CHARACTER = 5.2;
const PADDING = 22;
const SMALL_PADDING = 16;

/** Conditions and parameters are cut to so many characters. */
export const MAX_SMALL = 18;

const WIDE = /** @type {Record<string, number>} */ ({ U: 84, U2: 66, U3: 84, CU: 100, CU3: 84, DELAY: 66, R: 66 });

/**
 * Lay a circuit out.
 *
 * The layer of an event is the length of the longest path of QUBIT_DEP edges to it; an event under a condition
 * also stands behind the measurements that it reads. Events of one layer whose wires overlap stand in columns side
 * by side, so that no line crosses the box of another gate.
 *
 * @param {GraphNode[]} nodes in program order; the id is the position
 * @param {GraphEdge[]} edges in the order of their sources
 * @param {number[]} wires the qubits in the order of their wires
 * @param {import("./gate_symbols.js").Details[]} details what is known of the events by now; it widens columns
 * @param {(qubit: number) => string} [nameOf] how qubits are called
 * @returns {Layout}
 */
export function layoutOf(nodes, edges, wires, details, nameOf = ofProgram) {
  const rowOf = new Map(wires.map((qubit, row) => [qubit, row]));
  const layers = layersOf(nodes, edges, details);
  const byLayer = /** @type {Placed[][]} */ ([]);
  const placed = /** @type {(Placed | undefined)[]} */ (new Array(nodes.length));
  for (const node of nodes) {
    const rows = (node.qubits ?? []).map((qubit) => rowOf.get(qubit) ?? 0);
    if (!rows.length && node.type !== "GATE") continue;
    const form = node.type === "GATE" ? formOf(node.gate ?? "", rows.length) : null;
    const [low, high] = rows.length ? [Math.min(...rows), Math.max(...rows)] : [-1, -1];
    const event = (placed[node.id] = { node, column: 0, width: COLUMN, rows, low, high, form });
    (byLayer[layers[node.id]] ??= []).push(event);
  }
  const { events, columns } = inColumns(byLayer);
  const { x, first, width } = measured(events, columns, details);
  const dependencies = dependenciesOf(edges, wires.length, rowOf);
  const hasGlobal = events.some((each) => each.low < 0);
  return { wires, nameOf, x, width, events, first, placed, dependencies, hasGlobal };
}

/**
 * Return the layer of each event.
 *
 * @param {GraphNode[]} nodes @param {GraphEdge[]} edges
 * @param {import("./gate_symbols.js").Details[]} details
 */
function layersOf(nodes, edges, details) {
  const layers = new Int32Array(nodes.length);
  const [written, touched] = [/** @type {number[]} */ ([]), /** @type {number[]} */ ([])];
  let [edge, phase] = [0, -1];
  nodes.forEach(({ type, qubits }, id) => {
    const { read, write } = bitsOf(details[id]);
    for (const bit of read) layers[id] = Math.max(layers[id], (written[bit] ?? -1) + 1);
    for (const bit of write) layers[id] = Math.max(layers[id], (touched[bit] ?? -1) + 1);
    if (type === "GATE" && !qubits?.length) phase = layers[id] = Math.max(phase + 1, id ? layers[id - 1] : 0);
    for (const bit of read) touched[bit] = Math.max(touched[bit] ?? -1, layers[id]);
    for (const bit of write) touched[bit] = written[bit] = layers[id];
    for (; edge < edges.length && edges[edge].source === id; edge++) {
      const { target, relation } = edges[edge];
      if (relation === "QUBIT_DEP") layers[target] = Math.max(layers[target], layers[id] + 1);
    }
  });
  return layers;
}

/**
 * Return the classical bits that an event reads and writes.
 *
 * @param {import("./gate_symbols.js").Details | undefined} details
 */
function bitsOf(details) {
  const { condition, classical_bits: write = [] } = details ?? {};
  const terms = (condition?.terms ?? []).flatMap((term) => term.classical_bits);
  return { read: [...terms, ...(condition?.classical_bits ?? [])], write };
}

/** Give each event its column. @param {Placed[][]} byLayer */
function inColumns(byLayer) {
  const events = /** @type {Placed[]} */ ([]);
  let columns = 0;
  for (const layer of byLayer) {
    const taken = /** @type {Placed[][]} */ ([]);
    for (const event of layer ?? []) {
      let at = taken.findIndex((others) => others.every((other) => event.high < other.low || event.low > other.high));
      if (at < 0) at = taken.push([]) - 1;
      taken[at].push(event);
      event.column = columns + at;
    }
    for (const column of taken) events.push(...column);
    columns += taken.length;
  }
  return { events, columns };
}

/**
 * @param {Placed[]} events @param {number} columns
 * @param {import("./gate_symbols.js").Details[]} details
 */
function measured(events, columns, details) {
  const x = new Float64Array(columns + 1);
  const first = new Int32Array(columns + 1).fill(events.length);
  const widths = new Float64Array(columns);
  for (let at = events.length - 1; at >= 0; at--) {
    const event = events[at];
    const { column, form, node } = event;
    first[column] = at;
    const named = (form?.label.length ?? 0) * CHARACTER + PADDING;
    const numbered = form?.target === "box" && form.qubits > 1 && !form.controls ? PADDING : 0;
    const reserved = form && Object.hasOwn(WIDE, node.gate ?? "") ? WIDE[node.gate ?? ""] : 0;
    event.width = Math.max(COLUMN, named + numbered, reserved, small(parametersOf(details[node.id]).length));
    const condition = details[node.id]?.condition;
    const noted = condition ? small(condition.text.length + 3) : 0;
    widths[column] = Math.max(widths[column], event.width, noted);
  }
  for (let column = 0; column < columns; column++) x[column + 1] = x[column] + widths[column];
  return { x, first, width: x[columns] };
}

/** Return how wide a small text is, at zoom 1. @param {number} characters */
const small = (characters) => (characters ? Math.min(characters, MAX_SMALL) * SMALL_CHARACTER + SMALL_PADDING : 0);

/** @param {GraphEdge[]} edges @param {number} rows @param {Map<number, number>} rowOf */
function dependenciesOf(edges, rows, rowOf) {
  const found = Array.from({ length: rows }, () => /** @type {[number, number][]} */ ([]));
  for (const { source, target, relation, qubits } of edges) {
    if (relation !== "QUBIT_DEP") continue;
    for (const qubit of qubits ?? []) found[rowOf.get(qubit) ?? 0].push([source, target]);
  }
  return found;
}

/** Return the column that holds a position. @param {Layout} layout @param {number} position pixels at zoom 1 */
export function columnAt({ x }, position) {
  let [low, high] = [0, Math.max(0, x.length - 2)];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (x[middle] <= position) low = middle;
    else high = middle - 1;
  }
  return low;
}
