// Jobs: the queues, what is stuck and why, and the list with the buttons that mend it.

import { mayWrite } from "../../api/access.js";
import { get, withQuery } from "../../api/calls.js";
import { useLoaded, useTitle } from "../../shared/hooks.js";
import {
  ACTIVE, ageOf, attemptsOf, isWronglySent, KINDS, nameOf, STATUSES, troubleOf, useAttention, useNow, useSteady,
  whenOf,
} from "../../shared/job_facts.js";
import { Queues } from "../../shared/job_queues.js";
import { Filter, ofNumbers, Pages, Table } from "../../shared/lists.js";
import { Empty, ErrorNote, Loading, Status } from "../../shared/notes.js";
import { Link } from "../../shared/router.js";
import { count, counted, percent } from "../../text/format.js";
import { html, useEffect, useState } from "../../vendor/preact.js";
import { JobActions, noteRetries, retryOf } from "./actions.js";

/** @typedef {import("../../api/access.js").Caller} Caller */

const PATH = "/jobs";
const PAGE_ROWS = 50;
const EVERY_MS = 3_000;
const FILTERS = ["status", "kind", "tag"];
const HEAD = ["Job", "Status", "Actions", "When", "Error", "Progress", "Time", ofNumbers("Attempt"), "Queue", "Tags"];

/** @typedef {import("../../shared/job_facts.js").Job} Job */

