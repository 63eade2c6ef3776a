// The circuit of a run: a place that scrolls, the canvas in it, and how it is used by mouse and keyboard.

import { drawCircuit } from "../../drawings/circuit.js";
import { eventAt, LABELS, sizeOf, xOf, yOf } from "../../drawings/circuit_geometry.js";
import { usePalette } from "../../drawings/palette.js";
import { html, useEffect, useLayoutEffect, useRef, useState } from "../../vendor/preact.js";
import { sentenceOf } from "./sentences.js";

/** @typedef {import("../../drawings/circuit_geometry.js").Drawn} Drawn */

const LONGEST_HEIGHT = 460;
const SCROLLBAR = 16;

/**
 * @param {Omit<Drawn, "cursor"> & {detailsTurn: number, onSelect: (id: number) => void, onZoom: (by: number) => void,
 *     name: string, label: string}} properties `detailsTurn` changes when there are more details; `name` is short,
 *     `label` says in a sentence what is seen
 */
export function CircuitView({ onSelect, onZoom, name, label, detailsTurn, ...given }) {
  const place = useRef(/** @type {HTMLDivElement | null} */ (null));
  const canvas = useRef(/** @type {HTMLCanvasElement | null} */ (null));
  const palette = usePalette();
  const [cursor, setCursor] = useState(/** @type {number | null} */ (null));
  const drawn = /** @type {Drawn} */ ({ ...given, cursor });
  const size = sizeOf(drawn);
  const height = Math.min(size.height + SCROLLBAR, LONGEST_HEIGHT);
  const paint = usePainting(place, canvas, { drawn, palette });
  useLayoutEffect(paint, [...Object.values(given), detailsTurn, palette, cursor]);
  useEffect(() => show(place.current, drawn, given.step), [given.step, given.zoom, given.isReversed]);
  useEffect(() => (cursor === null ? undefined : show(place.current, drawn, cursor)), [cursor]);
  const pointer = usePointer(place, canvas, drawn, (id) => {
    setCursor(null);
    onSelect(id);
  });
  /** @param {KeyboardEvent} event */
  const press = (event) => {
    const at = cursor ?? given.selected ?? given.step ?? 0;
    const next = nextOf(drawn, at, event.key);
    if (next !== null) setCursor(next);
    else if (event.key === "Enter" && given.layout.placed[at]) onSelect(at);
    else if (event.key === "+" || event.key === "=") onZoom(1);
    else if (event.key === "-") onZoom(-1);
    else return;
    event.preventDefault();
  };
  const said = cursor === null ? "" : sentenceAt(drawn, cursor);
  return html`
    <div class="circuit" ref=${place} tabindex="0" role="group" aria-label=${name} aria-describedby="circuit-keys"
      style=${{ height: `${height}px` }} onScroll=${paint} onKeyDown=${press} onBlur=${() => setCursor(null)}>
      <div class="circuit-size" style=${{ width: `${size.width}px`, height: `${size.height}px` }}>
        <canvas ref=${canvas} role="img" aria-label=${label} ...${pointer} />
      </div>
    </div>
    <p class="visually-hidden" role="status">${said}</p>
  `;
}

/**
 * Return the handlers of the canvas: it is scrolled by dragging, names the event under the pointer, and selects it by a
 * click.
 *
 * @param {{current: HTMLDivElement | null}} place
 * @param {{current: HTMLCanvasElement | null}} canvas
 * @param {Drawn} drawn
 * @param {(id: number) => void} onSelect
 */
function usePointer(place, canvas, drawn, onSelect) {
  const drag = useDragging(place);
  /** @param {MouseEvent} event @returns {number | null} */
  const under = (event) => {
    const box = /** @type {HTMLCanvasElement} */ (canvas.current).getBoundingClientRect();
    const scrolled = /** @type {HTMLDivElement} */ (place.current);
    return eventAt(drawn, event.clientX - box.left + scrolled.scrollLeft, event.clientY - box.top + scrolled.scrollTop);
  };
  return {
    onPointerDown: drag.start,
    onClick: (/** @type {MouseEvent} */ event) => {
      const found = drag.hasMoved() ? null : under(event);
      if (found !== null) onSelect(found);
    },
    onMouseMove: (/** @type {MouseEvent} */ event) => {
      const id = under(event);
      const shown = /** @type {HTMLCanvasElement} */ (canvas.current);
      shown.style.cursor = id === null ? "grab" : "pointer";
      shown.title = id === null ? "" : sentenceAt(drawn, id);
    },
  };
}

/**
 * Return a function that draws at the next frame.
 *
 * @param {{current: HTMLDivElement | null}} place @param {{current: HTMLCanvasElement | null}} canvas
 * @param {{drawn: Drawn, palette: import("../../drawings/palette.js").Palette}} latest
 */
