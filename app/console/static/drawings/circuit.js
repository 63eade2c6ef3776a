// Draws a circuit on a canvas: wires, events, and the edges between them; only what is visible.

import { drawEvent, FONT } from "./circuit_events.js";
import { eventsIn, LABELS, MARGIN, rowsIn, TOP, xOf, yOf } from "./circuit_geometry.js";

/** @typedef {import("./circuit_geometry.js").View} View */

/** Draw a view. @param {CanvasRenderingContext2D} g @param {View} view */
export function drawCircuit(g, view) {
  const { width, height, left, top, palette } = view;
  g.fillStyle = palette.surface;
  g.fillRect(0, 0, width, height);
  g.save();
  g.translate(-left, -top);
  g.textAlign = "center";
  g.textBaseline = "middle";
  const rows = rowsIn(view);
  const events = eventsIn(view);
  drawWires(g, view, rows);
  if (view.hasDependencies) drawDependencies(g, view, rows);
  if (view.hasNext) drawNext(g, view, events);
  for (const event of events) drawEvent(g, view, event);
  drawStep(g, view);
  g.restore();
  drawLabels(g, view, rows);
}

/** @param {CanvasRenderingContext2D} g @param {View} view @param {number[]} rows */
function drawWires(g, view, rows) {
  const end = LABELS + view.layout.width * view.zoom + MARGIN / 2;
  g.strokeStyle = view.palette.line;
  g.lineWidth = 1.5;
  g.beginPath();
  for (const row of rows) {
    const y = yOf(view, row);
    g.moveTo(Math.max(view.left, LABELS - 8), y);
    g.lineTo(Math.min(view.left + view.width, end), y);
    if (end < view.left + view.width) {
      g.moveTo(end, y - 7 * view.zoom);
      g.lineTo(end, y + 7 * view.zoom);
    }
  }
  g.stroke();
}

/** @param {CanvasRenderingContext2D} g @param {View} view @param {number[]} rows */
function drawDependencies(g, view, rows) {
  const { layout, left, width, palette } = view;
  g.strokeStyle = g.fillStyle = palette["series-3"];
  g.lineWidth = 3;
  for (const row of rows) {
    const y = yOf(view, row);
    for (const [source, target] of layout.dependencies[row]) {
      const [from, to] = [layout.placed[source], layout.placed[target]];
      if (!from || !to) continue;
      const [start, end] = [xOf(view, from.column), xOf(view, to.column)];
      if (end < left) continue;
      if (start > left + width) break;
      g.globalAlpha = brightness(view, source, target);
      g.beginPath();
      g.moveTo(start, y);
      g.lineTo(end, y);
      g.stroke();
      drawArrow(g, end - 14 * view.zoom, y);
    }
  }
  g.globalAlpha = 1;
}

/** @param {CanvasRenderingContext2D} g @param {number} x of the tip @param {number} y */
function drawArrow(g, x, y) {
  g.beginPath();
  g.moveTo(x, y);
  g.lineTo(x - 8, y - 5);
  g.lineTo(x - 8, y + 5);
  g.fill();
}

/** @param {CanvasRenderingContext2D} g @param {View} view @param {import("./circuit_layout.js").Placed[]} events */
function drawNext(g, view, events) {
  const { layout, palette } = view;
  const ids = new Set(events.flatMap(({ node }) => [node.id - 1, node.id]));
  g.strokeStyle = palette["series-4"];
  g.lineWidth = 1.5;
  g.setLineDash([4, 3]);
  for (const id of ids) {
    const [from, to] = [layout.placed[id], layout.placed[id + 1]];
    if (!from || !to) continue;
    const [x0, y0] = [xOf(view, from.column), yOf(view, from.rows[0] ?? -1)];
    const [x1, y1] = [xOf(view, to.column), yOf(view, to.rows[0] ?? -1)];
    g.globalAlpha = brightness(view, id, id + 1);
    g.beginPath();
    g.moveTo(x0, y0);
    g.quadraticCurveTo((x0 + x1) / 2, (y0 + y1) / 2 - 22 * view.zoom, x1, y1);
    g.stroke();
  }
  g.setLineDash([]);
  g.globalAlpha = 1;
}

/** How bright the edge between two events is. @param {View} view @param {number} source @param {number} target */
const brightness = ({ highlighted }, source, target) =>
  !highlighted || (highlighted.has(source) && highlighted.has(target)) ? 1 : 0.15;

/** Mark the events of the step, and what it is. @param {CanvasRenderingContext2D} g @param {View} view */
function drawStep(g, view) {
  const { layout, step, palette } = view;
  if (step === null) return;
  const event = layout.placed[step];
  const isStart = step === 0;
  if (!event && !isStart && step !== layout.placed.length - 1) return;
  const end = LABELS + layout.width * view.zoom + MARGIN / 2;
  const x = event ? xOf(view, event.column) : isStart ? LABELS : end;
  g.strokeStyle = g.fillStyle = palette.accent;
  g.lineWidth = 1.5;
  g.setLineDash([2, 4]);
  g.beginPath();
  g.moveTo(x, view.top + TOP - 4);
  g.lineTo(x, view.top + view.height);
  g.globalAlpha = 0.6;
  g.stroke();
  g.globalAlpha = 1;
  g.setLineDash([]);
  g.font = `600 11px ${FONT}`;
  const text = `▼ ${step}`;
  g.fillStyle = palette.surface;
  const wide = g.measureText(text).width;
  g.fillRect(x - wide / 2 - 3, view.top, wide + 6, 16);
  g.fillStyle = palette.accent;
  g.fillText(text, x, view.top + 9);
}

/**
 * The names of the wires stay at the left.
 *
 * @param {CanvasRenderingContext2D} g @param {View} view @param {number[]} rows
 */
function drawLabels(g, view, rows) {
  g.fillStyle = view.palette.surface;
  g.fillRect(0, 0, LABELS - 8, view.height);
  g.fillStyle = view.palette.text;
  g.font = `12px ${FONT}`;
  g.textBaseline = "middle";
  for (const row of rows) {
    const y = yOf(view, row) - view.top;
    g.textAlign = "left";
    if (view.zoom > 0.3 || row % 4 === 0) g.fillText(view.layout.nameOf(view.layout.wires[row]), 2, y);
    g.textAlign = "right";
    if (view.zoom > 0.3) g.fillText("|0⟩", LABELS - 12, y);
  }
}
