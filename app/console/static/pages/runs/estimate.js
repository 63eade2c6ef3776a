// What a run would take, asked for while one types.

import { ApiError, send } from "../../api/calls.js";
import { patiently } from "../../api/work.js";
import { ErrorNote } from "../../shared/notes.js";
import { faultOf } from "../../shared/program_editor.js";
import { count, counted, duration, size } from "../../text/format.js";
import { html, useEffect, useState } from "../../vendor/preact.js";

const PAUSE_MS = 400;

/** @typedef {{asked: string, estimate: any, error: ApiError | null}} Estimated `asked`: the request as text */

/**
 * Ask for the estimate of a request a moment after it was changed last; what is asked no longer is aborted. A server
 * that has no time is asked again.
 *
 * @param {{path: string, body: Record<string, unknown> | undefined} | null} request the path below /api/execute and
 *     the body; null asks nothing
 * @returns {{found: Estimated | null, isCurrent: boolean}} the last answer, and whether it is of this request
 */
export function useEstimate(request) {
  const asked = request && JSON.stringify(request);
  const [found, setFound] = useState(/** @type {Estimated | null} */ (null));
  useEffect(() => {
    if (!request) return undefined;
    const stop = new AbortController();
    const timer = setTimeout(() => {
      const ask = () => send("POST", `/api/estimate${request.path}`, request.body, { signal: stop.signal });
      /** @param {ApiError | null} error */
      const onPause = (error) => error && setFound({ asked: String(asked), estimate: null, error });
      patiently(ask, onPause, stop.signal).then(
        (estimate) => setFound({ asked: String(asked), estimate, error: null }),
        (error) => stop.signal.aborted || setFound({ asked: String(asked), estimate: null, error }),
      );
    }, PAUSE_MS);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [asked]);
  return { found: asked ? found : null, isCurrent: found?.asked === asked };
}

/** @param {{found: Estimated | null, isCurrent: boolean}} properties those that `useEstimate` returned */
export function EstimatePanel({ found, isCurrent }) {
  return html`<section class="panel estimate" aria-label="Estimate" aria-busy=${isCurrent ? "false" : "true"}>
    <h2>What it will take</h2>
    ${!found && html`<p class="hint">The estimate appears when there is a program.</p>`}
    ${found?.estimate && html`<${Facts} estimate=${found.estimate} />`}
    ${found?.error && html`<${Refusal} error=${found.error} />`}
  </section>`;
}

/** @param {{error: ApiError}} properties */
const Refusal = ({ error }) =>
  error.isTemporary
    ? html`<p class="hint">No estimate now: ${error.message}</p>`
    : html`<p><strong>The server would refuse this run:</strong></p>
        ${faultOf(error) ? html`<p>${error.message}</p>` : html`<${ErrorNote} error=${error} />`}`;

/** @param {{estimate: any}} properties */
const Facts = ({ estimate }) => html`<dl class="facts">
  <dt>Method</dt>
  <dd>${estimate.method}. ${estimate.method_reason}</dd>
  <dt>Memory of the state</dt>
  <dd>${size(estimate.memory_bytes)}</dd>
  <dt>Time</dt>
  <dd>
    ${estimate.expected_seconds === null
      ? "unknown: no run of this size yet"
      : `about ${duration(1_000 * estimate.expected_seconds)} in a simulator`},
    queue ${estimate.queue}
  </dd>
  <dt>Size</dt>
  <dd>
    ${counted(estimate.num_qubits, "qubit")} (${count(estimate.num_qubits_used)} used),
    ${` ${counted(estimate.num_clbits, "bit")}`}, depth ${count(estimate.depth)},
    ${` ${counted(estimate.two_qubit_gates, "two-qubit gate")}`}
  </dd>
</dl>`;
