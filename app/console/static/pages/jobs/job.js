// One job: where it is, its timeline, why it failed, where its result is, and the buttons that mend it.

import { mayWrite } from "../../api/access.js";
import { download } from "../../api/files.js";
import { useAction, useLoaded, useTitle } from "../../shared/hooks.js";
import {
  ageOf, attemptsOf, isActive, kindOf, nameOf, resultPage, troubleOf, useNow,
} from "../../shared/job_facts.js";
import { Empty, ErrorNote, Loading, Note, Status } from "../../shared/notes.js";
import { Link } from "../../shared/router.js";
import { counted, percent, time } from "../../text/format.js";
import { toJson } from "../../text/json.js";
import { html, useState } from "../../vendor/preact.js";
import { JobActions, noteRetries } from "./actions.js";
import { Timeline } from "./timeline.js";

/** @typedef {import("../../api/access.js").Caller} Caller */

const EVERY_MS = 1_000;
const SHOWN_CHARACTERS = 20_000;

/** What an operator does about an error, by its code. @type {Record<string, string>} */
const ADVICE = {
  worker_lost:
    "The process that ran it died in each attempt, in most cases for want of memory. Look at the memory of its host " +
    "and at the worker's log, then retry.",
  invalid_program: "The program is wrong: a retry fails in the same way. Correct it and run it anew.",
  limit_exceeded:
    "A limit does not allow it: a retry fails in the same way. Ask for less; the page Operations lists the limits.",
  disk_full: "The disk of PostgreSQL is full. Make room, then retry.",
};

/** @typedef {import("../../shared/job_facts.js").Job} Job */

/** @param {{parts: Record<string, string>, caller: Caller}} properties */
export function Page({ parts, caller }) {
  const [isOver, setOver] = useState(false);
  const path = `/api/jobs/${encodeURIComponent(parts.id)}`;
  const { data: job, error, isLoading, at, reload } = useLoaded(path, { everyMs: isOver ? 0 : EVERY_MS });
  const now = useNow();
  useTitle(job ? nameOf(job) : "Job");
  if (job && isOver !== !isActive(job)) setOver(!isActive(job));
  if (job) noteRetries([job]);
  return html`
    <p class="hint"><${Link} to="/jobs">Jobs<//></p>
    ${!job && html`<h1>Job ${parts.id.slice(0, 8)}</h1>`}
    <${ErrorNote} error=${error} onRetry=${reload} />
    ${error?.status === 404 &&
    html`<${Empty} title="There is no job of this id.">
      <p>Jobs are removed some time after their end. <${Link} to="/jobs">See all jobs<//></p>
    <//>`}
    ${isLoading && html`<${Loading} />`}
    ${job && html`<${Shown} job=${job} now=${now} asOf=${at} canWrite=${mayWrite(caller)} onChanged=${reload} />`}
  `;
}

/**
 * @param {{job: Job, now: number, asOf: number, canWrite: boolean, onChanged: () => void}} properties `asOf`: when the
 *     job was as it is shown
 */
function Shown({ job, now, asOf, canWrite, onChanged }) {
  const page = resultPage(job);
  const name = nameOf(job);
  const trouble = job.status === "FAILED" ? "" : troubleOf(job, asOf);
  return html`
    <h1>${name[0].toUpperCase() + name.slice(1)}</h1>
    <div class="buttons job-state" aria-live="polite">
      <${Status} status=${job.status} />
      <progress max="1" value=${job.progress} aria-label="Progress" /> ${percent(job.progress)}
      <span class="hint fixed">${ageOf(job, now)}</span>
      ${page && html`<${Link} to=${page} class="button main">Open the ${kindOf(job)}<//>`}
      <${JobActions} job=${job} canWrite=${canWrite} onChanged=${onChanged} />
    </div>
    ${!canWrite && html`<p class="hint">Your key is a reader's: it shows jobs, it does not cancel or retry them.</p>`}
    ${trouble && html`<${Note} kind="warning"><p>${trouble}</p><//>`}
    ${job.error && html`<${Failure} error=${job.error} />`}
    <div class="panels">
      <${Timeline} job=${job} now=${now} />
      <${Facts} job=${job} asOf=${asOf} />
    </div>
    ${job.status === "SUCCEEDED" && !page && html`<${Result} job=${job} />`}
  `;
}

/** @param {{error: any}} properties */
const Failure = ({ error }) => html`
  <div class="note error" role="alert">
    <p><strong>${error.message}</strong></p>
    <dl class="facts">
      <dt>Code</dt>
      <dd><code>${error.code}</code></dd>
      ${Object.entries(error.details ?? {}).map(
        ([name, value]) => html`<dt>${name.replaceAll("_", " ")}</dt>
          <dd>${typeof value === "object" ? toJson(value) : String(value)}</dd>`,
      )}
    </dl>
    ${ADVICE[error.code] && html`<p>${ADVICE[error.code]}</p>`}
  </div>
`;

/** @param {{job: Job, asOf: number}} properties */
function Facts({ job, asOf }) {
  const left = job.lease_expires_at ? Date.parse(job.lease_expires_at) - asOf : 0;
  return html`
    <section class="panel" aria-labelledby="facts-title">
      <h2 id="facts-title">Where it is</h2>
      <dl class="facts">
        <dt>Id</dt><dd><code>${job.job_id}</code></dd>
        <dt>Queue</dt><dd>${job.queue}</dd>
        <dt>Before it</dt>
        <dd>${placeOf(job)}</dd>
        <dt>Attempt</dt><dd>${attemptsOf(job)}</dd>
        <dt>Worker</dt><dd>${job.worker ? html`<code>${job.worker}</code>` : "none yet"}</dd>
        <dt>Lease</dt>
        <dd class="fixed">
          ${!job.lease_expires_at
            ? "– (a worker holds one while the job runs)"
            : `until ${time(job.lease_expires_at)}, ${left > 0 ? "extended again and again" : "which is over"}`}
        </dd>
        <dt>Tags</dt>
        <dd>
          ${!job.tags.length && "–"}
          ${job.tags.map((/** @type {string} */ tag) => html`<span class="tag">${tag}</span>`)}
        </dd>
        ${job.retry_of &&
        html`<dt>Retry of</dt><dd><${Link} to=${`/jobs/${job.retry_of}`}>${job.retry_of}<//></dd>`}
      </dl>
    </section>
  `;
}

/** Return what stands before a job; the server counts to 1,000. @param {Job} job */
function placeOf({ queue_position: before }) {
  return before === null ? "–" : `${counted(before, "older job")} in this queue${before >= 1_000 ? ", or more" : ""}`;
}

/** The result of a kind that has no page of its own. @param {{job: Job}} properties */
function Result({ job }) {
  const save = useAction(() => download(`/api/jobs/${job.job_id}`, `job-${job.job_id}.json`));
  const text = toJson(job.result, 2);
  const isCut = text.length > SHOWN_CHARACTERS;
  return html`
    <section aria-labelledby="result-title">
      <${ErrorNote} error=${save.error} />
      <h2 id="result-title">Result</h2>
      <pre class="program" tabindex="0">${isCut ? `${text.slice(0, SHOWN_CHARACTERS)}\n…` : text}</pre>
      <div class="buttons">
        <button disabled=${save.isRunning} onClick=${() => void save.run()}>Download the job</button>
        ${isCut && html`<span class="hint">Only the beginning is shown; the file has all of it.</span>`}
      </div>
    </section>
  `;
}
