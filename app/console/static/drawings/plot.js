// A curve that uPlot draws in a place of the page.

import { useEffect, useRef } from "../vendor/preact.js";
import uPlot from "../vendor/uplot.js";
import { useWidth } from "./measured.js";

/**
 * Draw a plot as wide as its place, anew when that width or one of `inputs` changes.
 *
 * @param {(width: number) => {options: any, data: any}} make uPlot's options and data
 * @param {any[]} inputs what `make` depends on
 * @returns {[{current: HTMLElement | null}, {current: any}]} references of the place and of the plot
 */
export function usePlot(make, inputs) {
  const [place, width] = useWidth();
  const plot = useRef(/** @type {any} */ (null));
  useEffect(() => {
    if (!place.current || !width) return undefined;
    const { options, data } = make(width);
    const own = (plot.current = new uPlot(options, data, place.current));
    return () => {
      plot.current = null;
      own.destroy();
    };
  }, [width, ...inputs]);
  return [place, plot];
}
