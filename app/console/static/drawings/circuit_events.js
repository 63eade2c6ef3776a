// Draws one event of a circuit: a gate, a measurement, a reset, a barrier.

import { ROW, xOf, yOf } from "./circuit_geometry.js";
import { MAX_SMALL } from "./circuit_layout.js";
import { isOpenControl, parametersOf, shortened } from "./gate_symbols.js";

/** @typedef {import("./circuit_geometry.js").View} View */
/** @typedef {import("./circuit_layout.js").Placed} Placed */
/**
 * How an event looks; a thin `tint` lies over `fill`.
 *
 * @typedef {{stroke: string, fill: string, tint?: string, text: string}} Look
 */

export const FONT = "system-ui, sans-serif";

/** Pixels at zoom 1. */
const BOX = 30;
const DOT = 5;
const PLUS = 11;
const CROSS = 6;
const GAP = 6;
const TINT = 0.22;

/** Below this zoom texts cannot be read and are left out. */
const TEXT_ZOOM = 0.6;

/** Losses of the fidelity below this are rounding. */
const SMALLEST_LOSS = 1e-9;

/** @param {CanvasRenderingContext2D} g @param {View} view @param {Placed} event */
export function drawEvent(g, view, event) {
  const { node } = event;
  const x = xOf(view, event.column);
  const look = lookOf(view, event);
  g.globalAlpha = !view.highlighted || view.highlighted.has(node.id) ? 1 : 0.2;
  if (view.selected === node.id) drawFrame(g, view, event, x, view.palette["series-2"], []);
  if (view.cursor === node.id) drawFrame(g, view, event, x, view.palette.accent, [3, 3]);
  g.strokeStyle = look.stroke;
  g.lineWidth = 1.5;
  g.setLineDash(view.details[node.id]?.condition ? [4, 2] : []);
  if (node.type === "BARRIER") drawBarrier(g, view, event, x);
  else if (node.type === "MEASUREMENT") drawMeasurement(g, view, event, x, look);
  else if (node.type === "RESET") drawBox(g, view, event, event.rows, x, look, "|0⟩", "");
  else drawGate(g, view, event, x, look);
  g.setLineDash([]);
  if (view.zoom >= TEXT_ZOOM) drawNotes(g, view, event, x);
  if ((view.losses?.get(node.id) ?? 0) > SMALLEST_LOSS) drawLoss(g, view, event, x);
  g.globalAlpha = 1;
}

/**
 * Events up to the step are filled, that of the step stands out.
 *
 * @param {View} view @param {Placed} event @returns {Look}
 */
function lookOf({ palette, step }, { node }) {
  const colour = { MEASUREMENT: palette["series-3"], RESET: palette["series-4"] }[node.type] ?? palette["series-1"];
  if (node.id === step) return { stroke: palette.accent, fill: palette.accent, text: palette["accent-text"] };
  if (step !== null && node.id > step) return { stroke: palette.faint, fill: palette.surface, text: palette.faint };
  return { stroke: colour, fill: palette.surface, tint: colour, text: palette.text };
}

/** @param {CanvasRenderingContext2D} g @param {View} view @param {Placed} event @param {number} x @param {Look} look */
function drawGate(g, view, event, x, look) {
  const form = /** @type {import("./gate_symbols.js").Form} */ (event.form);
  const { zoom } = view;
  const details = view.details[event.node.id];
  const targets = event.rows.slice(form.controls);
  if (form.controls || form.target === "cross") drawLine(g, view, event, x);
  event.rows.slice(0, form.controls).forEach((row, index) => {
    drawDot(g, x, yOf(view, row), DOT * zoom, look, isOpenControl(details, index) ? view.palette.surface : look.stroke);
  });
  if (form.target === "box") {
    drawBox(g, view, event, targets, x, look, form.label, parametersOf(details));
    return;
  }
  for (const row of targets) {
    const y = yOf(view, row);
    if (form.target === "plus") drawPlus(g, x, y, zoom, look);
    else if (form.target === "dot") drawDot(g, x, y, DOT * zoom, look, look.stroke);
    else drawCross(g, x, y, CROSS * zoom);
  }
}

