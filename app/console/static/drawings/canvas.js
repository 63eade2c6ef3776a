// A canvas that is as sharp as the screen and as wide as its place.

import { html, useEffect, useRef } from "../vendor/preact.js";
import { useWidth } from "./measured.js";

/** @typedef {(context: CanvasRenderingContext2D, width: number, height: number) => void} Draw */

/**
 * A canvas that calls `draw` again whenever its width or `draw` itself changes; lengths are CSS pixels.
 *
 * @param {{draw: Draw, height: number, label: string, [attribute: string]: any}} properties `label` says in a
 *     sentence what is seen; make `draw` with `useCallback`
 */
export function Canvas({ draw, height, label, ...attributes }) {
  const [place, width] = useWidth();
  const canvas = useRef(/** @type {HTMLCanvasElement | null} */ (null));
  useEffect(() => {
    const shown = canvas.current;
    const context = shown?.getContext("2d");
    if (!shown || !context || !width) return undefined;
    const frame = requestAnimationFrame(() => {
      const scale = window.devicePixelRatio || 1;
      shown.width = Math.round(width * scale);
      shown.height = Math.round(height * scale);
      context.setTransform(scale, 0, 0, scale, 0, 0);
      draw(context, width, height);
    });
    return () => cancelAnimationFrame(frame);
  }, [draw, width, height]);
  return html`<div class="canvas" ref=${place}>
    <canvas ref=${canvas} role="img" aria-label=${label} style=${{ height: `${height}px` }} ...${attributes} />
  </div>`;
}
