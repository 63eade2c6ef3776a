// The state of work that was handed in: queued, running, waited out; with a button that cancels it.

import { send } from "../api/calls.js";
import { work } from "../api/work.js";
import { count } from "../text/format.js";
import { html, useEffect, useRef, useState } from "../vendor/preact.js";
import { ErrorNote, Status } from "./notes.js";

/**
 * Return a function that hands work in, and what there is to show of it.
 *
 * Work that is shown no longer goes on at the server.
 *
 * @returns {{start: (path: string, body: unknown) => Promise<import("../api/work.js").Job | null>, isRunning: boolean,
 *     state: WorkState}} `start` returns the job once it succeeded, null if it did not or the page was left
 */
export function useWork() {
  const [state, setState] = useState(/** @type {WorkState} */ ({ job: null, paused: null, error: null }));
  const [isRunning, setRunning] = useState(false);
  const stop = useRef(/** @type {AbortController | null} */ (null));
  const isLeft = useRef(false);
  useEffect(
    () => () => {
      isLeft.current = true;
      stop.current?.abort();
    },
    [],
  );
  /** @param {string} path @param {unknown} body */
  const start = async (path, body) => {
    if (isLeft.current) return null;
    stop.current?.abort();
    const own = (stop.current = new AbortController());
    setRunning(true);
    setState({ job: null, paused: null, error: null });
    try {
      return await work(path, body, {
        signal: own.signal,
        onJob: (job) => setState((old) => ({ ...old, job })),
        onPause: (paused) => setState((old) => ({ ...old, paused })),
      });
    } catch (error) {
      if (!own.signal.aborted) setState((old) => ({ ...old, paused: null, error: /** @type {any} */ (error) }));
      return null;
    } finally {
      if (!own.signal.aborted) setRunning(false);
    }
  };
  return { start, isRunning, state };
}

/** @typedef {{job: import("../api/work.js").Job | null, paused: import("../api/calls.js").ApiError | null,
 *     error: Error | null}} WorkState */

/**
 * Show the state of work.
 *
 * @param {{state: WorkState, isRunning: boolean}} properties those that `useWork` returned
 */
export function WorkState({ state, isRunning }) {
  const { job, paused, error } = state;
  const cancel = () => job && send("DELETE", `/api/jobs/${job.job_id}`).catch(() => undefined);
  return html`<div class="work" aria-live="polite">
    ${isRunning && !job && !paused && html`<span class="loading">Handing in…</span>`}
    ${isRunning && job && html`<${Status} status=${job.status} />`}
    ${isRunning &&
    job &&
    job.queue_position !== null &&
    html`<span>position ${count(job.queue_position + 1)} in the queue</span>`}
    ${isRunning && job && html`<button onClick=${cancel}>Cancel</button>`}
    ${isRunning && paused && html`<span class="note warning">${paused.message} Waiting; nothing is lost.</span>`}
    <${ErrorNote} error=${error} />
  </div>`;
}
