// One vector: its values, contexts, state and metadata, and what it is entangled with.

import { mayStore } from "../../api/access.js";
import { key, send, withQuery } from "../../api/calls.js";
import { useLoaded, useTitle } from "../../shared/hooks.js";
import { change, ofNumbers, Table } from "../../shared/lists.js";
import { Empty, ErrorNote, Loading } from "../../shared/notes.js";
import { go, Link } from "../../shared/router.js";
import { typed } from "../../shared/stored.js";
import { duration, number, percent, time } from "../../text/format.js";
import { toJson } from "../../text/json.js";
import { html, useState } from "../../vendor/preact.js";
import { Neighborhood } from "./graphs.js";
import { coherence, DeleteQuestion } from "./list.js";
import { MetadataForm } from "./metadata_form.js";
import { ValueBars } from "./numbers.js";
import { pageOf, VectorPage } from "./parts.js";

/** @typedef {import("../../api/access.js").Caller} Caller */

/** @param {{parts: Record<string, string>, query: URLSearchParams, caller: Caller}} properties */
export function Page({ parts, query, caller }) {
  const { id } = parts;
  const path = `/v2/vectors/${encodeURIComponent(id)}`;
  const loaded = useLoaded(key.get() ? path : null);
  const isMissing = loaded.error?.status === 404;
  useTitle(isMissing ? "Not found" : id);
  const [isDoomed, setDoomed] = useState(false);
  const leave = () => go("/vectors");
  const like = `/vectors/query?id=${encodeURIComponent(id)}`;
  const buttons = html`
    <${Link} to=${like} class="button">Find vectors like this<//>
    ${mayStore(caller) && html`<button onClick=${() => setDoomed(true)}>Delete</button>`}
  `;
  return html`<${VectorPage} title=${id} caller=${caller} buttons=${!isMissing && buttons}>
    ${isMissing
      ? html`<${Missing} error=${loaded.error} />`
      : html`
          <${Vector} path=${path} loaded=${loaded} canWrite=${mayStore(caller)} />
          <${Partners} id=${id} query=${query} canWrite=${mayStore(caller)} />
        `}
    ${isDoomed && html`<${DeleteQuestion} id=${id} onDeleted=${leave} onClose=${() => setDoomed(false)} />`}
  <//>`;
}

/** @param {{error: any}} properties */
const Missing = ({ error }) => html`
  <${ErrorNote} error=${error} />
  <${Empty} title="There is no vector of this id.">
    <p>It may have been deleted. <${Link} to="/vectors">See all vectors<//></p>
  <//>
`;

/**
 * @param {{path: string, loaded: ReturnType<typeof useLoaded>, canWrite: boolean}} properties `loaded`: the vector, of
 *     the path
 */
function Vector({ path, loaded, canWrite }) {
  const { data, error, isLoading, reload } = loaded;
  /** @param {object} metadata @param {"merge" | "replace"} way */
  const save = async (metadata, way) => {
    await send("PUT", withQuery(path, { metadata: way }), { metadata });
    reload();
  };
  return html`<div class="vector">
    <${ErrorNote} error=${error} onRetry=${reload} />
    ${isLoading && html`<${Loading} />`}
    ${data && html`<${Shown} vector=${data} save=${canWrite ? save : null} />`}
  </div>`;
}

/**
 * @param {{vector: any, save: ((metadata: object, way: "merge" | "replace") => Promise<void>) | null}} properties
 *     `save`: null for those who may not
 */
const Shown = ({ vector, save }) => html`
  <section class="panel" aria-label="Values">
    <h2>Values</h2>
    <${ValueBars} values=${vector.vector} />
    <details>
      <summary>As numbers</summary>
      <pre class="program wrapped">${toJson(vector.vector)}</pre>
    </details>
  </section>
  <div class="panels">
    <section class="panel" aria-label="State">
      <h2>State</h2>
      <${State} vector=${vector} />
    </section>
    <section class="panel" aria-label="Contexts">
      <h2>Contexts</h2>
      <${Weights} contexts=${vector.contexts} />
    </section>
    <section class="panel" aria-label="Metadata">
      <h2>Metadata</h2>
      <pre class="program wrapped">${toJson(vector.metadata, 2)}</pre>
      ${save && html`<${MetadataForm} metadata=${vector.metadata} save=${save} />`}
    </section>
  </div>
`;

