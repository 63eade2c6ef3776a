// Draws a small graph on a canvas: its nodes, its lines with their strengths, and what is selected.

import { number } from "../text/format.js";

const MARGIN = 46;
const RADIUS = 7;
const NEAR = 14;
const MOST_LABELS = 60;
const MOST_WEIGHTS = 40;
const LABEL_CHARACTERS = 22;

/** @typedef {{zoom: number, x: number, y: number}} View `x` and `y`: how far it was moved, in CSS pixels */
/** @typedef {Map<string, {x: number, y: number}>} Places */

export const WHOLE = { zoom: 1, x: 0, y: 0 };

/**
 * Return where each node stands on the canvas.
 *
 * @param {Places} places
 * @param {View} view
 * @param {number} width
 * @param {number} height
 * @returns {Places}
 */
export function onCanvas(places, view, width, height) {
  const all = [...places.values()];
  const left = Math.min(...all.map(({ x }) => x));
  const top = Math.min(...all.map(({ y }) => y));
  const wide = Math.max(...all.map(({ x }) => x)) - left;
  const tall = Math.max(...all.map(({ y }) => y)) - top;
  const scale = Math.min((width - 2 * MARGIN) / (wide || 1), (height - 2 * MARGIN) / (tall || 1), 140) * view.zoom;
  const middle = { x: left + wide / 2, y: top + tall / 2 };
  return new Map(
    [...places].map(([id, { x, y }]) => [
      id,
      { x: width / 2 + (x - middle.x) * scale + view.x, y: height / 2 + (y - middle.y) * scale + view.y },
    ]),
  );
}

/** @param {string} text */
const short = (text) => (text.length > LABEL_CHARACTERS ? `${text.slice(0, LABEL_CHARACTERS - 1)}…` : text);

/**
 * @param {CanvasRenderingContext2D} context
 * @param {{nodes: import("./graph_layout.js").Node[], edges: import("./graph_layout.js").Edge[], at: Places,
 *     selected: string, palette: import("./palette.js").Palette}} what
 */
export function paint(context, { nodes, edges, at, selected, palette }) {
  context.font = "12px system-ui, sans-serif";
  context.textAlign = "center";
  context.lineCap = "round";
  for (const { from, to, weight } of edges) {
    const [a, b] = [at.get(from), at.get(to)];
    if (!a || !b) continue;
    const isNear = selected === from || selected === to;
    context.strokeStyle = isNear ? palette.accent : palette.line;
    context.lineWidth = 1 + 6 * weight;
    context.beginPath();
    context.moveTo(a.x, a.y);
    context.lineTo(b.x, b.y);
    context.stroke();
    if (edges.length <= MOST_WEIGHTS || isNear)
      label(context, number(weight, 3), (a.x + b.x) / 2, (a.y + b.y) / 2 + 4, palette, palette.faint);
  }
  for (const { id, label: text, kind } of nodes) {
    const place = at.get(id);
    if (!place) continue;
    shape(
      context,
      kind,
      place,
      kind === "group" ? palette["series-5"] : palette[kind === "center" ? "series-2" : "series-1"],
    );
    if (id === selected) {
      context.strokeStyle = palette.text;
      context.lineWidth = 2.5;
      context.strokeRect(place.x - RADIUS - 4, place.y - RADIUS - 4, 2 * RADIUS + 8, 2 * RADIUS + 8);
    }
    if (nodes.length <= MOST_LABELS || id === selected || kind !== "vector") {
      label(context, short(text), place.x, place.y + RADIUS + 15, palette, palette.text);
    }
  }
}

/** A text on a ground that hides the lines below it. @param {CanvasRenderingContext2D} context @param {string} text
 * @param {number} x @param {number} y @param {import("./palette.js").Palette} palette @param {string} colour */
function label(context, text, x, y, palette, colour) {
  context.strokeStyle = palette.surface;
  context.lineWidth = 4;
  context.lineJoin = "round";
  context.strokeText(text, x, y);
  context.fillStyle = colour;
  context.fillText(text, x, y);
}

/** Groups are squares, vectors are circles. @param {CanvasRenderingContext2D} context @param {string | undefined} kind
 * @param {{x: number, y: number}} place @param {string} colour */
function shape(context, kind, { x, y }, colour) {
  context.fillStyle = colour;
  context.beginPath();
  if (kind === "group") context.rect(x - RADIUS, y - RADIUS, 2 * RADIUS, 2 * RADIUS);
  else context.arc(x, y, kind === "center" ? RADIUS + 2 : RADIUS, 0, 2 * Math.PI);
  context.fill();
}

/**
 * Return the node at a point of the canvas, "" if there is none.
 *
 * @param {Places} at
 * @param {number} x
 * @param {number} y
 */
export function nearest(at, x, y) {
  const distances = [...at].map(([id, place]) => ({ id, far: Math.hypot(place.x - x, place.y - y) }));
  const best = distances.reduce((found, each) => (each.far < found.far ? each : found), { id: "", far: NEAR });
  return best.id;
}
