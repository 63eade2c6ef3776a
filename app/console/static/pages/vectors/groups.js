// Entangled groups: list, drawing, create, delete; the neighbourhood of one vector.

import { mayStore } from "../../api/access.js";
import { send, withQuery } from "../../api/calls.js";
import { useLoaded, useTitle } from "../../shared/hooks.js";
import { change, changed, ofNumbers, Table } from "../../shared/lists.js";
import { Empty, ErrorNote, Loading } from "../../shared/notes.js";
import { Question } from "../../shared/question.js";
import { currentAddress, go, Link } from "../../shared/router.js";
import { count, counted, number, time } from "../../text/format.js";
import { html, useState } from "../../vendor/preact.js";
import { GroupDrawing } from "./graphs.js";
import { GroupForm } from "./group_form.js";
import { VectorPage } from "./parts.js";

/** @typedef {import("../../api/access.js").Caller} Caller */

const PATH = "/vectors/groups";
const PAGE_ROWS = 20;
const HEAD = [
  "Group", ...["Vectors", "Strength", "Measured", "Shots"].map(ofNumbers), "In the graph", "Made", "Delete",
];

/** @param {{query: URLSearchParams, caller: Caller}} properties */
export function Page({ query, caller }) {
  useTitle("Groups");
  const canWrite = mayStore(caller);
  const [isMaking, setMaking] = useState(query.has("member"));
  const [turn, setTurn] = useState(0);
  const buttons =
    canWrite &&
    html`<button class="main" aria-expanded=${isMaking ? "true" : "false"} onClick=${() => setMaking(!isMaking)}>
      Make a group
    </button>`;
  /** @param {string} id */
  const made = (id) => {
    setMaking(false);
    setTurn(turn + 1);
    go(`${PATH}?group=${encodeURIComponent(id)}`);
  };
  return html`<${VectorPage} title="Entangled groups" tab=${PATH} caller=${caller} buttons=${buttons}>
    <p class="hint">
      The members of a group move together: when one changes, the others take on a part of its change, the strength.
    </p>
    ${isMaking && canWrite && html`<${GroupForm} first=${query.get("member") ?? ""} onMade=${made} />`}
    <${Groups} key=${turn} query=${query} canWrite=${canWrite} />
  <//>`;
}

/** @param {{query: URLSearchParams, canWrite: boolean}} properties */
function Groups({ query, canWrite }) {
  const page = Math.max(1, Math.trunc(Number(query.get("page"))) || 1);
  const chosen = query.get("group");
  const { data, error, isLoading, reload } = useLoaded(withQuery("/v2/entanglement/groups", { page, size: PAGE_ROWS }));
  const [doomed, setDoomed] = useState("");
  const groups = data?.results ?? [];
  const ids = chosen === null ? groups.map((/** @type {any} */ each) => each.group_id) : [chosen];
  return html`
    <${ErrorNote} error=${error} onRetry=${reload} />
    ${isLoading && html`<div class="list-wait"><${Loading} /></div>`}
    ${data && !groups.length && html`<${NoGroups} isFirst=${page === 1} canWrite=${canWrite} />`}
    ${
      groups.length > 0 &&
      html`
        <${Table} label="Groups" head=${canWrite ? HEAD : HEAD.slice(0, -1)}>
          ${groups.map(
            (/** @type {any} */ each) =>
              html`<${Row}
                key=${each.group_id}
                group=${each}
                isChosen=${chosen === each.group_id}
                onDelete=${canWrite ? () => setDoomed(each.group_id) : null}
              />`,
          )}
        <//>
        <${PagesByNumber} query=${query} page=${page} pagination=${data.pagination} />
      `
    }
    ${data && ids.length > 0 && html`<${Drawn} query=${query} ids=${ids} />`}
    ${doomed && html`<${DeleteQuestion} id=${doomed} onDeleted=${reload} onClose=${() => setDoomed("")} />`}
  `;
}

/** @param {{isFirst: boolean, canWrite: boolean}} properties */
const NoGroups = ({ isFirst, canWrite }) =>
  isFirst
    ? html`<${Empty} title="There are no groups yet.">
        <p>${canWrite ? "Entangle two or more vectors with “Make a group”." : "A writer's key can make groups."}</p>
      <//>`
    : html`<${Empty} title="This page is empty."><p><${Link} to=${PATH}>Show the first page<//></p><//>`;

/** The drawing of the groups that are listed, or of the chosen one. @param {{query: URLSearchParams, ids: string[]}}
 *     properties */
function Drawn({ query, ids }) {
  const chosen = query.get("group");
  return html`
    <h2>${chosen === null ? "Drawing of this page's groups" : `Drawing of ${chosen}`}</h2>
    ${chosen !== null && html`<p><${Link} to=${changed(PATH, query, { group: "" })}>Draw all of this page<//></p>`}
    <${GroupDrawing} ids=${ids} />
  `;
}

/** @param {{id: string, onDeleted: () => void, onClose: () => void}} properties */
function DeleteQuestion({ id, onDeleted, onClose }) {
  const remove = async () => {
    await send("DELETE", `/v2/entanglement/groups/${encodeURIComponent(id)}`);
    if (currentAddress().query.get("group") === id) change(PATH, { group: "" });
    onDeleted();
  };
  return html`<${Question} title=${`Delete the group ${id}?`} yes="Delete it" onYes=${remove} onClose=${onClose}>
    <p>Its vectors stay as they are; they do not move together any more.</p>
  <//>`;
}

/** @param {{group: any, isChosen: boolean, onDelete: (() => void) | null}} properties */
const Row = ({ group, isChosen, onDelete }) =>
  html`<tr aria-current=${isChosen ? "true" : undefined}>
    <td class="clipped" title=${group.group_id}>
      <${Link} to=${`${PATH}?group=${encodeURIComponent(group.group_id)}`}>${group.group_id}<//>
      ${isChosen && html` <span class="tag">drawn</span>`}
    </td>
    <td class="number">${count(group.entities)}</td>
    <td class="number">${number(group.correlation_strength)}</td>
    <td class="number" title="The mean of ⟨Z_i Z_j⟩ over all pairs, as the group's circuit gave it">
      ${number(group.measured_correlation)}
    </td>
    <td class="number">${count(group.shots)}</td>
    <td>${group.graph_status}</td>
    <td>${time(group.created_at)}</td>
    ${
      onDelete &&
      html`<td>
        <button class="quiet" aria-label=${`Delete ${group.group_id}`} onClick=${onDelete}>Delete</button>
      </td>`
    }
  </tr>`;

/** @param {{query: URLSearchParams, page: number, pagination: any}} properties */
function PagesByNumber({ query, page, pagination }) {
  /** @param {number} to */
  const show = (to) => () => go(changed(PATH, query, { page: to === 1 ? "" : String(to), group: "" }));
  return html`<div class="pages">
    <span>${counted(pagination.total, "group")}${pagination.pages > 1 && `, page ${page} of ${pagination.pages}`}</span>
    ${page > 1 && html`<button onClick=${show(page - 1)}>Previous page</button>`}
    ${page < pagination.pages && html`<button onClick=${show(page + 1)}>Next page</button>`}
  </div>`;
}