function usePainting(place, canvas, latest) {
  const shown = useRef(latest);
  shown.current = latest;
  const frame = useRef(0);
  const [paint] = useState(() => () => {
    frame.current ||= requestAnimationFrame(() => {
      frame.current = 0;
      if (place.current && canvas.current) draw(place.current, canvas.current, shown.current);
    });
  });
  useEffect(() => {
    const observer = new ResizeObserver(paint);
    if (place.current) observer.observe(place.current);
    return () => {
      observer.disconnect();
      cancelAnimationFrame(frame.current);
    };
  }, []);
  return paint;
}

/**
 * @param {HTMLDivElement} place @param {HTMLCanvasElement} canvas
 * @param {{drawn: Drawn, palette: import("../../drawings/palette.js").Palette}} latest
 */
function draw(place, canvas, { drawn, palette }) {
  const [width, height] = [place.clientWidth, place.clientHeight];
  const scale = window.devicePixelRatio || 1;
  const context = canvas.getContext("2d");
  if (!context || !width) return;
  if (canvas.width !== Math.round(width * scale) || canvas.height !== Math.round(height * scale)) {
    canvas.width = Math.round(width * scale);
    canvas.height = Math.round(height * scale);
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
  }
  context.setTransform(scale, 0, 0, scale, 0, 0);
  drawCircuit(context, { ...drawn, palette, left: place.scrollLeft, top: place.scrollTop, width, height });
}

/** Return the sentence about an event. @param {Drawn} drawn @param {number} id */
const sentenceAt = ({ layout, details }, id) => sentenceOf(layout.placed[id]?.node, details[id], layout.nameOf);

/**
 * Scroll so that an event is visible.
 *
 * @param {HTMLDivElement | null} place
 * @param {Drawn} drawn
 * @param {number | null} id null: nothing is scrolled
 */
function show(place, drawn, id) {
  if (!place || id === null) return;
  const event = drawn.layout.placed[id];
  const x = event ? xOf(drawn, event.column) : id === 0 ? 0 : sizeOf(drawn).width;
  const [left, right] = [place.scrollLeft + LABELS + 20, place.scrollLeft + place.clientWidth - 40];
  if (x < left || x > right) place.scrollLeft = Math.max(0, x - place.clientWidth / 3);
  if (!event || event.low < 0) return;
  const y = yOf(drawn, event.rows[0]);
  if (y < place.scrollTop + 40 || y > place.scrollTop + place.clientHeight - 40) {
    place.scrollTop = Math.max(0, y - place.clientHeight / 2);
  }
}

/** Scroll by dragging with the mouse; fingers scroll by themselves. @param {{current: HTMLDivElement | null}} place */
function useDragging(place) {
  const moved = useRef(false);
  /** @param {PointerEvent} event */
  const start = (event) => {
    const scrolled = place.current;
    moved.current = false;
    if (!scrolled || event.pointerType !== "mouse" || event.button) return;
    const [x, y] = [event.clientX + scrolled.scrollLeft, event.clientY + scrolled.scrollTop];
    /** @param {PointerEvent} now */
    const move = (now) => {
      moved.current ||= Math.abs(now.clientX - event.clientX) + Math.abs(now.clientY - event.clientY) > 4;
      if (moved.current) scrolled.scrollTo(x - now.clientX, y - now.clientY);
    };
    const stop = () => {
      window.removeEventListener("pointermove", move);
      window.removeEventListener("pointerup", stop);
    };
    window.addEventListener("pointermove", move);
    window.addEventListener("pointerup", stop);
  };
  return { start, hasMoved: () => moved.current };
}

/**
 * Return the event that an arrow key leads to from another one: along the wire, or in the nearest row above or below.
 *
 * @param {Drawn} drawn @param {number} at @param {string} key @returns {number | null} null: the key leads nowhere
 */
function nextOf({ layout, isReversed }, at, key) {
  const down = { ArrowDown: isReversed ? -1 : 1, ArrowUp: isReversed ? 1 : -1 }[key];
  const along = { ArrowRight: 1, ArrowLeft: -1 }[key];
  if (!down && !along) return null;
  const here = layout.placed[at];
  if (!here) return layout.events[at ? layout.events.length - 1 : 0]?.node.id ?? null;
  if (along) {
    const row = here.rows[0];
    for (let id = at + along; id >= 0 && id < layout.placed.length; id += along) {
      if (layout.placed[id]?.rows.includes(row)) return id;
    }
    return at;
  }
  for (let row = (here.rows[0] ?? -1) + (down ?? 0); row >= 0 && row < layout.wires.length; row += down ?? 1) {
    const others = layout.events.filter((event) => event.rows.includes(row));
    const far = (/** @type {typeof here} */ event) => Math.abs(event.column - here.column);
    if (others.length) return others.reduce((best, each) => (far(each) < far(best) ? each : best)).node.id;
  }
  return at;
}
