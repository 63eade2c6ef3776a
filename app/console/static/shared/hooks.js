// Hooks that several pages use.

import { ApiError, get } from "../api/calls.js";
import { useCallback, useEffect, useRef, useState } from "../vendor/preact.js";

const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 10_000;

/**
 * Load a JSON document, and load it again every so often while the tab is visible.
 *
 * The last document stays while another one loads. After an error that may pass (503, no answer) it is asked
 * for again by itself; what is loaded every so often, after every fault of the server (5xx).
 *
 * @param {string | null} path null: nothing is loaded
 * @param {{everyMs?: number}} [options]
 * @returns {{data: any, error: ApiError | null, isLoading: boolean, at: number, reload: () => void}} `at`: when the
 *     document came, in milliseconds
 */
export function useLoaded(path, { everyMs = 0 } = {}) {
  const [state, setState] = useState({ path, data: null, error: null, at: 0 });
  const [turn, setTurn] = useState(0);
  const pause = useRef(FIRST_PAUSE_MS);
  const reload = useCallback(() => setTurn((at) => at + 1), []);
  useEffect(() => {
    if (path === null) return undefined;
    const stop = new AbortController();
    let timer = 0;
    /** @param {number} ms */
    const again = (ms) => {
      timer = window.setTimeout(() => (document.hidden ? again(ms) : reload()), ms);
    };
    get(path, stop.signal).then(
      (data) => {
        pause.current = FIRST_PAUSE_MS;
        setState({ path, data, error: null, at: Date.now() });
        if (everyMs) again(everyMs);
      },
      (error) => {
        if (stop.signal.aborted) return;
        setState((old) => ({ path, data: old.path === path ? old.data : null, error, at: old.at }));
        if (!isPassing(error, everyMs)) return;
        again(Math.max(pause.current, everyMs, 1_000 * error.retryAfter));
        pause.current = Math.min(2 * pause.current, LONGEST_PAUSE_MS);
      },
    );
    return () => {
      stop.abort();
      clearTimeout(timer);
    };
  }, [path, turn, everyMs]);
  useEffect(() => {
    window.addEventListener("qloom-key", reload);
    return () => window.removeEventListener("qloom-key", reload);
  }, []);
  const { data, error } = state.path === path ? state : { data: null, error: null };
  return { data, error, isLoading: path !== null && data === null && error === null, at: state.at, reload };
}

/** Whether what failed is asked for again by itself. @param {any} error @param {number} everyMs 0: it is loaded once */
const isPassing = (error, everyMs) =>
  error instanceof ApiError && (error.isTemporary || (everyMs > 0 && error.status >= 500));

/**
 * Return a function that runs an asynchronous action, whether it runs now, and the error of the last time.
 *
 * @template {any[]} A
 * @param {(...given: A) => Promise<unknown>} action
 * @returns {{run: (...given: A) => Promise<void>, isRunning: boolean, error: Error | null}}
 */
export function useAction(action) {
  const [state, setState] = useState({ isRunning: false, error: null });
  /** @param {A} given */
  const run = async (...given) => {
    setState({ isRunning: true, error: null });
    try {
      await action(...given);
      setState({ isRunning: false, error: null });
    } catch (error) {
      setState({ isRunning: false, error: /** @type {any} */ (error) });
    }
  };
  return { run, ...state };
}

/** Set the title of the tab while a component is shown. @param {string} title */
export function useTitle(title) {
  useEffect(() => {
    document.title = title ? `${title} · Qloom` : "Qloom";
  }, [title]);
}
