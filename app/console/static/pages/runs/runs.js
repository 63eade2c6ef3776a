// The list of executions, what runs now, and the shortest way to run a circuit.

import { mayWrite } from "../../api/access.js";
import { withQuery } from "../../api/calls.js";
import { useHeld } from "../../shared/held.js";
import { useLoaded, useTitle } from "../../shared/hooks.js";
import { Filter, Pages, TimeFilter } from "../../shared/lists.js";
import { Empty, ErrorNote, Loading } from "../../shared/notes.js";
import { currentAddress, Link } from "../../shared/router.js";
import { html, useEffect, useState } from "../../vendor/preact.js";
import { RunList } from "./run_list.js";
import { RunningWork } from "./running_work.js";
import { StartCards } from "./start_cards.js";

/** @typedef {import("../../api/access.js").Caller} Caller */

const PATH = "/runs";
const PAGE_ROWS = 50;
const EVERY_MS = 5_000;
const OTHER_STATUSES = ["QUEUED", "RUNNING", "CANCELLING", "FAILED", "CANCELLED"];
const FILTERS = ["circuit_name", "is_noisy", "status", "tag", "created_after", "created_before", "cursor"];
const NOISE = [["true", "with noise"], ["false", "without noise"]];

/** @param {{query: URLSearchParams, caller: Caller}} properties */
export function Page({ query, caller }) {
  useTitle("Runs");
  const canWrite = mayWrite(caller);
  const isStart = currentAddress().path === "/";
  const [ends, setEnds] = useState(0);
  return html`
    <div class="title">
      <h1>${isStart ? "Qloom" : "Runs"}</h1>
      ${canWrite && html`<${Link} to="/runs/new" class="button main">New run<//>`}
      ${!canWrite && html`<span class="hint">Your key is a reader's: it shows runs, it does not run or delete.</span>`}
    </div>
    ${isStart && html`<${StartCards} canRun=${canWrite} />`}
    <${RunningWork} canCancel=${canWrite} onEnded=${() => setEnds((old) => old + 1)} />
    ${isStart && html`<h2>Runs</h2>`}
    <${Filters} query=${query} />
    <${Runs} query=${query} canWrite=${canWrite} isStart=${isStart} ends=${ends} />
  `;
}

/** @param {{query: URLSearchParams}} properties */
const Filters = ({ query }) => html`
  <div class="fields" role="search" aria-label="Filters of runs">
    <${Filter} path=${PATH} query=${query} name="circuit_name" label="Circuit" placeholder="bell" />
    <${Filter} path=${PATH} query=${query} name="tag" label="Tag" />
    <${Filter} path=${PATH} query=${query} name="status" label="Status" options=${OTHER_STATUSES} any="SUCCEEDED" />
    <${Filter} path=${PATH} query=${query} name="is_noisy" label="Noise" options=${NOISE} />
    <${TimeFilter} path=${PATH} query=${query} name="created_after" label="Made after" />
    <${TimeFilter} path=${PATH} query=${query} name="created_before" label="Made before" />
    ${FILTERS.some((name) => query.get(name)) && html`<${Link} to=${PATH} class="button">Clear filters<//>`}
  </div>
`;

/** @param {any} list */
const idsOf = (list) => list.executions.map((/** @type {any} */ row) => row.execution_id);

/**
 * @param {{query: URLSearchParams, canWrite: boolean, isStart: boolean, ends: number}} properties `ends` changes when
 *     work ended, so that a run leaves one list and comes into the other at the same time
 */
function Runs({ query, canWrite, isStart, ends }) {
  const chosen = Object.fromEntries(FILTERS.map((name) => [name, query.getAll(name)]));
  const path = withQuery("/api/executions", { ...chosen, limit: PAGE_ROWS });
  const { data, error, isLoading, reload } = useLoaded(path, { everyMs: EVERY_MS });
  useEffect(() => {
    if (ends) reload();
  }, [ends]);
  const [deleted, setDeleted] = useState(/** @type {string[]} */ ([]));
  const { shown, added, isOld, show } = useHeld(path, data, idsOf);
  const rows = (shown?.executions ?? []).filter((/** @type {any} */ row) => !deleted.includes(row.execution_id));
  const isFiltered = FILTERS.some((name) => query.get(name));
  const news = added ? `Show ${added} new` : "Show the list as it is now";
  return html`
    <${ErrorNote} error=${error} onRetry=${reload} />
    ${isLoading && html`<${Loading} />`}
    ${data && !rows.length && html`<${NoRuns} isFiltered=${isFiltered} isStart=${isStart} />`}
    ${rows.length > 0 &&
    html`
      <${RunList}
        rows=${rows}
        path=${PATH}
        query=${query}
        canDelete=${canWrite}
        onDeleted=${(/** @type {string} */ id) => setDeleted((old) => [...old, id])}
      >
        <span class="news" role="status">
          ${isOld && html`<button onClick=${show}>${news}</button>`}
        </span>
      <//>
      <${Pages} path=${PATH} query=${query} list=${shown} what="run" />
    `}
  `;
}

/** @param {{isFiltered: boolean, isStart: boolean}} properties */
const NoRuns = ({ isFiltered, isStart }) =>
  isFiltered
    ? html`<${Empty} title="No run passes these filters."><p><${Link} to=${PATH}>Clear the filters<//></p><//>`
    : html`<${Empty} title="There are no runs yet.">
        <p>${isStart ? "Run one of the circuits above." : html`<${Link} to="/">Start with a bell pair<//>`}</p>
      <//>`;
