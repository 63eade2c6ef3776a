// What pairs of qubits share, as a matrix: concurrence above the diagonal, mutual information below it.

const LEFT = 34;
const TOP = 22;
const LARGEST_CELL = 44;

/** @typedef {{qubits: [number, number], mutual_information: number, concurrence: number}} Pair */

/** Return the side of a cell. @param {number} width @param {number} numQubits */
const cellOf = (width, numQubits) => Math.min(LARGEST_CELL, (width - LEFT) / numQubits);

/** Return the height of the matrix. @param {number} width @param {number} numQubits */
export const heightOf = (width, numQubits) => TOP + Math.ceil(cellOf(width, numQubits) * numQubits) + 2;

/**
 * @param {CanvasRenderingContext2D} context
 * @param {number} width
 * @param {number} height
 * @param {{numQubits: number, pairs: Pair[], entropies: number[]}} figures the entropies stand on the diagonal
 * @param {import("./palette.js").Palette} palette
 */
export function drawPairs(context, width, height, { numQubits, pairs, entropies }, palette) {
  context.clearRect(0, 0, width, height);
  const cell = cellOf(width, numQubits);
  context.font = "11px system-ui, sans-serif";
  context.textAlign = "center";
  context.textBaseline = "middle";
  /** @param {number} row @param {number} column @param {number} value @param {number} most @param {string} color */
  const paint = (row, column, value, most, color) => {
    const [x, y] = [LEFT + column * cell, TOP + row * cell];
    context.globalAlpha = Math.min(Math.max(0.75 * (value / most), 0), 1); // a canvas ignores others
    context.fillStyle = color;
    context.fillRect(x, y, cell, cell);
    context.globalAlpha = 1;
    context.strokeStyle = palette.line;
    context.strokeRect(x + 0.5, y + 0.5, cell - 1, cell - 1);
    if (cell < 26 || value < 5e-4) return;
    context.fillStyle = palette.text;
    context.fillText(value.toFixed(2), x + cell / 2, y + cell / 2);
  };
  for (let qubit = 0; qubit < numQubits; qubit += 1) {
    context.fillStyle = palette.faint;
    context.fillText(cell < 24 ? String(qubit) : `q[${qubit}]`, LEFT + (qubit + 0.5) * cell, TOP / 2);
    context.fillText(`q[${qubit}]`, LEFT / 2, TOP + (qubit + 0.5) * cell);
    paint(qubit, qubit, entropies[qubit] ?? 0, 1, palette["series-5"]);
  }
  for (const { qubits, mutual_information: shared, concurrence } of pairs) {
    const [low, high] = [Math.min(...qubits), Math.max(...qubits)];
    paint(low, high, concurrence, 1, palette["series-1"]);
    paint(high, low, shared, 2, palette["series-2"]);
  }
}