/** @param {CanvasRenderingContext2D} g @param {View} view @param {Placed} event @param {number} x */
function drawLine(g, view, event, x) {
  g.beginPath();
  g.moveTo(x, yOf(view, event.low));
  g.lineTo(x, yOf(view, event.high));
  g.stroke();
}

/**
 * @param {CanvasRenderingContext2D} g @param {number} x @param {number} y @param {number} radius @param {Look} look
 * @param {string} fill
 */
function drawDot(g, x, y, radius, look, fill) {
  g.strokeStyle = look.stroke;
  g.fillStyle = fill;
  g.beginPath();
  g.arc(x, y, radius, 0, 2 * Math.PI);
  g.fill();
  g.stroke();
}

/** @param {CanvasRenderingContext2D} g @param {number} x @param {number} y @param {number} zoom @param {Look} look */
function drawPlus(g, x, y, zoom, look) {
  const radius = PLUS * zoom;
  drawDot(g, x, y, radius, look, look.fill);
  if (look.tint) tint(g, look.tint);
  g.strokeStyle = look.fill === look.stroke ? look.text : look.stroke;
  g.beginPath();
  g.moveTo(x - radius, y);
  g.lineTo(x + radius, y);
  g.moveTo(x, y - radius);
  g.lineTo(x, y + radius);
  g.stroke();
}

/** @param {CanvasRenderingContext2D} g @param {number} x @param {number} y @param {number} half */
function drawCross(g, x, y, half) {
  g.lineWidth = 2.5;
  g.beginPath();
  g.moveTo(x - half, y - half);
  g.lineTo(x + half, y + half);
  g.moveTo(x + half, y - half);
  g.lineTo(x - half, y + half);
  g.stroke();
}

/** Fill the path with a little of a colour. @param {CanvasRenderingContext2D} g @param {string} colour */
function tint(g, colour) {
  const before = g.globalAlpha;
  g.globalAlpha = before * TINT;
  g.fillStyle = colour;
  g.fill();
  g.globalAlpha = before;
}

/**
 * Return the left edge and the width of an event's box.
 *
 * @param {View} view @param {Placed} event @returns {[number, number]}
 */
function sidesOf({ zoom }, event) {
  const width = (event.width - 2 * GAP) * zoom;
  return [-width / 2, width];
}

/**
 * A box over some rows, with a name, parameters below it, and the order of the qubits if there are several.
 *
 * @param {CanvasRenderingContext2D} g @param {View} view @param {Placed} event @param {number[]} rows
 * @param {number} x @param {Look} look @param {string} name @param {string} parameters
 */
function drawBox(g, view, event, rows, x, look, name, parameters) {
  const { zoom } = view;
  const ys = (rows.length ? rows : [-1]).map((row) => yOf(view, row));
  const [low, high] = [Math.min(...ys), Math.max(...ys)];
  const [left, width] = sidesOf(view, event);
  const half = (BOX / 2) * zoom;
  g.fillStyle = look.fill;
  g.beginPath();
  g.roundRect(x + left, low - half, width, high - low + 2 * half, 3 * zoom);
  g.fill();
  if (look.tint) tint(g, look.tint);
  g.stroke();
  if (zoom < TEXT_ZOOM) return;
  g.fillStyle = look.text;
  const middle = (low + high) / 2;
  g.font = `${Math.round(12 * zoom)}px ${FONT}`;
  if (name) g.fillText(name, x, parameters ? middle - 5 * zoom : middle, width - 4);
  g.font = `${Math.round(9.5 * zoom)}px ${FONT}`;
  if (parameters) g.fillText(shortened(parameters, Math.floor(width / (5 * zoom))), x, middle + 8 * zoom, width - 4);
  if (rows.length > 1) rows.forEach((_, index) => g.fillText(String(index), x + left + 5 * zoom, ys[index]));
}

