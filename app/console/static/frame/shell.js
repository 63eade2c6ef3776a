// What surrounds every page: navigation, the API key, and what is shown while a page loads or breaks.

import { ApiError, get, key } from "../api/calls.js";
import { patiently } from "../api/work.js";
import { Health } from "../pages/operations/health.js";
import { useTitle } from "../shared/hooks.js";
import { ErrorNote, Loading } from "../shared/notes.js";
import { Link, useAddress } from "../shared/router.js";
import { html, useEffect, useErrorBoundary, useRef, useState } from "../vendor/preact.js";
import { KeyDialog } from "./key_dialog.js";
import { match } from "./pages.js";

const ICON = new URL("../icon.svg", import.meta.url).href;

const SECTIONS = [
  { to: "/runs", name: "Runs" },
  { to: "/compare", name: "Compare" },
  { to: "/sweeps", name: "Sweeps" },
  { to: "/jobs", name: "Jobs" },
  { to: "/vectors", name: "Vectors" },
  { to: "/operations", name: "Operations" },
];

/** @typedef {import("../api/access.js").Caller} Caller */

export function Shell() {
  const address = useAddress();
  const [isAsking, setAsking] = useState(false);
  const { caller, isKnown, paused } = useCaller();
  useEffect(() => {
    const ask = () => setAsking(true);
    window.addEventListener("qloom-key-needed", ask);
    return () => window.removeEventListener("qloom-key-needed", ask);
  }, []);
  useFocus(address.path);
  return html`
    <a class="skip" href="#content">Skip to the content</a>
    <header class="bar">
      <${Link} to="/" class="brand"><img src=${ICON} alt="" width="22" height="22" />Qloom<//>
      <nav aria-label="Sections">
        ${SECTIONS.map(
          ({ to, name }) =>
            html`<${Link} to=${to} aria-current=${isIn(address.path, to) ? "page" : undefined}>${name}<//>`,
        )}
        <a href="/docs">API</a>
      </nav>
      <button class="quiet" onClick=${() => setAsking(true)}>
        ${caller ? `${caller.name} (${caller.role})` : isKnown ? "Set API key" : "API key not checked yet"}
      </button>
    </header>
    <main id="content" tabindex="-1">
      ${paused
        ? html`<${Paused} error=${paused} />`
        : html`<${Page} key=${address.path} address=${address} caller=${caller} isReady=${isKnown} />`}
    </main>
    ${isAsking && html`<${KeyDialog} caller=${caller} onClose=${() => setAsking(false)} />`}
  `;
}

/** Why no page can be shown: whose the key is, is not known. @param {{error: Error}} properties */
const Paused = ({ error }) => html`
  <${ErrorNote} error=${error} />
  ${error instanceof ApiError && error.status === 503 && html`<${Health} caller=${null} isUnchecked />`}
`;

/** @param {string} path @param {string} section */
const isIn = (path, section) =>
  path === section || path.startsWith(`${section}/`) || (path === "/" && section === "/runs");

/**
 * Move the focus to the content when another page is shown: the link that led there may be gone.
 *
 * @param {string} path
 */
function useFocus(path) {
  const shown = useRef(path);
  useEffect(() => {
    if (shown.current !== path) document.getElementById("content")?.focus({ preventScroll: true });
    shown.current = path;
  }, [path]);
}

/**
 * Return whose the key of this tab is. It is asked for again while the server is away.
 *
 * @returns {{caller: Caller, isKnown: boolean, paused: Error | null}} `isKnown`: the server has told the role of the
 *     first key, or there is none; `paused`: why the role is not known yet
 */
function useCaller() {
  const [found, setFound] = useState(/** @type {any} */ ({ caller: null, isKnown: !key.get(), paused: null }));
  useEffect(() => {
    let stop = new AbortController();
    const find = async () => {
      stop.abort();
      const { signal } = (stop = new AbortController());
      /** @param {Error | null} paused */
      const onPause = (paused) =>
        setFound((/** @type {any} */ old) => ({ ...old, paused: old.isKnown ? null : paused }));
      const self = key.get() ? patiently(() => get("/v2/keys/self", signal), onPause, signal) : null;
      const caller = await Promise.resolve(self).catch(() => null);
      if (!signal.aborted) setFound({ caller, isKnown: true, paused: null });
    };
    void find();
    window.addEventListener("qloom-key", find);
    return () => {
      stop.abort();
      window.removeEventListener("qloom-key", find);
    };
  }, []);
  return found;
}

/**
 * The page that an address names. Its component gets `parts` (those of the path that the pattern names), `query`
 * and `caller`. It is shown when the caller `isReady`, so that nobody sees buttons that the role may not use.
 *
 * @param {{address: import("../shared/router.js").Address, caller: Caller, isReady: boolean}} properties
 */
function Page({ address, caller, isReady }) {
  const [error] = useErrorBoundary();
  const [shown, setShown] = useState(/** @type {any} */ (null));
  const found = useRef(match(address.path)).current;
  useEffect(() => {
    found?.load().then(
      (module) => setShown({ component: module.Page }),
      () => setShown({ error: new Error("This page could not be loaded. Load it again; the server may be away.") }),
    );
  }, []);
  if (!found) return html`<${NotFound} />`;
  if (error || shown?.error) return html`<${ErrorNote} error=${error ?? shown.error} />`;
  if (!shown || !isReady) return html`<${Loading} />`;
  return html`<${shown.component} parts=${found.parts} query=${address.query} caller=${caller} />`;
}

function NotFound() {
  useTitle("Not found");
  return html`<h1>Not found</h1>
    <p>There is no page at this address. <${Link} to="/runs">See all runs<//></p>`;
}
