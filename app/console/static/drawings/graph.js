// Draws a small graph on a canvas: its nodes, its lines with their strengths, and what is selected.

import { number } from "../text/format.js";
import { boxAround, placeLabels } from "./labels.js";

const MARGIN = 46;
const RADIUS = 7;
const NEAR = 14;
const MOST_LABELS = 60;
const MOST_WEIGHTS = 40;
const LABEL_CHARACTERS = 22;

/** @typedef {{zoom: number, x: number, y: number}} View `x` and `y`: how far it was moved, in CSS pixels */
/** @typedef {Map<string, {x: number, y: number}>} Places */
/** @typedef {{nodes: import("./graph_layout.js").Node[], edges: import("./graph_layout.js").Edge[], at: Places,
 *     selected: string, palette: import("./palette.js").Palette}} Drawing */

export const WHOLE = { zoom: 1, x: 0, y: 0 };

/**
 * Return where each node stands on the canvas; the longer side of the graph lies along that of the canvas.
 *
 * @param {Places} places
 * @param {View} view
 * @param {number} width
 * @param {number} height
 * @returns {Places}
 */
export function onCanvas(places, view, width, height) {
  const given = [...places.values()];
  const isTurned = spread(given, "y") > spread(given, "x") !== height > width;
  const all = isTurned ? given.map(({ x, y }) => ({ x: y, y: x })) : given;
  const [wide, tall] = [spread(all, "x"), spread(all, "y")];
  const scale = Math.min((width - 2 * MARGIN) / (wide || 1), (height - 2 * MARGIN) / (tall || 1), 140) * view.zoom;
  const [left, top] = [Math.min(...all.map(({ x }) => x)), Math.min(...all.map(({ y }) => y))];
  const middle = { x: left + wide / 2, y: top + tall / 2 };
  return new Map(
    [...places.keys()].map((id, at) => [
      id,
      {
        x: width / 2 + (all[at].x - middle.x) * scale + view.x,
        y: height / 2 + (all[at].y - middle.y) * scale + view.y,
      },
    ]),
  );
}

/** Return the largest difference of a coordinate. @param {{x: number, y: number}[]} all @param {"x" | "y"} name */
function spread(all, name) {
  const values = all.map((each) => each[name]);
  return Math.max(...values) - Math.min(...values);
}

/** @param {string} text */
const short = (text) => (text.length > LABEL_CHARACTERS ? `${text.slice(0, LABEL_CHARACTERS - 1)}…` : text);

/**
 * Draw the lines, the nodes and their labels. A label that would cover another is left out.
 *
 * @param {CanvasRenderingContext2D} context
 * @param {Drawing} drawing
 * @param {number} width of the canvas in CSS pixels
 * @param {number} height
 */
export function paint(context, drawing, width, height) {
  const { nodes, edges, at, selected, palette } = drawing;
  context.font = "12px system-ui, sans-serif";
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.lineCap = "round";
  for (const { from, to, weight } of edges) {
    const [a, b] = [at.get(from), at.get(to)];
    if (!a || !b) continue;
    context.strokeStyle = selected === from || selected === to ? palette.accent : palette.line;
    context.lineWidth = 1 + 6 * weight;
    context.beginPath();
    context.moveTo(a.x, a.y);
    context.lineTo(b.x, b.y);
    context.stroke();
  }
  for (const { id, kind } of nodes) {
    const place = at.get(id);
    if (!place) continue;
    const series = kind === "group" ? "series-5" : kind === "center" ? "series-2" : "series-1";
    shape(context, kind, place, palette[series]);
    if (id === selected) {
      context.strokeStyle = palette.text;
      context.lineWidth = 2.5;
      context.strokeRect(place.x - RADIUS - 4, place.y - RADIUS - 4, 2 * RADIUS + 8, 2 * RADIUS + 8);
    }
  }
  const seen = new Map([...at].filter(([, { x, y }]) => x >= 0 && x <= width && y >= 0 && y <= height));
  const wanted = [...namesOf(context, drawing, seen), ...weightsOf(context, drawing)];
  const taken = [...seen.values()].map((place) => boxAround(place, 2 * RADIUS, 2 * RADIUS));
  for (const { text, colour, at: place } of placeLabels(wanted, taken, width)) {
    write(context, text, place, palette.surface, colour);
  }
}

/** @typedef {import("./labels.js").Label & {colour: string}} Coloured */

/**
 * Return the names of the nodes: first that of the selected one, then those of groups and of the centre.
 *
 * @param {CanvasRenderingContext2D} context
 * @param {Drawing} drawing
 * @param {Places} seen the nodes on the canvas
 * @returns {Coloured[]}
 */
function namesOf(context, { nodes, selected, palette }, seen) {
  /** @param {import("./graph_layout.js").Node} node */
  const rank = ({ id, kind }) => (id === selected ? 0 : kind !== "vector" ? 1 : 2);
  return nodes
    .filter((node) => seen.has(node.id) && (nodes.length <= MOST_LABELS || rank(node) < 2))
    .sort((a, b) => rank(a) - rank(b))
    .map((node) => {
      const { x, y } = /** @type {import("./labels.js").Point} */ (seen.get(node.id));
      const text = short(node.label);
      const width = context.measureText(text).width;
      const beside = width / 2 + RADIUS + 4;
      const places = [[0, 16], [0, -16], [beside, 0], [-beside, 0]].map(([dx, dy]) => ({ x: x + dx, y: y + dy }));
      return { text, width, places, isSure: rank(node) < 2, colour: palette.text };
    });
}

/**
 * Return the strengths of the lines.
 *
 * @param {CanvasRenderingContext2D} context
 * @param {Drawing} drawing
 * @returns {Coloured[]}
 */
const weightsOf = (context, { edges, at, selected, palette }) =>
  edges.flatMap(({ from, to, weight }) => {
    const [a, b] = [at.get(from), at.get(to)];
    if (!a || !b || (edges.length > MOST_WEIGHTS && selected !== from && selected !== to)) return [];
    const text = number(weight, 3);
    const places = [0.5, 0.4, 0.6].map((part) => ({ x: a.x + part * (b.x - a.x), y: a.y + part * (b.y - a.y) }));
    return [{ text, width: context.measureText(text).width, places, colour: palette.faint }];
  });

/** A text on a ground that hides the lines below it. @param {CanvasRenderingContext2D} context @param {string} text
 * @param {import("./labels.js").Point} middle @param {string} ground @param {string} colour */
function write(context, text, { x, y }, ground, colour) {
  context.strokeStyle = ground;
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
