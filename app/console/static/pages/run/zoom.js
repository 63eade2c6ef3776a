// How large a circuit is drawn, and the buttons that change it.

import { html, useState } from "../../vendor/preact.js";

const SCALES = [0.25, 0.35, 0.5, 0.7, 0.85, 1, 1.25, 1.6, 2];

/** @typedef {{scale: number, change: (by: number) => void, isSmallest: boolean, isLargest: boolean}} Zoom */

/** Return the scale, 1 at first; `change` takes how many steps larger it becomes. @returns {Zoom} */
export function useZoom() {
  const [at, setAt] = useState(SCALES.indexOf(1));
  const last = SCALES.length - 1;
  /** @param {number} by */
  const change = (by) => setAt((old) => Math.min(Math.max(old + by, 0), last));
  return { scale: SCALES[at], change, isSmallest: at === 0, isLargest: at === last };
}

/** @param {{zoom: Zoom}} properties */
export const ZoomButtons = ({ zoom: { scale, change, isSmallest, isLargest } }) => html`
  <button aria-label="Smaller" title="Smaller (−)" disabled=${isSmallest} onClick=${() => change(-1)}>−</button>
  <button aria-label="Larger" title="Larger (+)" disabled=${isLargest} onClick=${() => change(1)}>+</button>
  <span class="zoom">${Math.round(100 * scale)} %</span>
`;
