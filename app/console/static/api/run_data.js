// What the page of a run loads beside the run itself.

import { useEffect, useRef, useState } from "../vendor/preact.js";
import { call, get, key, send } from "./calls.js";
import { follow, sleep } from "./work.js";

/** The stream's highest speed, in events a second. */
const SPEED = 10_000;
const FIRST_PART = 500;
const TRIES = 5;
const PAUSE_MS = 2_000;
const OK_CLOSE = 1000;
const BREAKS = [1001, 1006];

/**
 * Return what the graph leaves out of each event (parameters, classical bits, conditions, places in the program):
 * the replay's stream has it. `turn` changes when there is more.
 *
 * @param {string} id of the execution @param {number} total how many events there are; 0: nothing is loaded
 * @returns {{details: import("../drawings/gate_symbols.js").Details[], turn: number, error: string}}
 */
export function useDetails(id, total) {
  const details = useRef(/** @type {any[]} */ ([])).current;
  const [state, setState] = useState({ turn: 0, error: "" });
  useEffect(() => {
    if (!total) return undefined;
    const stop = new AbortController();
    const tell = (error = "") => setState(({ turn }) => ({ turn: turn + 1, error }));
    /** @param {any} event */
    const take = (event) => {
      details[event.event_id] = event;
      if (event.event_id + 1 === FIRST_PART) tell();
    };
    readAll(id, details, take, stop.signal).then(
      () => tell(),
      (error) => stop.signal.aborted || tell(error.message),
    );
    return () => stop.abort();
  }, [id, total]);
  return { details, ...state };
}

/** @param {string} id @param {any[]} details @param {(event: any) => void} take @param {AbortSignal} signal */
async function readAll(id, details, take, signal) {
  for (let attempt = 1; ; attempt++) {
    const code = await readStream(id, details.length, take, signal);
    if (code === OK_CLOSE) return;
    if (!BREAKS.includes(code) || attempt === TRIES) throw new Error(`The stream of events ended with code ${code}.`);
    await sleep(attempt * PAUSE_MS, signal);
  }
}

/**
 * Read events until the stream is closed.
 *
 * @param {string} id @param {number} from @param {(event: any) => void} take @param {AbortSignal} signal
 * @returns {Promise<number>} the code of the close
 */
async function readStream(id, from, take, signal) {
  const ticket = key.get() ? `&ticket=${(await send("POST", "/v2/tickets", undefined, { signal })).ticket}` : "";
  const origin = location.origin.replace(/^http/, "ws");
  const stream = new WebSocket(`${origin}/ws/replay/${encodeURIComponent(id)}?speed=${SPEED}&from=${from}${ticket}`);
  return new Promise((resolve, reject) => {
    signal.addEventListener("abort", () => {
      stream.close();
      reject(signal.reason);
    });
    stream.onmessage = ({ data }) => {
      const message = JSON.parse(data);
      if (message.message === "event") take(message);
    };
    stream.onclose = ({ code }) => resolve(code);
  });
}

/**
 * Load what a worker computes at the first ask: the answer, or a job that is followed and asked for again.
 *
 * @param {string | null} path null: nothing is loaded
 * @returns {{data: any, error: Error | null, job: import("./work.js").Job | null}}
 */
export function useComputed(path) {
  const empty = { path, data: null, error: null, job: null };
  const [state, setState] = useState(/** @type {any} */ (empty));
  useEffect(() => {
    if (path === null) return undefined;
    const stop = new AbortController();
    const onJob = (/** @type {any} */ job) => setState({ ...empty, job });
    computed(path, stop.signal, onJob)
      .then((response) => response.json())
      .then(
        (data) => setState({ ...empty, data }),
        (error) => stop.signal.aborted || setState({ ...empty, error }),
      );
    return () => stop.abort();
  }, [path]);
  return state.path === path ? state : empty;
}

/**
 * GET what a worker computes, and wait for it.
 *
 * @param {string} path @param {AbortSignal} [signal] @param {(job: import("./work.js").Job) => void} [onJob]
 * @returns {Promise<Response>}
 * @throws {import("./calls.js").ApiError} it cannot be computed
 */
export async function computed(path, signal, onJob) {
  const response = await call("GET", path, { signal, headers: { Accept: "*/*", Prefer: "wait=5" } });
  if (response.status !== 202) return response;
  const job = await response.json();
  onJob?.(job);
  await follow(job.job_id, { signal, onJob });
  return call("GET", path, { signal, headers: { Accept: "*/*" } });
}

/**
 * Follow the job of a run that is no execution yet.
 *
 * @param {string} id @param {() => void} onEnd called when it has succeeded
 * @returns {{job: import("./work.js").Job | null, paused: import("./calls.js").ApiError | null, error: any}}
 */
export function useJob(id, onEnd) {
  const [state, setState] = useState(/** @type {any} */ ({ job: null, paused: null, error: null }));
  useEffect(() => {
    const stop = new AbortController();
    const { signal } = stop;
    const onJob = (/** @type {any} */ job) => setState((/** @type {any} */ old) => ({ ...old, job }));
    const onPause = (/** @type {any} */ paused) => setState((/** @type {any} */ old) => ({ ...old, paused }));
    get(`/api/jobs/${id}`, signal)
      .then(onJob)
      .then(() => follow(id, { signal, onJob, onPause }))
      .then(onEnd, (error) => signal.aborted || setState((/** @type {any} */ old) => ({ ...old, error })));
    return () => stop.abort();
  }, [id]);
  return state;
}
