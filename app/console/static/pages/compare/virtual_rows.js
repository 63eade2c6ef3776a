// A long list of rows of one height: only those in sight are made.

import { html, useEffect, useRef, useState } from "../../vendor/preact.js";

export const ROW_HEIGHT = 30;
const HEAD_HEIGHT = 40;
const BEYOND = 8;

/**
 * @param {{label: string, size: number, head: any, row: (index: number) => any, height: number, target?: number,
 *     turn?: number}} properties `row` makes the cells of a row; `height` is the most that the list takes; `target` is
 *     the row that is scrolled to whenever `turn` changes
 */
export function VirtualRows({ label, size, head, row, height, target = -1, turn = 0 }) {
  const place = useRef(/** @type {HTMLDivElement | null} */ (null));
  const [top, setTop] = useState(0);
  useEffect(() => {
    const shown = place.current;
    if (shown && target >= 0) shown.scrollTop = target * ROW_HEIGHT - height / 2;
  }, [turn]);
  const first = Math.max(0, Math.min(Math.floor(top / ROW_HEIGHT), size) - BEYOND);
  const last = Math.min(size, first + Math.ceil(height / ROW_HEIGHT) + 2 * BEYOND);
  const rows = Array.from({ length: Math.max(last - first, 0) }, (_, at) => first + at);
  return html`<div
    class="scrolls rows"
    role="region"
    aria-label=${label}
    tabindex="0"
    ref=${place}
    onScroll=${(/** @type {any} */ event) => setTop(event.currentTarget.scrollTop)}
    style=${{ height: `${Math.min(height, size * ROW_HEIGHT + HEAD_HEIGHT)}px` }}
  >
    <table aria-rowcount=${size + 1}>
      <thead><tr aria-rowindex="1">${head}</tr></thead>
      <tbody>
        <${Space} rows=${first} />
        ${rows.map(
          (index) => html`<tr
            key=${index}
            aria-rowindex=${index + 2}
            class=${index === target ? "target" : ""}
            style=${{ height: `${ROW_HEIGHT}px` }}
          >
            ${row(index)}
          </tr>`,
        )}
        <${Space} rows=${size - last} />
      </tbody>
    </table>
  </div>`;
}

/** As much room as the rows take that are not made. @param {{rows: number}} properties */
const Space = ({ rows }) =>
  rows > 0 && html`<tr aria-hidden="true" style=${{ height: `${rows * ROW_HEIGHT}px` }}><td /></tr>`;
