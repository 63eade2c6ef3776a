// Where the parts of a circuit are on its drawing, and which of them are visible.

import { columnAt } from "./circuit_layout.js";

/** Pixels at zoom 1. */
export const ROW = 54;

/** Pixels at every zoom. */
export const LABELS = 64;
export const TOP = 22;
export const MARGIN = 34;

/**
 * What to draw: `left` and `top` are how far it is scrolled; `step` is null where nothing is replayed. `highlighted`
 * are the ids that stay bright, `losses` what each step took from the fidelity.
 *
 * @typedef {{layout: import("./circuit_layout.js").Layout, details: import("./gate_symbols.js").Details[],
 *     zoom: number, isReversed: boolean, step: number | null, selected: number | null, cursor: number | null,
 *     highlighted: Set<number> | null, losses: Map<number, number> | null, hasNext: boolean,
 *     hasDependencies: boolean}} Drawn
 */

/** @typedef {Drawn & {left: number, top: number, width: number, height: number,
 *     palette: import("./palette.js").Palette}} View */

/** Return the size of the whole drawing in pixels. @param {Drawn} drawn */
export function sizeOf({ layout, zoom }) {
  const rows = layout.wires.length + (layout.hasGlobal ? 1 : 0);
  return { width: LABELS + layout.width * zoom + MARGIN, height: TOP + rows * ROW * zoom + MARGIN / 2 };
}

/**
 * Return where the middle of an event's column is, from the left of the whole drawing.
 *
 * @param {Drawn} drawn @param {number} column
 */
export const xOf = ({ layout, zoom }, column) =>
  LABELS + ((layout.x[column] + layout.x[column + 1]) / 2) * zoom;

/**
 * Return the height of a row's wire; row -1 is that of events without qubits.
 *
 * @param {Drawn} drawn @param {number} row
 */
export function yOf({ layout, zoom, isReversed }, row) {
  const shown = row < 0 ? -1 : isReversed ? layout.wires.length - 1 - row : row;
  return TOP + (shown + (layout.hasGlobal ? 1.5 : 0.5)) * ROW * zoom;
}

/**
 * Return the id of the event at a point of the whole drawing; null if there is none.
 *
 * @param {Drawn} drawn @param {number} x @param {number} y
 */
export function eventAt(drawn, x, y) {
  const { layout, zoom } = drawn;
  const column = columnAt(layout, (x - LABELS) / zoom);
  if (x < LABELS || (x - LABELS) / zoom > layout.width) return null;
  for (let at = layout.first[column]; at < layout.events.length; at++) {
    const event = layout.events[at];
    if (event.column !== column) break;
    const ends = [yOf(drawn, event.low), yOf(drawn, event.high)];
    if (y >= Math.min(...ends) - 20 * zoom && y <= Math.max(...ends) + 20 * zoom) return event.node.id;
  }
  return null;
}

/** Return the rows that are visible. @param {View} view */
export function rowsIn(view) {
  const far = ROW * view.zoom;
  return view.layout.wires.flatMap((_, row) => {
    const y = yOf(view, row);
    return y > view.top - far && y < view.top + view.height + far ? [row] : [];
  });
}

/** Return the events of the visible columns and rows. @param {View} view */
export function eventsIn(view) {
  const { layout, left, top, width, height, zoom } = view;
  if (!layout.events.length) return [];
  const from = layout.first[columnAt(layout, (left - LABELS) / zoom)];
  const to = columnAt(layout, (left + width - LABELS) / zoom) + 1;
  const end = to < layout.first.length - 1 ? layout.first[to] : layout.events.length;
  return layout.events.slice(from, end).filter((event) => {
    const ends = [yOf(view, event.low), yOf(view, event.high)];
    return Math.max(...ends) > top - ROW && Math.min(...ends) < top + height + ROW;
  });
}
