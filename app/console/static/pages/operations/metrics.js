// Curves: vector queries of the last hour from the API's windows, and the queues as this page has seen them.

import { get } from "../../api/calls.js";
import { ErrorNote, Loading } from "../../shared/notes.js";
import { count, counted, duration, number, percent } from "../../text/format.js";
import { html, useEffect, useRef, useState } from "../../vendor/preact.js";
import { Curve } from "./curve.js";

const SLICE_SECONDS = 300;
const SLICES = 12;
const HOUR_EVERY_MS = 60_000;
const KEPT_SAMPLES = 720;

/** What happened in one slice of the hour. @typedef {{at: number, queries: number, rate: number, cached: number | null,
 *     quantum: number | null, latency: number | null}} Slice */

/**
 * Return what happened between the ends of windows that all end now: the API adds up from each end until now, so
 * the difference of two windows is what lies between their ends.
 *
 * @param {any[]} windows documents of GET /v2/metrics, the shortest window first
 * @returns {Slice[]} the oldest first; shares and times of no query are null
 */
export function slicesOf(windows) {
  const nothing = { queries: 0, window_seconds: 0, cache_hit_rate: 0, quantum_utilization: 0, avg_query_latency_ms: 0 };
  const slices = windows.map((window, at) => {
    const inner = at > 0 ? windows[at - 1] : nothing;
    const queries = Math.max(0, window.queries - inner.queries);
    const seconds = window.window_seconds - inner.window_seconds;
    /** @param {string} mean */
    const between = (mean) =>
      queries > 0 ? Math.max(0, (window[mean] * window.queries - inner[mean] * inner.queries) / queries) : null;
    return {
      at: Date.parse(window.timestamp) / 1_000 - (window.window_seconds + inner.window_seconds) / 2,
      queries,
      rate: seconds > 0 ? queries / seconds : 0,
      cached: between("cache_hit_rate"),
      quantum: between("quantum_utilization"),
      latency: between("avg_query_latency_ms"),
    };
  });
  return slices.reverse();
}

/** The vector queries of the last hour; needs an administrator's key. */
export function LastHour() {
  const [windows, setWindows] = useState(/** @type {any[] | null} */ (null));
  const [error, setError] = useState(/** @type {any} */ (null));
  useEffect(() => {
    const stop = new AbortController();
    const load = () => {
      if (document.hidden) return;
      const lengths = Array.from({ length: SLICES }, (_, at) => SLICE_SECONDS * (at + 1));
      Promise.all(lengths.map((seconds) => get(`/v2/metrics?window=${seconds}`, stop.signal))).then(
        (found) => {
          setWindows(found);
          setError(null);
        },
        (failed) => stop.signal.aborted || setError(failed),
      );
    };
    load();
    const timer = setInterval(load, HOUR_EVERY_MS);
    return () => {
      stop.abort();
      clearInterval(timer);
    };
  }, []);
  return html`<div>
    <${ErrorNote} error=${error} />
    ${!windows && !error && html`<${Loading} />`}
    ${windows && html`<${Hour} windows=${windows} />`}
  </div>`;
}

/** @param {{windows: any[]}} properties */
function Hour({ windows }) {
  const slices = slicesOf(windows);
  const times = slices.map((slice) => slice.at);
  const hour = windows[windows.length - 1];
  /** @param {keyof Slice} name */
  const values = (name) => slices.map((slice) => slice[name]);
  const shares = [
    { name: "from the cache", values: values("cached") },
    { name: "with a circuit", values: values("quantum") },
  ];
  return html`
    <p>
      ${counted(hour.queries, "query")}; ${counted(hour.active_quantum_states, "coherent quantum state")} now
      ${hour.active_quantum_states_is_estimate && " (an estimate)"};${" "}
      ${number(hour.coherence_violations_per_hour, 3)} queries an hour met a vector without coherence.
    </p>
    <div class="panels">
      <${Curve} title="Queries a second" times=${times} write=${(/** @type {any} */ value) => `${number(value, 3)}/s`}
        lines=${[{ name: "queries", values: values("rate") }]} />
      <${Curve} title="Mean time of a query" times=${times} write=${duration}
        lines=${[{ name: "time", values: values("latency") }]} />
      <${Curve} title="Shares of the queries" times=${times} lines=${shares}
        write=${(/** @type {any} */ value) => percent(value)} />
    </div>
    <p class="hint">
      Each point is five minutes, worked out from the windows of GET /v2/metrics. For a longer history, let Prometheus
      read /metrics (docs/metrics.md).
    </p>
  `;
}

/**
 * The queues since this page was opened: the API has no history of them.
 *
 * @param {{data: any}} properties the newest document of GET /api/workers
 */
export function QueueCurves({ data }) {
  const samples = useRef(/** @type {{at: number, queues: any[]}[]} */ ([])).current;
  const seen = useRef(/** @type {any} */ (null));
  if (data && data !== seen.current) {
    seen.current = data;
    samples.push({ at: Date.now() / 1_000, queues: data.queues });
    if (samples.length > KEPT_SAMPLES) samples.shift();
  }
  if (!samples.length) return html`<${Loading} />`;
  const times = samples.map((sample) => sample.at);
  /** @param {string} figure */
  const lines = (figure) =>
    samples[0].queues.map(({ queue }, at) => ({
      name: queue,
      values: samples.map(({ queues }) => queues[at][figure]),
    }));
  return html`
    <div class="panels">
      <${Curve} title="Jobs that wait" times=${times} write=${count} lines=${lines("waiting_jobs")} />
      <${Curve} title="Longest wait" times=${times} lines=${lines("oldest_wait_seconds")}
        write=${(/** @type {any} */ seconds) => duration(1_000 * seconds)} />
      <${Curve} title="Busy slots" times=${times} write=${count} lines=${lines("slots_in_use")} />
    </div>
    <p class="hint">
      These curves begin when this page is opened: the API has no history of the queues. They are lost when it is
      closed.
    </p>
  `;
}