/** @param {CanvasRenderingContext2D} g @param {View} view @param {Placed} event @param {number} x @param {Look} look */
function drawMeasurement(g, view, event, x, look) {
  const { zoom } = view;
  for (const row of event.rows) {
    drawBox(g, view, event, [row], x, look, "", "");
    const y = yOf(view, row) + 5 * zoom;
    g.setLineDash([]);
    g.strokeStyle = look.text;
    g.beginPath();
    g.arc(x, y, 9 * zoom, Math.PI, 2 * Math.PI);
    g.moveTo(x, y);
    g.lineTo(x + 7 * zoom, y - 11 * zoom);
    g.stroke();
  }
}

/** @param {CanvasRenderingContext2D} g @param {View} view @param {Placed} event @param {number} x */
function drawBarrier(g, view, event, x) {
  const half = (ROW / 2) * view.zoom;
  g.strokeStyle = view.palette.faint;
  g.setLineDash([5, 4]);
  g.lineWidth = 2;
  g.beginPath();
  for (const row of event.rows) {
    g.moveTo(x, yOf(view, row) - half);
    g.lineTo(x, yOf(view, row) + half);
  }
  g.stroke();
}

/**
 * The bits that a measurement writes, and the condition.
 *
 * @param {CanvasRenderingContext2D} g @param {View} view @param {Placed} event @param {number} x
 */
function drawNotes(g, view, event, x) {
  const { zoom, palette } = view;
  const { classical_bits: bits = [], condition } = view.details[event.node.id] ?? {};
  const width = (view.layout.x[event.column + 1] - view.layout.x[event.column]) * zoom;
  g.font = `${Math.round(9.5 * zoom)}px ${FONT}`;
  const note = (/** @type {string} */ text, /** @type {number} */ y) => {
    g.fillStyle = palette.surface;
    const wide = Math.min(g.measureText(text).width, width);
    g.fillRect(x - wide / 2, y - 5 * zoom, wide, 10 * zoom);
    g.fillStyle = palette.text;
    g.fillText(text, x, y, width);
  };
  event.rows.forEach((row, index) => {
    if (bits[index] !== undefined) note(`→ c${bits[index]}`, yOf(view, row) + 21 * zoom);
  });
  if (!condition) return;
  const highest = Math.min(yOf(view, event.low), yOf(view, event.high));
  note(shortened(`if ${condition.text}`, MAX_SMALL), highest - 21 * zoom);
}

/**
 * A mark at the corner: noise took fidelity here.
 *
 * @param {CanvasRenderingContext2D} g @param {View} view @param {Placed} event @param {number} x
 */
function drawLoss(g, view, event, x) {
  const [left, width] = sidesOf(view, event);
  const corner = x + left + width;
  const y = Math.min(yOf(view, event.low), yOf(view, event.high)) - (BOX / 2) * view.zoom;
  g.fillStyle = view.palette["series-2"];
  g.beginPath();
  g.moveTo(corner + 2, y - 2);
  g.lineTo(corner - 8 * view.zoom, y - 2);
  g.lineTo(corner + 2, y + 8 * view.zoom);
  g.fill();
}

/**
 * A frame around an event.
 *
 * @param {CanvasRenderingContext2D} g @param {View} view @param {Placed} event @param {number} x
 * @param {string} colour @param {number[]} dash
 */
function drawFrame(g, view, event, x, colour, dash) {
  const [left, width] = sidesOf(view, event);
  const ys = [yOf(view, event.low), yOf(view, event.high)];
  const half = (BOX / 2 + 5) * view.zoom;
  g.strokeStyle = colour;
  g.lineWidth = 3;
  g.setLineDash(dash);
  g.beginPath();
  g.roundRect(x + left - 4, Math.min(...ys) - half, width + 8, Math.abs(ys[1] - ys[0]) + 2 * half, 5);
  g.stroke();
}
