// A run that is no execution yet, or never became one: what its job does, and why it failed.

import { mayWrite } from "../../api/access.js";
import { send } from "../../api/calls.js";
import { useJob } from "../../api/run_data.js";
import { hasEnded } from "../../api/work.js";
import { useAction, useTitle } from "../../shared/hooks.js";
import { isRetriable } from "../../shared/job_facts.js";
import { Empty, ErrorNote, Loading, Note, Status } from "../../shared/notes.js";
import { go, Link } from "../../shared/router.js";
import { time } from "../../text/format.js";
import { html } from "../../vendor/preact.js";

/** @typedef {import("../../api/access.js").Caller} Caller */

/**
 * @param {{id: string, error: any, onEnd: () => void, caller: Caller}} properties `error`: what
 *     the server said when it was asked for the run
 */
export function Pending({ id, error, onEnd, caller }) {
  const isJob = error.code === "not_finished" || Boolean(error.problem?.job_status);
  useTitle(isJob ? "Run" : "Not found");
  return html`<h1>Run</h1>
    ${isJob
      ? html`<${JobOfRun} id=${id} onEnd=${onEnd} canWrite=${mayWrite(caller)} />`
      : html`<${ErrorNote} error=${error} />`}
    ${!isJob && error.status === 404 &&
    html`<${Empty} title="There is no run of this id.">
      <p>It may have been deleted. <${Link} to="/runs">See all runs<//></p>
    <//>`}`;
}

/** @param {{id: string, onEnd: () => void, canWrite: boolean}} properties */
function JobOfRun({ id, onEnd, canWrite }) {
  const { job, paused, error } = useJob(id, onEnd);
  return html`
    ${!job && !error && html`<${Loading} />`}
    ${job &&
    html`<div class="panel" aria-live="polite">
      <p><${Status} status=${job.status} /> ${words(job)}</p>
      <dl class="facts">
        <dt>Handed in</dt><dd>${time(job.created_at)}</dd>
        <dt>Queue</dt><dd>${job.queue}${job.queue_position === null ? "" : `, ${job.queue_position} before it`}</dd>
        <dt>Attempts</dt><dd>${job.attempt} of ${job.max_attempts}</dd>
        <dt>Job</dt><dd><${Link} to=${`/jobs/${id}`}><code>${id}</code><//></dd>
      </dl>
      ${job.error &&
      html`<${Note} kind="warning">
        <p>${job.error.message}</p>
        <p class="hint"><code>${job.error.code}</code></p>
      <//>`}
      ${canWrite && html`<${Buttons} job=${job} />`}
    </div>`}
    ${paused && html`<${Note} kind="warning">${paused.message} It is waited for; nothing is lost.<//>`}
    <${ErrorNote} error=${job?.error || job?.status === "CANCELLED" ? null : error} />
  `;
}

/** @param {{job: import("../../api/work.js").Job}} properties */
function Buttons({ job }) {
  const cancel = useAction(() => send("DELETE", `/api/jobs/${job.job_id}`));
  const retry = useAction(async () => {
    const { job_id: next } = await send("POST", `/api/jobs/${job.job_id}/retry`);
    go(`/runs/${next}`);
  });
  return html`
    <div class="buttons">
      ${!hasEnded(job) && html`<button onClick=${cancel.run}>Cancel</button>`}
      ${isRetriable(job) && html`<button onClick=${retry.run}>Try again</button>`}
      ${hasEnded(job) && !isRetriable(job) && html`<${Link} class="button" to="/runs/new">New run<//>`}
    </div>
    <${ErrorNote} error=${cancel.error ?? retry.error} />
  `;
}

/** @param {any} job */
function words(job) {
  if (job.status === "QUEUED") return "It waits for a free worker. This page shows the run when it has ended.";
  if (job.status === "FAILED") return "It failed, and there is nothing to show.";
  if (job.status === "CANCELLED") return "It was cancelled before it ended.";
  return `${Math.round(100 * job.progress)} % of its steps are done. This page shows the run when it has ended.`;
}
