// What is queued or running now, above the list of runs. Its height stays, so that nothing below it moves.

import { send, withQuery } from "../../api/calls.js";
import { useAction, useLoaded } from "../../shared/hooks.js";
import { ACTIVE, nameOf } from "../../shared/job_facts.js";
import { ErrorNote, Status } from "../../shared/notes.js";
import { Link } from "../../shared/router.js";
import { ago, count, percent } from "../../text/format.js";
import { html, useEffect, useRef } from "../../vendor/preact.js";

const EVERY_MS = 2_000;
const SHOWN = 20;

/**
 * @param {{canCancel: boolean, onEnded: () => void}} properties `onEnded` is called when what was queued or running is
 *     so no more
 */
export function RunningWork({ canCancel, onEnded }) {
  const path = withQuery("/api/jobs", { status: ACTIVE, limit: SHOWN });
  const { data, error, reload } = useLoaded(path, { everyMs: EVERY_MS });
  const jobs = data?.jobs ?? [];
  const total = data?.total ?? jobs.length;
  const seen = useRef(/** @type {string[]} */ ([]));
  useEffect(() => {
    const ids = jobs.map((/** @type {any} */ job) => job.job_id);
    if (seen.current.some((id) => !ids.includes(id))) onEnded();
    seen.current = ids;
  }, [data]);
  return html`
    <section class="running" aria-label="Work in progress">
      <h2>In progress${data && jobs.length > 0 && html` <span class="hint">${count(total)}</span>`}</h2>
      <div class="running-list" tabindex="0" role="region" aria-label="Jobs in progress">
        ${data && !jobs.length && html`<p class="hint">Nothing is queued or running.</p>`}
        ${error && html`<p class="hint">${error.message}</p>`}
        <ul>
          ${jobs.map(
            (/** @type {any} */ job) =>
              html`<${Row} key=${job.job_id} job=${job} canCancel=${canCancel} onCancelled=${reload} />`,
          )}
        </ul>
        ${total > jobs.length && html`<${Link} to="/jobs">See all ${count(total)}<//>`}
      </div>
    </section>
  `;
}

/** @param {{job: any, canCancel: boolean, onCancelled: () => void}} properties */
function Row({ job, canCancel, onCancelled }) {
  const { run, isRunning, error } = useAction(() => send("DELETE", `/api/jobs/${job.job_id}`).then(onCancelled));
  return html`<li>
    <${Status} status=${job.status} />
    <${Link} to=${`/jobs/${job.job_id}`}>${nameOf(job)}<//>
    <span class="hint">
      ${job.queue_position !== null && `position ${count(job.queue_position + 1)} in the queue, `}
      ${job.status === "RUNNING" && `${percent(job.progress)} done, `}handed in ${ago(job.created_at)}
    </span>
    ${canCancel &&
    html`<button disabled=${isRunning || job.status === "CANCELLING"} onClick=${() => void run()}>Cancel</button>`}
    <${ErrorNote} error=${error} />
  </li>`;
}