/** @param {{vector: any}} properties */
function State({ vector }) {
  const { quantum_state: state } = vector;
  return html`<dl class="facts">
    <dt>State</dt>
    <dd>${coherence(state)}${!state && ", its record was cleaned up"}</dd>
    <dt>Coherent until</dt>
    <dd>${state ? (state.expires_at ? time(state.expires_at) : "without end") : "–"}</dd>
    <dt>Coherence time</dt>
    <dd>
      ${vector.coherence_time_ms === null ? "without end" : `${duration(vector.coherence_time_ms)} from the last write`}
    </dd>
    <dt>Qubits of the state</dt>
    <dd>${state?.num_qubits ?? "–"}</dd>
    <dt>Dimension</dt>
    <dd>${vector.vector.length}</dd>
    <dt>Stored</dt>
    <dd>${time(vector.created_at)}</dd>
    <dt>Changed</dt>
    <dd>${time(vector.updated_at)}</dd>
  </dl>`;
}

/**
 * Weights as they were sent, and their shares of their sum.
 *
 * @param {{contexts: {name: string, weight: number}[]}} properties
 */
function Weights({ contexts }) {
  if (!contexts.length) return html`<p class="hint">It stands in no context.</p>`;
  const largest = Math.max(...contexts.map(({ weight }) => weight));
  const sum = contexts.reduce((found, { weight }) => found + weight / largest, 0);
  return html`<div class="weights">
    ${contexts.map(({ name, weight }) => {
      const share = weight / largest / sum;
      return html`
        <span>${name}</span>
        <span class="score-track" aria-hidden="true"
          ><span class="score-bar classical" style=${{ left: 0, width: `${100 * share}%` }}
        /></span>
        <span>weight ${number(weight)}, ${percent(share)}</span>
      `;
    })}
  </div>`;
}

const HOPS = ["1", "2", "3"];
const MOST_ROWS = 200;

/** @param {{id: string, query: URLSearchParams, canWrite: boolean}} properties */
function Partners({ id, query, canWrite }) {
  const { data, error } = useLoaded(`/v2/entanglement/partners/${encodeURIComponent(id)}`);
  if (error?.status === 404) return null;
  const partners = data?.partners ?? [];
  return html`<section aria-label="Entanglement">
    <h2>Entangled with</h2>
    <${ErrorNote} error=${error} />
    <p class="hint">
      When the vector changes, its partners take on a part of the change: the strength of their group.
      ${canWrite && html` <${Link} to=${`/vectors/groups?member=${encodeURIComponent(id)}`}>Make a group<//>`}
    </p>
    ${partners.length > 0 && html`<${PartnerTable} partners=${partners} />`}
    ${partners.length > 0 && html`<${Around} id=${id} query=${query} />`}
    ${data && !partners.length && html`<p>No vector is entangled with it.</p>`}
  </section>`;
}

/** @param {{partners: any[]}} properties */
const PartnerTable = ({ partners }) => html`
  <${Table} label="Partners" head=${["Vector", ofNumbers("Strength"), "Group"]}>
    ${partners.slice(0, MOST_ROWS).map(
      (/** @type {any} */ each) =>
        html`<tr>
          <td class="clipped" title=${each.id}><${Link} to=${pageOf(each.id)}>${each.id}<//></td>
          <td class="number">${number(each.correlation)}</td>
          <td class="clipped" title=${each.group_id}>
            <${Link} to=${`/vectors/groups?group=${encodeURIComponent(each.group_id)}`}>${each.group_id}<//>
          </td>
        </tr>`,
    )}
  <//>
  ${partners.length > MOST_ROWS && html`<p class="hint">The ${MOST_ROWS} strongest of ${partners.length}.</p>`}
`;

/**
 * The neighbourhood over the hops that stand in the address.
 *
 * @param {{id: string, query: URLSearchParams}} properties
 */
function Around({ id, query }) {
  const hops = HOPS.find((each) => each === query.get("hops")) ?? HOPS[0];
  return html`
    <h2>Neighbourhood</h2>
    <label>
      Hops
      <select value=${hops} onChange=${typed((text) => change(pageOf(id), { hops: text }))}>
        ${HOPS.map((each) => html`<option value=${each}>${each}</option>`)}
      </select>
    </label>
    <${Neighborhood} id=${id} hops=${Number(hops)} />
  `;
}
