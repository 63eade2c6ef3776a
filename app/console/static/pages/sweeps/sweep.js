// One sweep: how far it is, what it gave, and what can be done with it.

import { mayWrite } from "../../api/access.js";
import { send } from "../../api/calls.js";
import { hasEnded } from "../../api/work.js";
import { useAction, useLoaded, useTitle } from "../../shared/hooks.js";
import { isRetriable } from "../../shared/job_facts.js";
import { Empty, ErrorNote, Loading, Status } from "../../shared/notes.js";
import { Question } from "../../shared/question.js";
import { go, Link } from "../../shared/router.js";
import { ago, count, duration, percent, time } from "../../text/format.js";
import { noiseText } from "../../text/noise.js";
import { html, useState } from "../../vendor/preact.js";
import { SweepResults } from "./results.js";

/** @typedef {import("../../api/access.js").Caller} Caller */

const EVERY_MS = 1_000;

/**
 * @param {{parts: Record<string, string>, query: URLSearchParams, caller: Caller}} properties
 */
export function Page({ parts, query, caller }) {
  const [isOver, setOver] = useState(false);
  const path = `/api/sweeps/${encodeURIComponent(parts.id)}`;
  const { data: sweep, error, reload } = useLoaded(path, { everyMs: isOver ? 0 : EVERY_MS });
  useTitle(sweep ? `Sweep of ${sweep.circuit_name}` : "Sweep");
  if (sweep && hasEnded(sweep) !== isOver) setOver(hasEnded(sweep));
  if (error && !sweep) return html`<${Missing} error=${error} onRetry=${reload} />`;
  if (!sweep) return html`<${Loading} />`;
  const canWrite = mayWrite(caller);
  return html`
    <div class="title">
      <h1>Sweep of ${sweep.circuit_name}</h1>
      ${canWrite && html`<${Actions} sweep=${sweep} onCancelled=${reload} />`}
    </div>
    <${ErrorNote} error=${error} />
    <${Progress} sweep=${sweep} />
    ${sweep.error &&
    html`<div class="note error" role="alert">
      <p><strong>${sweep.error.message}</strong></p>
      <p>
        <${Link} to=${`/jobs/${sweep.sweep_id}`}>See its job<//>${isRetriable(sweep) && ", which can be run again"}.
      </p>
    </div>`}
    <div class="sweep">
      <${Facts} sweep=${sweep} />
      ${sweep.status === "SUCCEEDED" &&
      html`<div><${SweepResults} sweep=${sweep} query=${query} canWrite=${canWrite} /></div>`}
    </div>
  `;
}

/** @param {{error: any, onRetry: () => void}} properties */
const Missing = ({ error, onRetry }) => html`
  <h1>Sweep</h1>
  <${ErrorNote} error=${error} onRetry=${onRetry} />
  ${error.status === 404 &&
  html`<${Empty} title="There is no sweep of this id.">
    <p>It may have been deleted. <${Link} to="/sweeps">See all sweeps<//></p>
  <//>`}
`;

/** @param {{sweep: any}} properties */
function Progress({ sweep }) {
  const { status, progress, shards } = sweep;
  return html`<div class="sweep-progress" role="status">
    <${Status} status=${status} />
    <progress max="1" value=${progress} aria-label="Progress"></progress>
    <span>${percent(progress)}${shards ? `, ${count(shards.done)} of ${count(shards.total)} shards` : ""}</span>
  </div>`;
}

/** @param {{sweep: any, onCancelled: () => void}} properties */
function Actions({ sweep, onCancelled }) {
  const [isAsking, setAsking] = useState(false);
  const cancel = useAction(() => send("DELETE", `/api/jobs/${sweep.sweep_id}`).then(onCancelled));
  const isOver = hasEnded(sweep);
  return html`
    <div class="buttons">
      ${!isOver &&
      html`<button disabled=${cancel.isRunning || sweep.status === "CANCELLING"} onClick=${() => void cancel.run()}>
        Cancel
      </button>`}
      ${isOver && html`<button onClick=${() => setAsking(true)}>Delete</button>`}
    </div>
    <${ErrorNote} error=${cancel.error} />
    ${isAsking &&
    html`<${Question}
      title=${`Delete the sweep of ${sweep.circuit_name}?`}
      yes="Delete it"
      onYes=${async () => {
        await send("DELETE", `/api/sweeps/${sweep.sweep_id}`);
        go("/sweeps");
      }}
      onClose=${() => setAsking(false)}
    >
      <p>The sweep of ${time(sweep.created_at)}, its results and its job are removed for good.</p>
    <//>`}
  `;
}

/** @param {{sweep: any}} properties */
function Facts({ sweep }) {
  const tags = sweep.tags.map((/** @type {string} */ tag) => html`<span class="tag">${tag}</span>`);
  const took = sweep.finished_at && Date.parse(sweep.finished_at) - Date.parse(sweep.started_at ?? sweep.created_at);
  const facts = [
    ["Inputs", sweep.inputs.join(", ") || "none"],
    ...(hasParameters(sweep) ? [["Parameters", parametersOf(sweep)]] : []),
    ["Bindings", count(sweep.num_bindings)],
    ["Shots", sweep.shots ? `${count(sweep.shots)} for each binding` : "none: the values are exact"],
    ["Method", sweep.method_reason ? `${sweep.method}. ${sweep.method_reason}` : sweep.method],
    ["Seed", String(sweep.seed)],
    ["Noise", noiseText(sweep.noise_config)],
    ["Made", `${time(sweep.created_at)} (${ago(sweep.created_at)})`],
    ["Took", took ? duration(took) : "–"],
    ["Id", html`<code>${sweep.sweep_id}</code>`],
    ["Job", html`<${Link} to=${`/jobs/${sweep.sweep_id}`}>its queue, worker and attempts<//>`],
  ];
  return html`<dl class="facts">
    ${facts.map(([name, fact]) => html`<dt>${name}</dt><dd>${fact}</dd>`)}
    ${tags.length > 0 && html`<dt>Tags</dt><dd>${tags}</dd>`}
  </dl>`;
}

/** Whether a sweep's library circuit has parameters. @param {any} sweep */
const hasParameters = (sweep) => Object.keys(sweep.parameters).length > 0;

/** @param {any} sweep */
const parametersOf = ({ parameters }) =>
  Object.entries(parameters).map(([name, value]) => `${name} = ${value}`).join(", ");
