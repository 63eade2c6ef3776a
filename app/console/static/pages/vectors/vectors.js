// The list of vectors: filters, pages, what can be stored and taken out.

import { mayStore } from "../../api/access.js";
import { get, withQuery } from "../../api/calls.js";
import { download } from "../../api/files.js";
import { useAction, useLoaded, useTitle } from "../../shared/hooks.js";
import { change, Filter, Pages } from "../../shared/lists.js";
import { Empty, ErrorNote, Loading } from "../../shared/notes.js";
import { go, Link } from "../../shared/router.js";
import { html, useEffect, useState } from "../../vendor/preact.js";
import { FilterRows } from "./filter_rows.js";
import { memberField } from "./filter_text.js";
import { ImportState } from "./import_form.js";
import { AddVectors } from "./insert_forms.js";
import { VectorList } from "./list.js";
import { VectorPage } from "./parts.js";
import { SampleButton, SampleHint } from "./sample.js";

/** @typedef {import("../../api/access.js").Caller} Caller */

const PATH = "/vectors";
const PAGE_ROWS = 50;
const OWN_FIELDS = ["id", "created_at", "updated_at"];

/** @param {{query: URLSearchParams, caller: Caller}} properties */
export function Page({ query, caller }) {
  useTitle("Vectors");
  const canWrite = mayStore(caller);
  const [isAdding, setAdding] = useState(false);
  const [turn, setTurn] = useState(0);
  const job = query.get("import");
  /** @param {string} id */
  const showImport = (id) => change(PATH, { import: id });
  const renew = () => setTurn((at) => at + 1);
  const buttons =
    canWrite &&
    html`<button class="main" aria-expanded=${isAdding ? "true" : "false"} onClick=${() => setAdding(!isAdding)}>
      Insert vectors
    </button>`;
  return html`<${VectorPage} title="Vectors" tab=${PATH} caller=${caller} buttons=${buttons}>
    ${
      isAdding &&
      canWrite &&
      html`<${AddVectors}
        onDone=${renew}
        onImport=${showImport}
      />`
    }
    ${job && html`<${ImportState} key=${job} id=${job} onEnd=${renew} onClose=${() => showImport("")} />`}
    <${List} query=${query} caller=${caller} turn=${turn} />
  <//>`;
}

/** Return the names of the fields that some vectors can be filtered by. @param {any[]} rows */
export function fieldsOf(rows) {
  const members = rows.flatMap((row) => Object.keys(row.metadata));
  return [...[...new Set(members)].slice(0, 50).map(memberField), ...OWN_FIELDS];
}

/** Return the contexts that some vectors stand in. @param {any[]} rows @returns {string[]} */
export const contextsOf = (rows) =>
  [...new Set(rows.flatMap((row) => row.contexts.map((/** @type {any} */ each) => each.name)))].slice(0, 50);

/** @param {{query: URLSearchParams, caller: Caller, turn: number}} properties */
function List({ query, caller, turn }) {
  const filter = query.get("filter") ?? "";
  const context = query.get("context") ?? "";
  const path = withQuery("/v2/vectors", {
    filter,
    context,
    size: PAGE_ROWS,
    include_vector: false,
    cursor: query.get("cursor"),
  });
  const { data, error, isLoading, reload } = useLoaded(path);
  const { total, dimension } = useStore(filter, context, data);
  useEffect(() => {
    if (turn) reload();
  }, [turn]);
  const rows = data?.results ?? [];
  return html`
    <${Filters} query=${query} fields=${fieldsOf(rows)} />
    <${ErrorNote} error=${error} onRetry=${reload} />
    ${isLoading && html`<div class="list-wait"><${Loading} /></div>`}
    ${data && !rows.length && html`<${NoRows} query=${query} caller=${caller} onDone=${reload} />`}
    ${query.get("sample") && dimension !== null && html`<${SampleHint} dimension=${dimension} />`}
    ${rows.length > 0 && html`<${VectorList} rows=${rows} canDelete=${mayStore(caller)} onDeleted=${reload} />`}
    ${
      rows.length > 0 &&
      html`<div class="buttons">
        <span class="hint">${dimension !== null && `${dimension} numbers each`}</span>
        <${Pages}
          path=${PATH}
          query=${query}
          list=${{ ...data, pagination: { ...data.pagination, total } }}
          what="vector"
        />
        <${Export} filter=${filter} context=${context} />
      </div>`
    }
  `;
}

/** @param {{query: URLSearchParams, fields: string[]}} properties */
const Filters = ({ query, fields }) => html`<div role="search" aria-label="Filters of vectors">
  <div class="fields">
    <${Filter} path=${PATH} query=${query} name="context" label="Context" placeholder="technical" />
  </div>
  <${FilterRows}
    text=${query.get("filter") ?? ""}
    fields=${fields}
    onChange=${(/** @type {string} */ text) => change(PATH, { filter: text })}
  />
</div>`;

/** Why there are no rows. @param {{query: URLSearchParams, caller: Caller, onDone: () => void}} properties */
function NoRows({ query, caller, onDone }) {
  if (query.get("cursor")) {
    return html`<${Empty} title="This page is empty."><p><${Link} to=${PATH}>Show the first page<//></p><//>`;
  }
  if (query.get("filter") || query.get("context")) {
    return html`<${Empty} title="No vector passes these filters.">
      <p><${Link} to=${PATH}>Clear the filters<//></p>
    <//>`;
  }
  return html`<${NoVectors} caller=${caller} onDone=${onDone} />`;
}

/**
 * Return how many vectors pass the filters, which pages by cursor do not tell, and how many numbers each has.
 *
 * @param {string} filter
 * @param {string} context
 * @param {any} page it is asked for again with each page
 * @returns {{total: number | null, dimension: number | null}}
 */
function useStore(filter, context, page) {
  const [store, setStore] = useState({ total: null, dimension: null });
  useEffect(() => {
    if (!page?.results.length) return undefined;
    const stop = new AbortController();
    get(withQuery("/v2/vectors", { filter, context, size: 1 }), stop.signal).then(
      ({ results, pagination }) => setStore({ total: pagination.total, dimension: results[0]?.vector.length ?? null }),
      () => undefined,
    );
    return () => stop.abort();
  }, [page]);
  return store;
}

/** @param {{caller: Caller, onDone: () => void}} properties */
function NoVectors({ caller, onDone }) {
  const { data } = useLoaded("/api/limits");
  const done = () => {
    go(`${PATH}?sample=stored`, { replaces: true });
    onDone();
  };
  return html`<${Empty} title="There are no vectors yet.">
    ${
      mayStore(caller)
        ? html`
            <p>Store some of your own with “Insert vectors”, or begin with a sample.</p>
            ${data && html`<${SampleButton} dimension=${data.vector_dimension} onDone=${done} />`}
          `
        : html`<p>Storing needs a writer's or an administrator's key.</p>`
    }
  <//>`;
}

/** A button that saves the vectors that the filters select. @param {{filter: string, context: string}} properties */
function Export({ filter, context }) {
  const { run, isRunning, error } = useAction(() =>
    download(withQuery("/v2/vectors/export", { filter, context }), "vectors.ndjson"),
  );
  return html`
    <button disabled=${isRunning} onClick=${() => void run()}>
      ${isRunning ? "Exporting…" : "Export as NDJSON"}
    </button>
    <${ErrorNote} error=${error} />
  `;
}