/** @param {{query: URLSearchParams, caller: Caller}} properties */
export function Page({ query, caller }) {
  useTitle("Jobs");
  const now = useNow();
  const [isHeld, attention] = useAttention();
  const { listed, workers, running, isKnown, asOf, seen, list, reload } = useJobs(query, now, isHeld);
  const changes = seen.changes + list.changes;
  const show = () => [seen, list].forEach((each) => each.show());
  const row = { canWrite: mayWrite(caller), now, onChanged: reload };
  return html`
    <h1>Jobs</h1>
    ${!row.canWrite &&
    html`<p class="hint">Your key is a reader's: it shows jobs, it does not cancel or retry them.</p>`}
    <div ...${attention}>
      <${Stuck} jobs=${seen.shown} isKnown=${isKnown} asOf=${asOf} ...${row} />
      <${Queues} state=${workers} running=${running} />
      <h2>All jobs</h2>
      <${Filters} query=${query}>
        ${changes > 0
          ? html`<button onClick=${show}>Show ${counted(changes, "change")}</button>`
          : isHeld
            ? "Rows stay in their places while you are here."
            : "Live"}
      <//>
      <${ErrorNote} error=${listed.error} onRetry=${listed.reload} />
      ${listed.isLoading && html`<${Loading} />`}
      ${listed.data && html`<${List} jobs=${list.shown} data=${listed.data} query=${query} ...${row} />`}
    </div>
  `;
}

/** @param {{query: URLSearchParams, children?: any}} properties `children` say whether the rows move */
const Filters = ({ query, children }) => html`
  <div class="fields" role="search" aria-label="Filters of jobs">
    <${Filter} path=${PATH} query=${query} name="status" label="Status" options=${STATUSES} />
    <${Filter} path=${PATH} query=${query} name="kind" label="Kind" options=${KINDS} />
    <${Filter} path=${PATH} query=${query} name="tag" label="Tag" />
    ${FILTERS.some((name) => query.get(name)) && html`<${Link} to=${PATH} class="button">Clear filters<//>`}
    <span class="held hint">${children}</span>
  </div>
`;

/**
 * Load the listed jobs, those that wait or run, those that failed, and the workers, again and again.
 *
 * @param {URLSearchParams} query
 * @param {number} now in milliseconds
 * @param {boolean} isHeld whether rows stay in their places
 */
function useJobs(query, now, isHeld) {
  const chosen = Object.fromEntries([...FILTERS, "cursor"].map((name) => [name, query.getAll(name)]));
  const path = withQuery("/api/jobs", { ...chosen, limit: PAGE_ROWS });
  const listed = useLoaded(path, { everyMs: EVERY_MS });
  const active = useLoaded(withQuery("/api/jobs", { status: ACTIVE, limit: PAGE_ROWS }), { everyMs: EVERY_MS });
  const oldest = useLoaded(lastPageOf(active.data), { everyMs: EVERY_MS });
  const failed = useLoaded(withQuery("/api/jobs", { status: "FAILED", limit: PAGE_ROWS }), { everyMs: EVERY_MS });
  const workers = useLoaded("/api/workers", { everyMs: EVERY_MS });
  const [mended, setMended] = useState(/** @type {Job[]} */ ([]));
  const lists = [listed, active, oldest, failed];
  const [rows, running, late, bad] = lists.map(({ data }) => /** @type {Job[]} */ (data?.jobs ?? []));
  noteRetries([...rows, ...running]);
  const known = new Map([...mended, ...bad, ...late, ...running, ...rows].map((job) => [job.job_id, job]));
  const asOf = Math.min(now, ...lists.filter(({ data }) => data).map(({ at }) => at));
  const stuck = [...known.values()].filter((job) => troubleOf(job, asOf) && !retryOf(job.job_id)).sort(byUrgency);
  const seen = useSteady(stuck, known, isHeld, "stuck");
  const list = useSteady(rows, known, isHeld, path);
  useGone([...seen.shown, ...list.shown], [...running, ...rows, ...late, ...bad], setMended);
  const reload = () => [...lists, workers].forEach((each) => each.reload());
  return { listed, workers, running, isKnown: Boolean(active.data && failed.data), asOf, seen, list, reload };
}

/** Return the path of the oldest jobs that wait or run, if they are not on the first page. @param {any} list */
function lastPageOf(list) {
  const pages = Math.ceil((list?.total ?? 0) / PAGE_ROWS);
  return pages > 1 ? withQuery("/api/jobs", { status: ACTIVE, limit: PAGE_ROWS, page: pages }) : null;
}

/**
 * Compare two jobs: those that failed come first, the latest on top; then those that wait, the longest on top; at last
 * those that were sent wrongly, which an operator cannot mend.
 *
 * @param {Job} a
 * @param {Job} b
 */
function byUrgency(a, b) {
  const [first, second] = [a, b].map((job) => (isWronglySent(job) ? 2 : job.status === "FAILED" ? 0 : 1));
  if (first !== second) return first - second;
  return first !== 1 ? b.finished_at.localeCompare(a.finished_at) : a.created_at.localeCompare(b.created_at);
}

/**
 * Read jobs that are shown as waiting or running and are in no list any more, each once.
 *
 * @param {Job[]} shown
 * @param {Job[]} listed
 * @param {(set: (old: Job[]) => Job[]) => void} keep
 */
function useGone(shown, listed, keep) {
  const ids = new Set(listed.map((job) => job.job_id));
  const gone = shown.filter((job) => ACTIVE.includes(job.status) && !ids.has(job.job_id)).map((job) => job.job_id);
  useEffect(() => {
    for (const id of gone) {
      get(`/api/jobs/${id}`).then(
        (job) => keep((old) => [job, ...old.filter((each) => each.job_id !== id)].slice(0, PAGE_ROWS)),
        () => undefined,
      );
    }
  }, [gone.join()]);
}

/** @typedef {{canWrite: boolean, now: number, onChanged: () => void}} Row what every row of jobs needs */

/** @param {Row & {jobs: Job[], isKnown: boolean, asOf: number}} properties `asOf`: when jobs were as they are shown */
function Stuck({ jobs, isKnown, asOf, ...row }) {
  return html`
    <section aria-labelledby="stuck-title" class="stuck">
      <h2 id="stuck-title">Needs a look ${jobs.length > 0 && html`<span class="hint">${count(jobs.length)}</span>`}</h2>
      ${isKnown && !jobs.length &&
      html`<p class="hint">
        ✓ Nothing failed within the last hour, lost its process or waits for longer than a minute.
      </p>`}
      <ul>
        ${jobs.map(
          (job) => html`<li key=${job.job_id}>
            <span class="what">
              <${Status} status=${job.status} />
              <${Link} to=${`/jobs/${job.job_id}`}>${nameOf(job)}<//>
              <span class="hint">${isOver(job) ? whenOf(job, row.now) : ageOf(job, row.now)}</span>
            </span>
            <span class="why">${troubleOf(job, asOf) || "This is over."}</span>
            <span class="acts"><${JobActions} job=${job} canWrite=${row.canWrite} onChanged=${row.onChanged} /></span>
          </li>`,
        )}
      </ul>
    </section>
  `;
}

/** @param {Job} job */
const isOver = (job) => !ACTIVE.includes(job.status);

/** @param {Row & {jobs: Job[], data: any, query: URLSearchParams}} properties */
function List({ jobs, data, query, ...row }) {
  if (!jobs.length) {
    return html`<${Empty} title="No jobs here.">
      ${query.size > 0
        ? html`<p>Take a filter away.</p>`
        : html`<p><${Link} to="/runs/new">Run a circuit<//>, and its job is listed here.</p>`}
    <//>`;
  }
  return html`
    <${Table} label="Jobs" head=${HEAD}>
      ${jobs.map((job) => html`<${ListRow} key=${job.job_id} job=${job} ...${row} />`)}
    <//>
    <${Pages} path=${PATH} query=${query} list=${data} what="job" />
  `;
}

/** @param {Row & {job: Job}} properties */
function ListRow({ job, canWrite, now, onChanged }) {
  const message = job.error?.message ?? "";
  return html`<tr>
    <td class="clipped job-name" title=${nameOf(job)}>
      <${Link} to=${`/jobs/${job.job_id}`}>${nameOf(job)}<//>
    </td>
    <td class="fixed"><${Status} status=${job.status} /></td>
    <td class="fixed"><${JobActions} job=${job} canWrite=${canWrite} onChanged=${onChanged} /></td>
    <td class="fixed">${whenOf(job, now)}</td>
    <td class=${message && "rest"} title=${message}>${message}</td>
    <td>
      <progress max="1" value=${job.progress} aria-label=${`Progress of ${nameOf(job)}`} /> ${percent(job.progress)}
    </td>
    <td class="fixed">${ageOf(job, now)}</td>
    <td class="number">${attemptsOf(job)}</td>
    <td>${job.queue}</td>
    <td class="tagged" title=${job.tags.join(", ")}>
      ${job.tags.map((/** @type {string} */ tag) => html`<span class="tag">${tag}</span>`)}
    </td>
  </tr>`;
}
