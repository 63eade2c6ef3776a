// Colours of the drawings on canvases: those of the style sheet, by the system's light or dark setting.

import { useEffect, useState } from "../vendor/preact.js";

const NAMES = [
  "text", "faint", "line", "surface", "raised", "accent", "accent-text", "series-1", "series-2", "series-3", "series-4",
  "series-5", "series-6", "warn", "bad", "good",
];

/** @typedef {Record<string, string>} Palette by the names of the custom properties in styles/base.css */

/** Return the colours, and follow the system's setting. @returns {Palette} */
export function usePalette() {
  const [palette, setPalette] = useState(read);
  useEffect(() => {
    const media = matchMedia("(prefers-color-scheme: dark)");
    const follow = () => setPalette(read());
    media.addEventListener("change", follow);
    return () => media.removeEventListener("change", follow);
  }, []);
  return palette;
}

/** @returns {Palette} */
function read() {
  const style = getComputedStyle(document.documentElement);
  return Object.fromEntries(NAMES.map((name) => [name, style.getPropertyValue(`--${name}`).trim()]));
}
