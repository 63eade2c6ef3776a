// The audit trail: who created, changed, deleted or cancelled what.

import { withQuery } from "../../api/calls.js";
import { useLoaded } from "../../shared/hooks.js";
import { changed, Filter, Pages, Table, TimeFilter } from "../../shared/lists.js";
import { Empty, ErrorNote, Loading } from "../../shared/notes.js";
import { Link } from "../../shared/router.js";
import { time } from "../../text/format.js";
import { toJson } from "../../text/json.js";
import { html } from "../../vendor/preact.js";
import { AdminPage } from "./access.js";

/** @typedef {import("../../api/access.js").Caller} Caller */

const PATH = "/operations/audit";
const PAGE_ROWS = 50;
const FILTERS = ["actor", "action", "kind", "id", "since", "until"];
const HEAD = ["When", "Who", "Did", "What", "Id", "Details"];
const ACTIONS = ["created", "updated", "deleted", "cancelled", "rotated", "revoked", "cleaned"];
const KINDS = [
  "vector", "entanglement_group", "quantum_state", "webhook", "key", "job", "execution", "sweep", "device",
];

/** Actors that are no key. @type {Record<string, string>} */
const ACTORS = { anonymous: "no key", operator: "command line", system: "Qloom itself" };

/** @param {{query: URLSearchParams, caller: Caller}} properties */
export const Page = ({ query, caller }) => html`
  <${AdminPage} at=${PATH} name="Audit" heading="Audit trail" what="The audit trail is" caller=${caller}>
    <${Trail} query=${query} />
  <//>
`;

/** @param {{query: URLSearchParams}} properties */
function Trail({ query }) {
  const chosen = Object.fromEntries([...FILTERS, "cursor"].map((name) => [name, query.get(name)]));
  const { data, error, isLoading, reload } = useLoaded(withQuery("/v2/audit", { ...chosen, size: PAGE_ROWS }));
  const entries = data?.results ?? [];
  return html`
    <div class="fields" role="search" aria-label="Filters of the audit trail">
      <${Filter} path=${PATH} query=${query} name="action" label="Did" options=${ACTIONS} />
      <${Filter} path=${PATH} query=${query} name="kind" label="What" options=${KINDS} />
      <${Filter} path=${PATH} query=${query} name="id" label="Id" placeholder="of what was changed" />
      <${Filter} path=${PATH} query=${query} name="actor" label="Who" placeholder="id of a key, or operator" />
      <${TimeFilter} path=${PATH} query=${query} name="since" label="Since" />
      <${TimeFilter} path=${PATH} query=${query} name="until" label="Until" />
      ${FILTERS.some((name) => query.get(name)) && html`<${Link} to=${PATH} class="button">Clear filters<//>`}
      <button onClick=${reload}>Load anew</button>
    </div>
    <${ErrorNote} error=${error} onRetry=${reload} />
    ${isLoading && html`<${Loading} />`}
    ${data && !entries.length &&
    html`<${Empty} title="No entries here."><p>Nothing was changed, or the filters leave nothing over.</p><//>`}
    ${entries.length > 0 && html`
      <${Table} label="Audit trail" head=${HEAD}>
        ${entries.map((/** @type {any} */ entry) => html`<${Entry} key=${entry.id} entry=${entry} query=${query} />`)}
      <//>
      <${Pages} path=${PATH} query=${query} list=${data} what="entry" />`}
  `;
}

/** @param {{entry: any, query: URLSearchParams}} properties */
function Entry({ entry, query }) {
  const { at, actor, actor_name: name, action, kind, subject_id: id, details } = entry;
  const page = pageOf(kind, id, action);
  const who = ACTORS[actor] ?? name;
  return html`<tr>
    <td>${time(at)}</td>
    <td class="clipped">
      <${Link} to=${changed(PATH, query, { actor })} title=${`Only what ${who} did`}>${who}<//>
    </td>
    <td>${action}</td>
    <td>${kind.replaceAll("_", " ")}</td>
    <td class="clipped" title=${id ?? ""}>${!id ? "many" : page ? html`<${Link} to=${page}>${id}<//>` : id}</td>
    <td class="wraps">${details ? wordsOf(details) : "–"}</td>
  </tr>`;
}

/** Return the details of an entry as names and values. @param {Record<string, unknown>} details */
const wordsOf = (details) =>
  Object.entries(details)
    .map(([name, value]) => {
      const text = Array.isArray(value) ? value.join(", ") : typeof value === "object" ? toJson(value) : String(value);
      return `${name.replaceAll("_", " ")}: ${text}`;
    })
    .join("; ");

/**
 * Return the page that shows what an entry is about, or "".
 *
 * @param {string} kind
 * @param {any} id
 * @param {string} action
 */
function pageOf(kind, id, action) {
  if (!id || action === "deleted") return "";
  const pages = /** @type {Record<string, string>} */ ({
    job: `/jobs/${id}`,
    execution: `/runs/${id}`,
    sweep: `/sweeps/${id}`,
    vector: `/vectors/of/${encodeURIComponent(id)}`,
    webhook: `/operations/webhooks?webhook=${id}`,
    entanglement_group: `/vectors/groups?group=${encodeURIComponent(id)}`,
  });
  return pages[kind] ?? "";
}
