// The moments of a job's life in order, with the time between them as a bar and as a list.

import { isActive } from "../../shared/job_facts.js";
import { duration, percent, time } from "../../text/format.js";
import { html } from "../../vendor/preact.js";

/** A part of a job's life. @typedef {{name: string, kind: string, ms: number, isOpen: boolean}} Span */

/**
 * Return the parts of a job's life until its end or until now.
 *
 * @param {import("../../shared/job_facts.js").Job} job
 * @param {number} now in milliseconds
 * @returns {Span[]}
 */
export function spansOf(job, now) {
  const [made, queued] = [job.created_at, job.queued_at].map(Date.parse);
  const end = job.finished_at ? Date.parse(job.finished_at) : Math.max(now, queued);
  // of a job that is queued again, what started was an earlier attempt
  const started = job.started_at && job.status !== "QUEUED" ? Math.max(queued, Date.parse(job.started_at)) : null;
  const isOpen = isActive(job);
  const spans = [
    { name: "before it was queued again", kind: "before", ms: queued - made, isOpen: false },
    { name: "waited in the queue", kind: "waited", ms: (started ?? end) - queued, isOpen: isOpen && started === null },
  ];
  if (started !== null) spans.push({ name: "ran", kind: "ran", ms: Math.max(0, end - started), isOpen });
  return spans.filter((span) => span.kind !== "before" || span.ms > 0);
}

/** @param {{job: import("../../shared/job_facts.js").Job, now: number}} properties */
export function Timeline({ job, now }) {
  const spans = spansOf(job, now);
  const whole = spans.reduce((sum, span) => sum + span.ms, 0);
  const ends = { SUCCEEDED: "Succeeded", FAILED: "Failed", CANCELLED: "Cancelled" };
  const moments = [
    ["Handed in", job.created_at],
    ...(job.queued_at === job.created_at ? [] : [["Queued again", job.queued_at]]),
    ["Started", job.status === "QUEUED" ? null : job.started_at],
    [/** @type {Record<string, string>} */ (ends)[job.status] ?? "Ended", job.finished_at],
  ];
  return html`
    <section class="panel" aria-labelledby="timeline-title">
      <h2 id="timeline-title">Timeline</h2>
      <div class="spans" aria-hidden="true">
        ${spans.map(
          ({ kind, ms }) => html`<span class=${kind} style=${{ flexGrow: whole > 0 ? ms / whole : 1 }} />`,
        )}
      </div>
      <ul class="legend">
        ${spans.map(
          ({ name, kind, ms, isOpen }) => html`<li>
            <span class=${`key ${kind}`} aria-hidden="true"></span>
            ${isOpen && name === "ran" ? "running" : isOpen ? "waiting" : name}: ${duration(ms)}
            <span class="hint"> ${whole > 0 && percent(ms / whole, 2)}</span>
          </li>`,
        )}
      </ul>
      <dl class="facts">
        ${moments.map(([name, at]) => html`<dt>${name}</dt><dd>${at ? time(at) : "not yet"}</dd>`)}
      </dl>
      ${job.queued_at !== job.created_at &&
      html`<p class="hint">
        A job is queued again when it turns out to be a long one (it moves to the queue heavy), when its worker stops,
        or when its process is lost. Only a lost process counts as an attempt.
      </p>`}
    </section>
  `;
}
