// The parameters of a sweep: ranges and their values, the axes of its bindings, and its observables as text.

/** @typedef {{from: number, to: number, points: number}} Range */
/** @typedef {{name: string, values: number[]}} Axis */

const INPUT = /\binput\s+(?:float|angle)\s*(?:\[[^\]]*\])?\s+([\p{L}_][\p{L}\p{N}_]*)\s*;/gu;
const COMMENT = /\/\/[^\n]*|\/\*[\s\S]*?\*\//g;

/** What a sweep was asked for (GET /api/sweeps/{id}/request). @typedef {{bindings: Record<string, number[]>,
 *     observables: Record<string, number>[], num_bindings: number}} Asked */

/** Return the names of the inputs that an OpenQASM 3 program declares. @param {string} program */
export const inputsOf = (program) => [...program.replace(COMMENT, " ").matchAll(INPUT)].map(([, name]) => name);

/** Return the values of a range: equal steps, both ends among them. @param {Range} range @returns {number[]} */
export function valuesOf({ from, to, points }) {
  if (points === 1) return [from];
  const step = (to - from) / (points - 1);
  return Array.from({ length: points }, (_, at) => (at === points - 1 ? to : from + at * step));
}

/**
 * Return the axes of a sweep in the order of its inputs, and whether its bindings are every combination of them;
 * null of a sweep without inputs.
 *
 * @param {string[]} inputs
 * @param {Asked} asked
 * @returns {{axes: Axis[], isGrid: boolean} | null}
 */
export function axesOf(inputs, asked) {
  if (!inputs.length) return null;
  const columns = inputs.map((name) => ({ name, values: asked.bindings[name] }));
  const distinct = columns.map(({ name, values }) => ({ name, values: [...new Set(values)] }));
  const grid = { axes: distinct, isGrid: true };
  const product = distinct.reduce((all, { values }) => all * values.length, 1);
  const isGrid =
    product === asked.num_bindings &&
    columns[0].values.every((_, index) =>
      valuesAt(grid, index).every((value, at) => value === columns[at].values[index]),
    );
  return isGrid ? grid : { axes: columns, isGrid: false };
}

/**
 * Return the value of each axis in one binding; the last axis changes fastest in a grid.
 *
 * @param {{axes: Axis[], isGrid: boolean}} known
 * @param {number} index of the binding
 * @returns {number[]}
 */
export function valuesAt({ axes, isGrid }, index) {
  if (!isGrid) return axes.map(({ values }) => values[index]);
  let left = index;
  const found = [];
  for (const { values } of axes.toReversed()) {
    found.unshift(values[left % values.length]);
    left = Math.floor(left / values.length);
  }
  return found;
}

/** Return observables as text, such as `ZZ + 0.5 XX`. @param {Asked} asked */
export const observableNames = ({ observables }) => observables.map(textOf);

/** @param {Record<string, number>} observable */
function textOf(observable) {
  const terms = Object.entries(observable).map(([letters, coefficient]) => {
    const size = Math.abs(coefficient) === 1 ? "" : `${Math.abs(coefficient)} `;
    return { sign: coefficient < 0 ? "-" : "+", text: `${size}${letters}` };
  });
  return terms.map(({ sign, text }, at) => (at ? ` ${sign} ${text}` : (sign === "-" ? "-" : "") + text)).join("");
}

/**
 * Read observables: one a line, such as `ZZ + 0.5 XX - 0.25*IZ`.
 *
 * @param {string} text
 * @returns {Record<string, number>[]}
 * @throws {Error} naming the line that is no sum of Pauli strings
 */
export function readObservables(text) {
  return text.split("\n").map((line) => line.trim()).filter(Boolean).map(readObservable);
}

const TERM = /([+-]?)\s*(?:(\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)\s*\*?\s*)?([IXYZ]+)\s*/y;

/** @param {string} line @returns {Record<string, number>} */
function readObservable(line) {
  const found = /** @type {Record<string, number>} */ ({});
  TERM.lastIndex = 0;
  while (TERM.lastIndex < line.length) {
    const at = TERM.lastIndex;
    const term = TERM.exec(line);
    if (!term || (at > 0 && !term[1])) {
      const place = `the mistake is at “${line.slice(at)}”`;
      throw new Error(`“${line}” is no sum of Pauli strings; write it like ZZ + 0.5 XX (${place}).`);
    }
    const [, sign, coefficient, letters] = term;
    found[letters] = (found[letters] ?? 0) + (sign === "-" ? -1 : 1) * Number(coefficient ?? 1);
  }
  return found;
}
