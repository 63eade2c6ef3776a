// The states of runs after their steps: asked of the API one at a time, kept for a while, fetched ahead.

import { ApiError, call, jsonOf, withQuery } from "../../api/calls.js";
import { follow, sleep } from "../../api/work.js";
import { useEffect, useState } from "../../vendor/preact.js";

export const TOP = 16;
const KEPT = 200;
const AHEAD = 2;
const LAST = "EXECUTION_END";
const SETTLE_MS = 120;
const PAUSE_MS = 1_000;

/**
 * What GET /api/replay/{id}/step/{step}/state answers.
 *
 * @typedef {{step: number, event: {type: string}, num_qubits: number, purity: number, is_pure: boolean,
 *     probability_left: number,
 *     kept?: number, outcome: string | null, outcome_probability: number | null,
 *     basis_states: {state: string, probability: number, phase: number | null}[],
 *     qubits: {qubit: number, bloch: [number, number, number], purity: number, entropy: number}[],
 *     outcomes: {outcome: string, probability: number}[],
 *     pairs: {qubits: [number, number], mutual_information: number, concurrence: number}[]}} StepState
 */

/** The answers of this tab, the one that was used last at the end. @type {Map<string, StepState>} */
const kept = new Map();

/** @param {string} executionId @param {number} step @param {string} outcome */
const pathOf = (executionId, step, outcome) =>
  withQuery(`/api/replay/${executionId}/step/${step}/state`, { top: TOP, pairs: true, outcome });

/** Return a kept answer, if there is one. @param {string} path */
function known(path) {
  const found = kept.get(path);
  if (found) {
    kept.delete(path);
    kept.set(path, found);
  }
  return found;
}

/**
 * Return the state, which is computed by a job if nobody has asked for it before; 503 and a lost connection are
 * waited out.
 *
 * @param {string} path
 * @param {AbortSignal} signal
 * @param {(error: ApiError) => void} [onPause] gets what is waited out
 * @returns {Promise<StepState>}
 */
async function ask(path, signal, onPause) {
  for (;;) {
    const found = known(path);
    if (found) return found;
    try {
      const response = await call("GET", path, { signal });
      const answer = await jsonOf(response, signal);
      if (response.status === 202) await follow(answer.job_id, { signal });
      else remember(path, answer);
    } catch (error) {
      if (!(error instanceof ApiError) || !error.isTemporary) throw error;
      onPause?.(error);
      await sleep(Math.max(PAUSE_MS, 1_000 * error.retryAfter), signal);
    }
  }
}

/** @param {string} path @param {StepState} answer */
function remember(path, answer) {
  kept.set(path, answer);
  if (kept.size > KEPT) kept.delete(/** @type {string} */ (kept.keys().next().value));
}

/**
 * Return the state after a step. Steps that are passed quickly are not asked for; when one is shown, the next ones
 * are asked for, but not those of one outcome, which may be impossible there.
 *
 * @param {string} executionId
 * @param {number} step
 * @param {string} outcome only the shots with these classical bits; "": all
 * @returns {{state: StepState | null, error: Error | null, paused: Error | null, isOld: boolean}} `state` is the last
 *     one that came; `isOld`: it is of another step
 */
export function useStepState(executionId, step, outcome) {
  const path = pathOf(executionId, step, outcome);
  const [shown, setShown] = useState(/** @type {Shown} */ ({ path: "", state: null, error: null, paused: null }));
  useEffect(() => {
    const stop = new AbortController();
    load(executionId, step, outcome, stop.signal, (change) => {
      if (!stop.signal.aborted) setShown((old) => ({ ...old, ...change }));
    });
    return () => stop.abort();
  }, [path]);
  const found = known(path);
  if (found) return { state: found, error: null, paused: null, isOld: false };
  return { ...shown, error: shown.path === path ? shown.error : null, isOld: true };
}

/** @typedef {{path: string, state: StepState | null, error: Error | null, paused: Error | null}} Shown */

/**
 * @param {string} executionId
 * @param {number} step
 * @param {string} outcome
 * @param {AbortSignal} signal
 * @param {(change: Partial<Shown>) => void} onChange
 */
async function load(executionId, step, outcome, signal, onChange) {
  const path = pathOf(executionId, step, outcome);
  let state;
  try {
    if (!known(path)) await sleep(SETTLE_MS, signal);
    state = await ask(path, signal, (paused) => onChange({ paused }));
    onChange({ path, state, error: null, paused: null });
  } catch (error) {
    onChange({ path, error: /** @type {Error} */ (error), paused: null });
    return;
  }
  if (outcome) return;
  try {
    for (let next = step + 1; next <= step + AHEAD && state.event.type !== LAST; next += 1) {
      state = await ask(pathOf(executionId, next, outcome), signal);
    }
  } catch {
    // Not wanted any more, or not to be had. Whoever goes to that step is told.
  }
}
