// The buttons that cancel a job or run a failed one again, wherever a job is shown.

import { send } from "../../api/calls.js";
import { useAction } from "../../shared/hooks.js";
import { isActive, isRetriable, kindOf, nameOf } from "../../shared/job_facts.js";
import { ErrorNote } from "../../shared/notes.js";
import { Question } from "../../shared/question.js";
import { Link } from "../../shared/router.js";
import { html, useState } from "../../vendor/preact.js";

/** Jobs that this tab ran again, by the failed one. @type {Map<string, import("../../shared/job_facts.js").Job>} */
const retried = new Map();

/** Return the job that runs a failed one again, if it is known. @param {string} id */
export const retryOf = (id) => retried.get(id);

/** Keep which jobs are retries of which. @param {import("../../shared/job_facts.js").Job[]} jobs */
export function noteRetries(jobs) {
  for (const job of jobs) if (job.retry_of) retried.set(job.retry_of, job);
}

/**
 * @param {{job: import("../../shared/job_facts.js").Job, canWrite: boolean, onChanged: () => void}} properties
 *     `onChanged` is called after a job was cancelled or run again
 */
export function JobActions({ job, canWrite, onChanged }) {
  const [isAsking, setAsking] = useState(false);
  const again = useAction(async () => {
    noteRetries([await send("POST", `/api/jobs/${job.job_id}/retry`)]);
    onChanged();
  });
  const next = retryOf(job.job_id);
  if (next) return html`<${Link} to=${`/jobs/${next.job_id}`}>run again as ${next.job_id.slice(0, 8)}<//>`;
  if (!canWrite) return null;
  return html`
    ${isRetriable(job) &&
    html`<button disabled=${again.isRunning} aria-label=${`Retry ${nameOf(job)}`} onClick=${() => void again.run()}>
      Retry
    </button>`}
    ${isActive(job) &&
    html`<button
      disabled=${job.status === "CANCELLING"}
      aria-label=${`Cancel ${nameOf(job)}`}
      onClick=${() => setAsking(true)}
    >
      Cancel
    </button>`}
    <${ErrorNote} error=${again.error} />
    ${isAsking && html`<${CancelQuestion} job=${job} onCancelled=${onChanged} onClose=${() => setAsking(false)} />`}
  `;
}

/** @param {{job: import("../../shared/job_facts.js").Job, onCancelled: () => void, onClose: () => void}} properties */
function CancelQuestion({ job, onCancelled, onClose }) {
  const cancel = async () => {
    await send("DELETE", `/api/jobs/${job.job_id}`);
    onCancelled();
  };
  return html`<${Question} title=${`Cancel ${nameOf(job)}?`} yes="Cancel it" onYes=${cancel} onClose=${onClose}>
    <p>
      The ${kindOf(job)} ends without a result. What it has computed so far is lost. Its id is
      <code> ${job.job_id}</code>.
    </p>
  <//>`;
}
