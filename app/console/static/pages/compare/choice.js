// The choice of two runs from the list of runs; both stand in the address.

import { withQuery } from "../../api/calls.js";
import { useLoaded } from "../../shared/hooks.js";
import { change, Filter, ofNumbers, Pages, Table } from "../../shared/lists.js";
import { Empty, ErrorNote, Loading } from "../../shared/notes.js";
import { go } from "../../shared/router.js";
import { nameWithoutNoise } from "../../text/circuit_name.js";
import { count, time } from "../../text/format.js";
import { noiseOfRow } from "../../text/noise.js";
import { html } from "../../vendor/preact.js";

const PATH = "/compare";
const PAGE_ROWS = 20;
const FILTERS = ["circuit_name", "tag", "is_noisy", "cursor"];
const NOISE = [["true", "with noise"], ["false", "without noise"]];

/** @param {{query: URLSearchParams}} properties */
export function Chooser({ query }) {
  const filters = Object.fromEntries(FILTERS.map((name) => [name, query.get(name)]));
  const { data, error, isLoading, reload } = useLoaded(withQuery("/api/executions", { ...filters, limit: PAGE_ROWS }));
  const rows = data?.executions ?? [];
  return html`<section aria-label="Choose two runs">
    <h2>Choose two runs</h2>
    <${Chosen} query=${query} />
    <div class="fields" role="search" aria-label="Filters of runs">
      <${Filter} path=${PATH} query=${query} name="circuit_name" label="Circuit" placeholder="bell" />
      <${Filter} path=${PATH} query=${query} name="tag" label="Tag" />
      <${Filter} path=${PATH} query=${query} name="is_noisy" label="Noise" options=${NOISE} />
    </div>
    <${ErrorNote} error=${error} onRetry=${reload} />
    ${isLoading && html`<${Loading} />`}
    ${data &&
    !rows.length &&
    html`<${Empty} title="No run passes these filters."><p>Clear a filter, or run a circuit above.</p><//>`}
    ${rows.length > 0 &&
    html`
      <${Table} label="Runs to compare" head=${["First", "Second", "Circuit", "Noise", ofNumbers("Events"), "Created"]}>
        ${rows.map((/** @type {any} */ row) => html`<${Row} key=${row.execution_id} row=${row} query=${query} />`)}
      <//>
      <${Pages} path=${PATH} query=${query} list=${data} what="run" />
    `}
  </section>`;
}

/** @param {URLSearchParams} query @param {Record<string, string | undefined>} changes */
const show = (query, changes) => change(PATH, { cursor: query.get("cursor") ?? undefined, ...changes });

/** @param {{row: any, query: URLSearchParams}} properties */
function Row({ row, query }) {
  const id = row.execution_id;
  const name = `${row.circuit_name} of ${time(row.created_at)}`;
  return html`<tr>
    ${["first", "second"].map(
      (which) => html`<td key=${which}>
        <input
          type="radio"
          name=${which}
          aria-label=${`${name} as the ${which}`}
          checked=${query.get(which) === id}
          onChange=${() => show(query, { [which]: id })}
        />
      </td>`,
    )}
    <td class="clipped" title=${row.circuit_name}>${row.circuit_name}</td>
    <td>${noiseOfRow(row)}</td>
    <td class="number">${count(row.num_events)}</td>
    <td>${time(row.created_at)}</td>
  </tr>`;
}

/** The two that are chosen, on other pages of the list too. @param {{query: URLSearchParams}} properties */
function Chosen({ query }) {
  const [first, second] = [query.get("first"), query.get("second")];
  const a = useLoaded(first && `/api/replay/${encodeURIComponent(first)}/step/0`);
  const b = useLoaded(second && `/api/replay/${encodeURIComponent(second)}/step/0`);
  const name = a.data && nameWithoutNoise(a.data.circuit_name);
  const twin = name && !second && { circuit_name: name, is_noisy: String(!a.data.is_noisy), cursor: undefined };
  return html`<div class="buttons">
    <button class="main" disabled=${!first || !second} onClick=${() => go(`/compare/${first}/${second}`)}>
      Compare
    </button>
    <span>First: ${text(first, a)}. Second: ${text(second, b)}.</span>
    ${twin &&
    html`<button onClick=${() => show(query, twin)}>
      Find runs of ${name} ${a.data.is_noisy ? "without" : "with"} noise
    </button>`}
    ${(first || second) &&
    html`<button onClick=${() => show(query, { first: undefined, second: undefined })}>Clear</button>`}
  </div>`;
}

/** @param {string | null} id @param {{data: any, error: Error | null}} loaded */
const text = (id, { data, error }) => (id ? (error?.message ?? data?.circuit_name ?? "…") : "none yet");
