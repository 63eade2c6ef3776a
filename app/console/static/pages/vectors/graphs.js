// Groups, and the neighbourhood of a vector, as nodes and lines of a drawing.

import { get, withQuery } from "../../api/calls.js";
import { useLoaded } from "../../shared/hooks.js";
import { ofNumbers, Table } from "../../shared/lists.js";
import { ErrorNote, Loading } from "../../shared/notes.js";
import { Link } from "../../shared/router.js";
import { count, number } from "../../text/format.js";
import { html, useEffect, useMemo, useState } from "../../vendor/preact.js";
import { Graph } from "./graph_view.js";
import { pageOf } from "./parts.js";

/** @typedef {import("../../drawings/graph_layout.js").Node} Node */

const MOST_NODES = 300;
const MOST_NEIGHBORS = 200;
const NEIGHBOURS_HEAD = ["Vector", ofNumbers("Hops"), ofNumbers("Strength"), "Group", "By way of"];

/**
 * Nodes and lines of groups: a square for each group, a circle for each vector, a line for each membership.
 *
 * @param {{group_id: string, correlation_strength: number, entity_ids: string[]}[]} groups
 * @returns {{nodes: Node[], edges: import("../../drawings/graph_layout.js").Edge[], left: number}} `left`: members
 *     that are not shown, since there are too many
 */
export function groupGraph(groups) {
  const nodes = /** @type {Node[]} */ (
    groups.map(({ group_id: id }) => ({ id: `g ${id}`, label: id, kind: "group" }))
  );
  const known = new Set();
  const left = new Set();
  const edges = [];
  for (const { group_id: group, correlation_strength: weight, entity_ids: members } of groups) {
    for (const member of members) {
      if (!known.has(member) && nodes.length >= MOST_NODES) {
        left.add(member);
        continue;
      }
      if (!known.has(member)) nodes.push({ id: `v ${member}`, label: member, kind: "vector", to: pageOf(member) });
      known.add(member);
      edges.push({ from: `g ${group}`, to: `v ${member}`, weight });
    }
  }
  return { nodes, edges, left: left.size };
}

/**
 * The drawing of some groups, whose members are loaded first.
 *
 * @param {{ids: string[]}} properties
 */
export function GroupDrawing({ ids }) {
  const [state, setState] = useState(/** @type {{groups: any[] | null, error: any}} */ ({ groups: null, error: null }));
  const wanted = JSON.stringify(ids);
  useEffect(() => {
    const stop = new AbortController();
    Promise.all(ids.map((id) => groupOf(id, stop.signal))).then(
      (groups) => setState({ groups: groups.filter(Boolean), error: null }),
      (error) => !stop.signal.aborted && setState({ groups: null, error }),
    );
    return () => stop.abort();
  }, [wanted]);
  const graph = useMemo(() => state.groups && groupGraph(state.groups), [state.groups]);
  const shown = state.groups?.length ?? 0;
  if (state.error) return html`<${ErrorNote} error=${state.error} />`;
  if (!graph) return html`<div class="graph-wait"><${Loading} what="Loading the members" /></div>`;
  return html`
    <${Graph}
      nodes=${graph.nodes}
      edges=${graph.edges}
      label=${`${shown} groups as squares, joined with ${graph.nodes.length - shown} vectors as circles.`}
    />
    ${graph.left > 0 && html`<p class="hint">${count(graph.left)} more vectors are not drawn; choose one group.</p>`}
  `;
}

/** Return a group with its members; null if it was deleted meanwhile. @param {string} id @param {AbortSignal} signal */
const groupOf = (id, signal) =>
  get(`/v2/entanglement/groups/${encodeURIComponent(id)}`, signal).catch((error) => {
    if (error.status === 404) return null;
    throw error;
  });

/**
 * Who is entangled with a vector over some hops: drawing and table.
 *
 * @param {{id: string, hops: number}} properties
 */
export function Neighborhood({ id, hops }) {
  const path = withQuery(`/v2/entanglement/neighborhood/${encodeURIComponent(id)}`, { hops, limit: MOST_NEIGHBORS });
  const { data, error, isLoading, reload } = useLoaded(path);
  const graph = useMemo(() => {
    const neighbors = /** @type {any[]} */ (data?.neighbors ?? []);
    const nodes = /** @type {Node[]} */ ([
      { id, label: id, kind: "center", to: pageOf(id) },
      ...neighbors.map((each) => ({ id: each.id, label: each.id, kind: "vector", to: pageOf(each.id) })),
    ]);
    return { nodes, edges: neighbors.map((each) => ({ from: each.via, to: each.id, weight: each.correlation })) };
  }, [data, id]);
  return html`
    <${ErrorNote} error=${error} onRetry=${reload} />
    ${isLoading && html`<div class="graph-wait"><${Loading} what="Loading the neighbourhood" /></div>`}
    ${data && !data.neighbors.length && html`<p class="hint">No vector is entangled with it.</p>`}
    ${
      data?.neighbors.length > 0 &&
      html`
        <${Graph}
          nodes=${graph.nodes}
          edges=${graph.edges}
          label=${`${id}, and ${data.neighbors.length} vectors entangled with it over up to ${hops} hops.`}
        />
        ${data.truncated && html`<p class="hint">There are more; the nearest ${MOST_NEIGHBORS} are shown.</p>`}
        <${NeighbourTable} neighbours=${data.neighbors} />
      `
    }
  `;
}

/** @param {{neighbours: any[]}} properties */
const NeighbourTable = ({ neighbours }) => html`<details>
  <summary>As a table</summary>
  <${Table} label="Neighbours" head=${NEIGHBOURS_HEAD}>
    ${neighbours.map(
      (each) =>
        html`<tr>
          <td class="clipped" title=${each.id}><${Link} to=${pageOf(each.id)}>${each.id}<//></td>
          <td class="number">${each.distance}</td>
          <td class="number">${number(each.correlation)}</td>
          <td class="clipped" title=${each.group_id}>${each.group_id}</td>
          <td class="clipped" title=${each.via}>${each.via}</td>
        </tr>`,
    )}
  <//>
</details>`;
