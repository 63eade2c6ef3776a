// The steps of two runs beside each other, and what differs in each row.

/** @typedef {{id: number, type: string, gate: string | null, qubits: number[] | null}} Node an event of a run */
/** @typedef {"same" | "changed" | "only first" | "only second"} Kind */
/** @typedef {{a: Node | null, b: Node | null, kind: Kind}} Row */
/** @typedef {{parameters?: number[], classical_bits?: number[], unit?: string, control_state?: number,
 *     condition?: {text: string}}} Details what a node leaves out of its event */

/**
 * Return the rows of the alignment: the fewest changes that make the first run's steps into the second's.
 *
 * @param {any} compared the answer of GET /api/replay/compare/{a}/{b}
 * @returns {Row[]}
 */
export function alignedRows({ execution_a: first, execution_b: second, alignment }) {
  const [stepsA, stepsB] = [first.steps, second.steps];
  const deleted = new Set(alignment.deletions.map((/** @type {any} */ each) => each.step_a));
  const inserted = new Set(alignment.insertions.map((/** @type {any} */ each) => each.step_b));
  const replaced = new Set(alignment.replacements.map((/** @type {any} */ each) => each.step_a));
  /** @type {Row[]} */
  const rows = [];
  for (let [at, bt] = [0, 0]; at < stepsA.length || bt < stepsB.length; ) {
    if (deleted.has(at)) rows.push({ a: stepsA[at++], b: null, kind: "only first" });
    else if (inserted.has(bt)) rows.push({ a: null, b: stepsB[bt++], kind: "only second" });
    else rows.push({ kind: replaced.has(at) ? "changed" : "same", a: stepsA[at++] ?? null, b: stepsB[bt++] ?? null });
  }
  return rows;
}

/**
 * Return the rows by position: step k of the one beside step k of the other, whatever they are.
 *
 * @param {any} compared the answer of GET /api/replay/compare/{a}/{b}
 * @returns {Row[]}
 */
export function positionRows({ execution_a: first, execution_b: second, divergence_steps: divergences }) {
  const diverging = new Set(divergences.map((/** @type {any} */ each) => each.step));
  const length = Math.max(first.steps.length, second.steps.length);
  return Array.from({ length }, (_, step) => {
    const [a, b] = [first.steps[step] ?? null, second.steps[step] ?? null];
    /** @type {Kind} */
    const kind = !b ? "only first" : !a ? "only second" : diverging.has(step) ? "changed" : "same";
    return { a, b, kind };
  });
}

const TYPES = /** @type {Record<string, string>} */ ({
  EXECUTION_START: "start",
  EXECUTION_END: "end",
  MEASUREMENT: "measure",
  RESET: "reset",
  BARRIER: "barrier",
});

/** Return an event as people write it, e.g. `CX q[0], q[1]`. @param {Node} node */
export function eventText({ type, gate, qubits }) {
  return `${gate ?? TYPES[type] ?? type} ${qubitsText(qubits)}`.trim();
}

/** @param {number[] | null} qubits */
const qubitsText = (qubits) => (qubits ?? []).map((qubit) => `q[${qubit}]`).join(", ");

const NAMES = /** @type {[keyof Details, string][]} */ ([
  ["parameters", "parameters"],
  ["unit", "unit"],
  ["control_state", "control state"],
  ["classical_bits", "classical bits"],
  ["condition", "condition"],
]);

/**
 * Say what differs in a row, "" if nothing does.
 *
 * @param {Row} row
 * @param {Details | undefined} detailsA
 * @param {Details | undefined} detailsB
 */
export function difference({ a, b, kind }, detailsA, detailsB) {
  if (kind === "same") return "";
  if (!b) return "only the first run has this step";
  if (!a) return "only the second run has this step";
  const found = [];
  if (a.type !== b.type) found.push(`type ${TYPES[a.type] ?? "gate"} → ${TYPES[b.type] ?? "gate"}`);
  if (a.gate && b.gate && a.gate !== b.gate) found.push(`gate ${a.gate} → ${b.gate}`);
  const [from, to] = [qubitsText(a.qubits) || "none", qubitsText(b.qubits) || "none"];
  if (from !== to) found.push(`qubits ${from} → ${to}`);
  if (detailsA && detailsB) {
    for (const [name, text] of NAMES) {
      const [before, after] = [valueOf(detailsA[name]), valueOf(detailsB[name])];
      if (before !== after) found.push(`${text} ${before} → ${after}`);
    }
  }
  return found.join("; ") || "parameters, condition, loops, control state or classical bits";
}

/** @param {any} value */
const valueOf = (value) => value?.text ?? String(value ?? "none").replaceAll(",", ", ");
