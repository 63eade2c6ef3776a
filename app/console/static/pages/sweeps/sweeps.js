// The list of sweeps with their state and progress.

import { mayWrite } from "../../api/access.js";
import { withQuery } from "../../api/calls.js";
import { useHeld } from "../../shared/held.js";
import { useLoaded, useTitle } from "../../shared/hooks.js";
import { Filter, ofNumbers, Pages, Table } from "../../shared/lists.js";
import { Empty, ErrorNote, Loading, Status } from "../../shared/notes.js";
import { Link } from "../../shared/router.js";
import { count, percent, time } from "../../text/format.js";
import { html } from "../../vendor/preact.js";

/** @typedef {import("../../api/access.js").Caller} Caller */

const PATH = "/sweeps";
const PAGE_ROWS = 50;
const EVERY_MS = 3_000;
const STATUSES = ["QUEUED", "RUNNING", "CANCELLING", "SUCCEEDED", "FAILED", "CANCELLED"];
const FILTERS = ["status", "tag", "cursor"];
const HEAD = [
  "Circuit", "Status", ofNumbers("Done"), "Parameters", ofNumbers("Bindings"), "Results", ofNumbers("Shots"), "When",
  "Tags",
];

/** @param {any} list */
const idsOf = (list) => list.sweeps.map((/** @type {any} */ row) => row.sweep_id);

/** @param {{query: URLSearchParams, caller: Caller}} properties */
export function Page({ query, caller }) {
  useTitle("Sweeps");
  const chosen = Object.fromEntries(FILTERS.map((name) => [name, query.getAll(name)]));
  const path = withQuery("/api/sweeps", { ...chosen, limit: PAGE_ROWS });
  const { data, error, isLoading, reload } = useLoaded(path, { everyMs: EVERY_MS });
  const { shown, added, isOld, show } = useHeld(path, data, idsOf);
  const rows = shown?.sweeps ?? [];
  return html`
    <div class="title">
      <h1>Sweeps</h1>
      ${mayWrite(caller) && html`<${Link} to="/sweeps/new" class="button main">New sweep<//>`}
    </div>
    <p class="hint">A sweep runs one program with many values of its parameters.</p>
    <div class="fields" role="search" aria-label="Filters of sweeps">
      <${Filter} path=${PATH} query=${query} name="status" label="Status" options=${STATUSES} />
      <${Filter} path=${PATH} query=${query} name="tag" label="Tag" />
      <span class="news" role="status">
        ${isOld && html`<button onClick=${show}>${added ? `Show ${added} new` : "Show the list as it is now"}</button>`}
      </span>
    </div>
    <${ErrorNote} error=${error} onRetry=${reload} />
    ${isLoading && html`<${Loading} />`}
    ${shown && !rows.length && html`<${NoSweeps} isFiltered=${FILTERS.some((name) => query.get(name))} />`}
    ${rows.length > 0 &&
    html`
      <${Table} label="Sweeps" head=${HEAD}>
        ${rows.map((/** @type {any} */ row) => html`<${Row} key=${row.sweep_id} row=${row} />`)}
      <//>
      <${Pages} path=${PATH} query=${query} list=${shown} what="sweep" />
    `}
  `;
}

/** @param {{row: any}} properties */
const Row = ({ row }) => html`<tr>
  <td class="clipped" title=${row.circuit_name}><${Link} to=${`/sweeps/${row.sweep_id}`}>${row.circuit_name}<//></td>
  <td><${Status} status=${row.status} /></td>
  <td class="number">${percent(row.progress)}</td>
  <td class="clipped" title=${row.inputs.join(", ")}>${row.inputs.join(", ") || "–"}</td>
  <td class="number">${count(row.num_bindings)}</td>
  <td>${row.num_observables ? `values of ${count(row.num_observables)}` : "counts"}</td>
  <td class="number">${row.shots ? count(row.shots) : "exact"}</td>
  <td>${time(row.created_at)}</td>
  <td class="tagged" title=${row.tags.join(", ")}>
    ${row.tags.map((/** @type {string} */ tag) => html`<span class="tag">${tag}</span>`)}
  </td>
</tr>`;

/** @param {{isFiltered: boolean}} properties */
const NoSweeps = ({ isFiltered }) =>
  isFiltered
    ? html`<${Empty} title="No sweep passes these filters."><p><${Link} to=${PATH}>Clear the filters<//></p><//>`
    : html`<${Empty} title="There are no sweeps yet.">
        <p><${Link} to="/sweeps/new">Turn a qubit by 25 angles<//> and see its value as a curve.</p>
      <//>`;
