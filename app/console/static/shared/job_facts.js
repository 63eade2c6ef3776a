// What a job's document says, in words: its name, its age, and why it needs a look.

import { nameWithoutNoise } from "../text/circuit_name.js";
import { ago, count, duration } from "../text/format.js";
import { useEffect, useRef, useState } from "../vendor/preact.js";

/** A job as GET /api/jobs/{id} shows it. @typedef {Record<string, any>} Job */

/** The kinds of jobs and what people call them. @type {[string, string][]} */
export const KINDS = [
  ["execute", "run"],
  ["compare", "comparison"],
  ["sweep", "sweep"],
  ["states", "states"],
  ["query", "query"],
  ["import", "import"],
];

export const STATUSES = ["QUEUED", "RUNNING", "CANCELLING", "SUCCEEDED", "FAILED", "CANCELLED"];
export const ACTIVE = ["QUEUED", "RUNNING", "CANCELLING"];

/** A job that waits longer needs a look, and so does one that failed since. */
const LONG_WAIT_MS = 60_000;
const LATELY_MS = 3_600_000;

/** So much the clocks of this machine and of PostgreSQL may differ. */
const CLOCKS_MS = 5_000;

/** @param {Job} job */
export const isActive = (job) => ACTIVE.includes(job.status);

/** @param {Job} job */
export const kindOf = (job) => new Map(KINDS).get(job.kind) ?? job.kind;

/** Return what a job is and which circuit it runs, if it runs one. @param {Job} job */
export function nameOf(job) {
  const name = `${kindOf(job)} ${job.job_id.slice(0, 8)}`;
  if (!job.circuit_name) return name;
  const circuit = nameWithoutNoise(job.circuit_name);
  return `${name} of ${circuit === job.circuit_name ? "" : "noisy "}${circuit}`;
}

/** @param {string | null} from @param {string | number} to */
const between = (from, to) => Math.max(0, (typeof to === "number" ? to : Date.parse(to)) - Date.parse(from ?? ""));

/** Return how long a job has waited, run or did run. @param {Job} job @param {number} now in milliseconds */
export function ageOf(job, now) {
  if (job.status === "QUEUED") return `waiting ${duration(between(job.queued_at, now))}`;
  if (isActive(job)) return `running ${duration(between(job.started_at, now))}`;
  if (!job.started_at) return `waited ${duration(between(job.queued_at, job.finished_at))}`;
  return `ran ${duration(between(job.started_at, job.finished_at))}`;
}

/** Return when a job ended or was handed in, as time before now. @param {Job} job @param {number} now */
export const whenOf = (job, now) => ago(job.finished_at ?? job.created_at, now);

/**
 * Return why a job needs a look, or "".
 *
 * @param {Job} job
 * @param {number} now in milliseconds: when the job's document came, since its lease is extended all the time
 */
export function troubleOf(job, now) {
  if (job.status === "FAILED" && between(job.finished_at, now) < LATELY_MS) return job.error?.message ?? "It failed.";
  if (job.lease_expires_at && Date.parse(job.lease_expires_at) < now - CLOCKS_MS) {
    return `Its worker ${job.worker} is silent since its lease ended; another worker takes the job over.`;
  }
  if (job.status === "QUEUED" && job.attempt > 0) {
    return `Its process was lost; it waits for attempt ${job.attempt + 1} of ${job.max_attempts}.`;
  }
  if (isActive(job) && job.attempt > 1) {
    return `Its process was lost before; this is attempt ${job.attempt} of ${job.max_attempts}.`;
  }
  const isLate = job.status === "QUEUED" && between(job.queued_at, now) > LONG_WAIT_MS;
  const since = job.queued_at === job.created_at ? "yet" : "since it was queued again";
  return isLate ? `No worker took it from the queue ${job.queue} ${since}.` : "";
}

/** Codes of errors in what was sent: its sender corrects it, and a retry fails in the same way. */
const WRONGLY_SENT = ["invalid_program", "invalid_input", "limit_exceeded", "not_found"];

/** Whether a job failed by what was sent, not by Qloom. @param {Job} job */
export const isWronglySent = (job) => job.status === "FAILED" && WRONGLY_SENT.includes(job.error?.code);

/** Whether a job failed in a way that a retry may mend. @param {Job} job */
export const isRetriable = (job) => job.status === "FAILED" && !isWronglySent(job);

/** @param {Job} job */
export const attemptsOf = (job) => `${count(job.attempt)} of ${count(job.max_attempts)}`;

/** Return the page that shows the result of a job, or "". @param {Job} job */
export function resultPage(job) {
  if (job.status !== "SUCCEEDED") return "";
  if (job.kind === "execute") return `/runs/${job.job_id}`;
  if (job.kind === "sweep") return `/sweeps/${job.job_id}`;
  const compared = /^\/api\/replay\/compare\/([^/]+)\/([^/]+)$/.exec(String(job.result));
  return compared ? `/compare/${compared[1]}/${compared[2]}` : "";
}

/** Return the present time in milliseconds, anew every second while the tab is visible. */
export function useNow() {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => !document.hidden && setNow(Date.now()), 1_000);
    return () => clearInterval(timer);
  }, []);
  return now;
}

/**
 * Whether the pointer or the focus is in a part of the page, which must not move then.
 *
 * @returns {[boolean, Record<string, (event: any) => void>]} and the attributes of that part
 */
export function useAttention() {
  const [has, setHas] = useState({ pointer: false, focus: false });
  const attributes = useRef({
    onPointerEnter: () => setHas((old) => ({ ...old, pointer: true })),
    onPointerLeave: () => setHas((old) => ({ ...old, pointer: false })),
    onFocusIn: () => setHas((old) => ({ ...old, focus: true })),
    onFocusOut: (/** @type {any} */ event) =>
      setHas((old) => ({ ...old, focus: event.currentTarget.contains(event.relatedTarget) })),
  }).current;
  return [has.pointer || has.focus, attributes];
}

/**
 * Return rows in a place that stays while it is held: contents are new, but none comes, goes or moves.
 *
 * @param {Job[]} rows as they are now
 * @param {Map<string, Job>} known the newest document of each job that any request brought
 * @param {boolean} isHeld
 * @param {string} list which list it is; another one is shown at once
 * @returns {{shown: Job[], changes: number, show: () => void}} `changes`: so many rows would come or go
 */
export function useSteady(rows, known, isHeld, list) {
  const kept = useRef({ list: "", rows: /** @type {Job[]} */ ([]) });
  const [, redraw] = useState(0);
  const old = kept.current;
  if (!isHeld || old.list !== list || !old.rows.length) kept.current = { list, rows };
  const shown = kept.current.rows.map((row) => known.get(row.job_id) ?? row);
  const [now, then] = [rows, shown].map((some) => new Set(some.map((row) => row.job_id)));
  const changes = [...now].filter((id) => !then.has(id)).length + [...then].filter((id) => !now.has(id)).length;
  const show = () => {
    kept.current = { list, rows };
    redraw((at) => at + 1);
  };
  return { shown, changes, show };
}
