// Work that takes its time: hand it in once, wait for it, through restarts of the server.

import { ApiError, get, send } from "./calls.js";

/** An answer comes when the job has ended, but not when it begins to run: so the first ones come soon. */
const WAIT_SECONDS = 10;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 5_000;

const ENDED = ["SUCCEEDED", "FAILED", "CANCELLED"];

/** @typedef {{job_id: string, kind: string, status: string, result: any, error: any, queue: string, progress: number,
 *     queue_position: number | null, attempt: number, max_attempts: number, created_at: string}} Job */

/** Whether a job has ended. @param {{status: string}} job */
export const hasEnded = (job) => ENDED.includes(job.status);

/**
 * Hand work in, wait until it has ended, and return its job, whose `result` is the answer.
 *
 * A lost connection, a restart of the server or a 503 is waited out. The work is handed in with an
 * idempotency key, so that it is never done twice.
 *
 * @param {string} path
 * @param {unknown} body
 * @param {{signal?: AbortSignal, onJob?: (job: Job) => void, onPause?: (error: ApiError | null) => void}} [options]
 *     `onJob` gets each state of the job; `onPause` the error that is waited out, and null when it is over
 * @returns {Promise<Job>} SUCCEEDED
 * @throws {ApiError} the work was refused, failed or was cancelled
 */
export async function work(path, body, { signal, onJob, onPause } = {}) {
  const headers = { Prefer: "respond-async", "Idempotency-Key": crypto.randomUUID() };
  const accepted = await patiently(() => send("POST", path, body, { headers, signal }), onPause, signal);
  onJob?.(accepted);
  return follow(accepted.job_id, { signal, onJob, onPause });
}

/**
 * Wait until a job has ended, and return it; parameters as of `work`.
 *
 * @param {string} jobId
 * @param {{signal?: AbortSignal, onJob?: (job: Job) => void, onPause?: (error: ApiError | null) => void}} [options]
 * @returns {Promise<Job>} SUCCEEDED
 * @throws {ApiError} the job failed or was cancelled
 */
export async function follow(jobId, { signal, onJob, onPause } = {}) {
  for (let wait = 1; ; wait = Math.min(2 * wait, WAIT_SECONDS)) {
    const path = `/api/jobs/${jobId}?wait=${wait}`;
    const job = await patiently(() => get(path, signal), onPause, signal);
    onJob?.(job);
    if (job.status === "SUCCEEDED") return job;
    if (hasEnded(job)) throw endOf(job);
  }
}

/** Return the error of a job that failed or was cancelled. @param {Job} job */
export function endOf(job) {
  if (job.status === "CANCELLED") return new ApiError(409, { detail: "The job was cancelled.", code: "cancelled" });
  const { code, message = "The job failed.", details } = job.error ?? {};
  return new ApiError(500, { ...details, code, detail: message });
}

/**
 * Ask until there is an answer: errors that may pass are waited out, longer each time.
 *
 * @template T
 * @param {() => Promise<T>} ask
 * @param {((error: ApiError | null) => void) | undefined} onPause
 * @param {AbortSignal | undefined} signal
 * @returns {Promise<T>}
 */
export async function patiently(ask, onPause, signal) {
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(2 * pause, LONGEST_PAUSE_MS)) {
    try {
      const answer = await ask();
      onPause?.(null);
      return answer;
    } catch (error) {
      if (!(error instanceof ApiError) || !error.isTemporary) throw error;
      onPause?.(error);
      await sleep(Math.max(pause, 1_000 * error.retryAfter), signal);
    }
  }
}

/** @param {number} ms @param {AbortSignal} [signal] @returns {Promise<void>} */
export function sleep(ms, signal) {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, ms);
    signal?.addEventListener("abort", stop, { once: true });
  });
}
