// The address of the page: what it is, how it is changed, and links to others.

import { html, useEffect, useState } from "../vendor/preact.js";
import { noteScroll, restoreScroll } from "./scroll.js";

const BASE = "/console";

/** @typedef {{path: string, query: URLSearchParams}} Address the path is below /console */

/** Return the address that the browser shows. @returns {Address} */
export function currentAddress() {
  const path = location.pathname.slice(BASE.length).replace(/\/+$/, "") || "/";
  return { path, query: new URLSearchParams(location.search) };
}

/**
 * Show another address; another page is shown from its top.
 *
 * @param {string} to a path below /console with its query, e.g. `/runs?tag=a`
 * @param {{replaces?: boolean}} [options] whether the present address leaves the history
 */
export function go(to, { replaces = false } = {}) {
  const before = location.pathname;
  if (!replaces) noteScroll();
  history[replaces ? "replaceState" : "pushState"](null, "", BASE + to);
  if (location.pathname !== before) window.scrollTo(0, 0);
  window.dispatchEvent(new Event("qloom-address"));
}

/** Return the address, and follow its changes. */
export function useAddress() {
  const [address, setAddress] = useState(currentAddress);
  useEffect(() => {
    const follow = () => setAddress(currentAddress());
    const goBack = () => {
      follow();
      if (!location.hash) restoreScroll();
    };
    window.addEventListener("popstate", goBack);
    window.addEventListener("qloom-address", follow);
    return () => {
      window.removeEventListener("popstate", goBack);
      window.removeEventListener("qloom-address", follow);
    };
  }, []);
  return address;
}

/**
 * A link to another page of the console; other attributes are those of `<a>`.
 *
 * @param {{to: string, children?: any, [attribute: string]: any}} properties
 */
export function Link({ to, children, ...attributes }) {
  /** @param {MouseEvent} event */
  const follow = (event) => {
    if (event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    go(to);
    window.scrollTo(0, 0);
  };
  return html`<a href=${BASE + to} onClick=${follow} ...${attributes}>${children}</a>`;
}
