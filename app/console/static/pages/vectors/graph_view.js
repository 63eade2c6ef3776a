// A small graph: pan by dragging, zoom by the wheel or the buttons, select by a click or in the list.

import { Canvas } from "../../drawings/canvas.js";
import { nearest, onCanvas, paint, WHOLE } from "../../drawings/graph.js";
import { layout } from "../../drawings/graph_layout.js";
import { usePalette } from "../../drawings/palette.js";
import { Link } from "../../shared/router.js";
import { number } from "../../text/format.js";
import { html, useCallback, useMemo, useRef, useState } from "../../vendor/preact.js";

const ZOOM = 1.25;
const [LEAST_ZOOM, MOST_ZOOM] = [0.2, 20];

/** A pointer that moved so few pixels has clicked. */
const CLICK = 4;

/** @typedef {import("../../drawings/graph_layout.js").Node} Node */
/** @typedef {import("../../drawings/graph_layout.js").Edge} Edge */

/**
 * @param {{nodes: Node[], edges: Edge[], label: string, height?: number}} properties `label` says in a sentence what
 *     is seen
 */
export function Graph({ nodes, edges, label, height = 420 }) {
  const palette = usePalette();
  const places = useMemo(() => layout(nodes, edges), [nodes, edges]);
  const { view, zoom, moveBy, showAll } = useView();
  const [selected, setSelected] = useState("");
  const drawn = useRef(/** @type {import("../../drawings/graph.js").Places} */ (new Map()));
  const draw = useCallback(
    /** @type {import("../../drawings/canvas.js").Draw} */ (
      (context, width, tall) => {
        context.clearRect(0, 0, width, tall);
        drawn.current = onCanvas(places, view, width, tall);
        const drawing = { nodes, edges, at: drawn.current, selected, palette };
        paint(context, drawing, width, tall);
      }
    ),
    [nodes, edges, places, view, selected, palette],
  );
  const pointer = usePointer(moveBy, zoom, (x, y) => setSelected(nearest(drawn.current, x, y)));
  return html`<div class="graph">
    <div class="graph-drawing">
      <${Canvas} draw=${draw} height=${height} label=${label} ...${pointer} />
      <div class="buttons">
        <button onClick=${() => zoom(ZOOM)}>Zoom in</button>
        <button onClick=${() => zoom(1 / ZOOM)}>Zoom out</button>
        <button onClick=${showAll}>Show all</button>
        <span class="hint">
          Drag to move, Ctrl and the wheel to zoom. A line's width and number is the strength. Labels that would cover
          others are left out.
        </span>
      </div>
    </div>
    <${NodeList} nodes=${nodes} edges=${edges} selected=${selected} onSelect=${setSelected} height=${height} />
  </div>`;
}

/** How far the graph is zoomed and moved, and what changes it. */
function useView() {
  const [view, setView] = useState(/** @type {import("../../drawings/graph.js").View} */ (WHOLE));
  /** @param {number} factor */
  const zoom = (factor) =>
    setView((old) => {
      const next = Math.min(Math.max(old.zoom * factor, LEAST_ZOOM), MOST_ZOOM);
      return { zoom: next, x: old.x * factor, y: old.y * factor };
    });
  /** @param {number} x @param {number} y */
  const moveBy = (x, y) => setView((old) => ({ ...old, x: old.x + x, y: old.y + y }));
  return { view, zoom, moveBy, showAll: () => setView(WHOLE) };
}

/**
 * Return the handlers of the canvas: it is moved by dragging, zoomed by Ctrl and the wheel, and clicked.
 *
 * @param {(x: number, y: number) => void} moveBy
 * @param {(factor: number) => void} zoom
 * @param {(x: number, y: number) => void} onClick
 */
function usePointer(moveBy, zoom, onClick) {
  const drag = useRef(/** @type {{x: number, y: number, moved: number} | null} */ (null));
  return {
    onPointerDown: (/** @type {PointerEvent} */ event) => {
      /** @type {Element} */ (event.currentTarget).setPointerCapture(event.pointerId);
      drag.current = { x: event.clientX, y: event.clientY, moved: 0 };
    },
    onPointerMove: (/** @type {PointerEvent} */ event) => {
      const from = drag.current;
      if (!from) return;
      const [x, y] = [event.clientX - from.x, event.clientY - from.y];
      drag.current = { x: event.clientX, y: event.clientY, moved: from.moved + Math.hypot(x, y) };
      moveBy(x, y);
    },
    onPointerUp: (/** @type {PointerEvent} */ event) => {
      if (drag.current && drag.current.moved < CLICK) onClick(event.offsetX, event.offsetY);
      drag.current = null;
    },
    onPointerCancel: () => (drag.current = null),
    onWheel: (/** @type {WheelEvent} */ event) => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      zoom(event.deltaY < 0 ? ZOOM : 1 / ZOOM);
    },
  };
}

/**
 * @param {{nodes: Node[], edges: Edge[], selected: string,
 *     onSelect: (id: string) => void, height: number}} properties
 */
function NodeList({ nodes, edges, selected, onSelect, height }) {
  const names = new Map(nodes.map(({ id, label: text }) => [id, text]));
  /** @param {string} id */
  const others = (id) =>
    edges
      .filter(({ from, to }) => from === id || to === id)
      .map(({ from, to, weight }) => `${names.get(from === id ? to : from) ?? ""} (${number(weight, 3)})`);
  const chosen = nodes.find(({ id }) => id === selected);
  return html`<div
    class="graph-list"
    style=${{ maxHeight: `${height}px` }}
    tabindex="0"
    role="region"
    aria-label="Nodes"
  >
    <div class="graph-chosen" aria-live="polite">
      ${
        chosen
          ? html`<p><strong>${chosen.label}</strong> ${chosen.to && html`<${Link} to=${chosen.to}>Open<//>`}</p>
              <p class="hint">Joined with ${others(chosen.id).join(", ") || "nothing"}</p>`
          : html`<p class="hint">Select a node, here or in the drawing.</p>`
      }
    </div>
    <ul>
      ${nodes.map(
        ({ id, label: text, kind }) =>
          html`<li key=${id}>
            <button
              class="quiet"
              aria-pressed=${selected === id ? "true" : "false"}
              onClick=${() => onSelect(selected === id ? "" : id)}
            >
              <span aria-hidden="true">${kind === "group" ? "■" : "●"}</span> ${text}
              <span class="visually-hidden"> ${kind === "group" ? "group" : "vector"}</span>
            </button>
          </li>`,
      )}
    </ul>
  </div>`;
}
