// The width of a place on the page.

import { useEffect, useRef, useState } from "../vendor/preact.js";

/** Return a reference for an element, and the element's width in CSS pixels, 0 before it is known. */
export function useWidth() {
  const place = useRef(/** @type {HTMLElement | null} */ (null));
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const observer = new ResizeObserver(([entry]) => setWidth(Math.floor(entry.contentRect.width)));
    if (place.current) observer.observe(place.current);
    return () => observer.disconnect();
  }, []);
  return /** @type {const} */ ([place, width]);
}
