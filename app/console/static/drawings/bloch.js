// Bloch spheres in a grid: |0⟩ up, x towards the viewer's left, y to the right; a shorter vector is a mixed state.

const LARGE = 132;
const SMALL = 104;
const FEW = 6;
const LABEL = 18;

/** @typedef {{qubit: number, bloch: [number, number, number]}} Sphere */

/** Return the side of a cell: many spheres are smaller. @param {number} spheres */
const cellOf = (spheres) => (spheres > FEW ? SMALL : LARGE);

/** Return how many spheres stand in a row. @param {number} width @param {number} spheres */
const columnsOf = (width, spheres) => Math.max(1, Math.min(spheres, Math.floor(width / cellOf(spheres))));

/** Return the height that so many spheres need. @param {number} width @param {number} spheres */
export const heightOf = (width, spheres) => Math.ceil(spheres / columnsOf(width, spheres)) * (cellOf(spheres) + LABEL);

/**
 * Project a point: seen from a little above, 30° beside the x axis (orthographic).
 *
 * @param {number} x
 * @param {number} y
 * @param {number} z
 * @returns {[number, number, number]} right, up, and towards the viewer
 */
export function project(x, y, z) {
  const [turn, tilt] = [Math.PI / 6, Math.PI / 12];
  const right = y * Math.cos(turn) - x * Math.sin(turn);
  const near = x * Math.cos(turn) + y * Math.sin(turn);
  return [right, z * Math.cos(tilt) - near * Math.sin(tilt), near * Math.cos(tilt) + z * Math.sin(tilt)];
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {number} width
 * @param {number} height
 * @param {Sphere[]} spheres
 * @param {import("./palette.js").Palette} palette
 */
export function drawSpheres(context, width, height, spheres, palette) {
  context.clearRect(0, 0, width, height);
  const columns = columnsOf(width, spheres.length);
  const cell = cellOf(spheres.length);
  spheres.forEach((sphere, index) => {
    const x = ((index % columns) + 0.5) * (width / columns);
    const y = Math.floor(index / columns) * (cell + LABEL) + cell / 2 + LABEL;
    drawSphere(context, x, y, cell / 2 - 20, sphere, palette);
  });
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {number} x
 * @param {number} y
 * @param {number} radius
 * @param {Sphere} sphere
 * @param {import("./palette.js").Palette} palette
 */
function drawSphere(context, x, y, radius, { qubit, bloch }, palette) {
  /** @param {number} px @param {number} py @param {number} pz @returns {[number, number]} */
  const at = (px, py, pz) => {
    const [right, up] = project(px, py, pz);
    return [x + radius * right, y - radius * up];
  };
  context.lineWidth = 1;
  context.strokeStyle = palette.faint;
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.stroke();
  drawEquator(context, at, palette.line);
  context.font = "11px system-ui, sans-serif";
  context.textAlign = "center";
  context.textBaseline = "middle";
  for (const [text, end] of /** @type {[string, [number, number, number]][]} */ (AXES)) {
    context.strokeStyle = palette.line;
    segment(context, at(-end[0], -end[1], -end[2]), at(...end));
    context.fillStyle = palette.faint;
    context.fillText(text, ...at(1.28 * end[0], 1.28 * end[1], 1.2 * end[2]));
  }
  context.fillStyle = palette.faint;
  context.fillText("|1⟩", ...at(0, 0, -1.2));
  context.fillStyle = palette.text;
  context.font = "bold 12px system-ui, sans-serif";
  context.textAlign = "left";
  context.fillText(`q[${qubit}]`, x - radius - 16, y - radius - 18);
  drawVector(context, at(0, 0, 0), at(...bloch), palette, Math.hypot(...bloch));
}

const AXES = [["x", [1, 0, 0]], ["y", [0, 1, 0]], ["|0⟩", [0, 0, 1]]];

/**
 * @param {CanvasRenderingContext2D} context
 * @param {(x: number, y: number, z: number) => [number, number]} at
 * @param {string} color
 */
function drawEquator(context, at, color) {
  context.strokeStyle = color;
  context.beginPath();
  for (let part = 0; part <= 48; part += 1) {
    const angle = (part * Math.PI) / 24;
    context.lineTo(...at(Math.cos(angle), Math.sin(angle), 0));
  }
  context.stroke();
}

/**
 * A vector of a pure state is full and ends in a disc; that of a mixed one is dashed and ends in a ring.
 *
 * @param {CanvasRenderingContext2D} context
 * @param {[number, number]} from
 * @param {[number, number]} to
 * @param {import("./palette.js").Palette} palette
 * @param {number} length
 */
function drawVector(context, from, to, palette, length) {
  const isPure = length > 1 - 1e-6;
  const color = isPure ? palette["series-1"] : palette["series-2"];
  context.strokeStyle = context.fillStyle = color;
  context.lineWidth = 2.5;
  context.setLineDash(isPure ? [] : [5, 3]);
  segment(context, from, to);
  context.setLineDash([]);
  context.beginPath();
  context.arc(...to, 4.5, 0, 2 * Math.PI);
  if (isPure) context.fill();
  else {
    context.fillStyle = palette.surface;
    context.fill();
    context.lineWidth = 2;
    context.stroke();
  }
  context.lineWidth = 1;
}

/** @param {CanvasRenderingContext2D} context @param {[number, number]} from @param {[number, number]} to */
function segment(context, from, to) {
  context.beginPath();
  context.moveTo(...from);
  context.lineTo(...to);
  context.stroke();
}
