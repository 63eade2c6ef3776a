// The answer to a query: scores side by side, places that changed, what it took.

import { ofNumbers, Table } from "../../shared/lists.js";
import { Empty, Note } from "../../shared/notes.js";
import { Link } from "../../shared/router.js";
import { count, counted, duration, number } from "../../text/format.js";
import { html } from "../../vendor/preact.js";
import { line, pageOf } from "./parts.js";

const HEAD = [
  ofNumbers("Place"), "By cosine", "Id", "Score", "Classical (cosine)", "Quantum (circuit)", "Scored by",
];
const LAST = ["Query", "Metadata"];
const OF_A_CIRCUIT =
  "“By cosine”: the place that a result would have here by its cosine alone, and how far it moved.";
const CLASSICAL =
  "A classical search: the score is the cosine. Give a context, tunneling or shots to score by a circuit.";

/**
 * Return the place of each result by the cosine alone; equal cosines share a place.
 *
 * @param {{classical_score: number}[]} results
 */
export function cosinePlaces(results) {
  const sorted = results.map((each) => each.classical_score).sort((a, b) => b - a);
  return results.map((each) => sorted.indexOf(each.classical_score) + 1);
}

/** @param {{answer: any}} properties the answer of `POST /v2/query` */
export function QueryResults({ answer }) {
  const { results, warnings } = answer;
  return html`
    ${warnings.map(
      (/** @type {any} */ { code, message }) =>
        html`<${Note} kind="warning"><p><strong>${code}</strong>: ${message}</p><//>`,
    )}
    ${
      results.length > 0
        ? html`<${Ranking} answer=${answer} />`
        : html`<${Empty} title="No vector was found."><p>Widen the filter, or store vectors.</p><//>`
    }
    <${Took} answer=${answer} />
  `;
}

/** @param {{answer: any}} properties with results */
function Ranking({ answer }) {
  const { results } = answer;
  const isWalk = results.some((/** @type {any} */ each) => each.walk_probability !== undefined);
  const places = cosinePlaces(results);
  const lowest = Math.min(
    0,
    ...results.flatMap((/** @type {any} */ each) => [each.score, each.classical_score, each.quantum_score ?? 0]),
  );
  return html`
    <p class="hint">${answer.quantum_enhanced || isWalk ? OF_A_CIRCUIT : CLASSICAL}</p>
    <${Table} label="Results" head=${isWalk ? [...HEAD, ofNumbers("Walk"), ...LAST] : [...HEAD, ...LAST]}>
      ${results.map(
        (/** @type {any} */ each, /** @type {number} */ at) =>
          html`<${Row}
            key=${each.id}
            result=${each}
            place=${at + 1}
            before=${places[at]}
            lowest=${lowest}
            isWalk=${isWalk}
          />`,
      )}
    <//>
  `;
}

/** @param {{result: any, place: number, before: number, lowest: number, isWalk: boolean}} properties */
const Row = ({ result, place, before, lowest, isWalk }) => html`<tr>
  <td class="number">${place}</td>
  <td><${Place} place=${place} before=${before} /></td>
  <td class="clipped" title=${result.id}><${Link} to=${pageOf(result.id)}>${result.id}<//></td>
  <td><${Score} kind="final" value=${result.score} lowest=${lowest} /></td>
  <td><${Score} kind="classical" value=${result.classical_score} lowest=${lowest} /></td>
  <td><${Score} kind="quantum" value=${result.quantum_score} lowest=${lowest} /></td>
  <td>
    ${result.quantum_enhanced ? "circuit" : "cosine"}
    ${result.context_collapsed !== null && html`<span class="hint"> in ${result.context_collapsed}</span>`}
  </td>
  ${isWalk && html`<td class="number">${number(result.walk_probability)}</td>`}
  <td>
    <${Link}
      to=${`/vectors/query?id=${encodeURIComponent(result.id)}`}
      aria-label=${`Find what is like this: ${result.id}`}
      >like this<//
    >
  </td>
  <td class="clipped" title=${line(result.metadata)}><code>${line(result.metadata)}</code></td>
</tr>`;

/** @param {{place: number, before: number}} properties */
function Place({ place, before }) {
  if (place === before) return html`<span>${before} <span class="hint">=</span></span>`;
  const isUp = place < before;
  return html`<span>
    ${before}${" "}
    <span class=${isUp ? "rank-up" : "rank-down"}>${isUp ? "▲" : "▼"} ${Math.abs(before - place)}</span>
    <span class="visually-hidden"> ${isUp ? "up" : "down"}</span>
  </span>`;
}

/**
 * A number and its bar, on a scale that all bars of the answer share.
 *
 * @param {{kind: string, value: number | null, lowest: number}} properties
 */
function Score({ kind, value, lowest }) {
  if (value === null) return html`<span class="hint">not scored</span>`;
  const bottom = lowest < 0 ? -1 : 0;
  const at = (/** @type {number} */ score) => (100 * (Math.min(Math.max(score, bottom), 1) - bottom)) / (1 - bottom);
  const [from, to] = [Math.min(at(0), at(value)), Math.max(at(0), at(value))];
  return html`<span class="score" title=${String(value)}>
    <span class="score-number">${number(value)}</span>
    <span class="score-track" aria-hidden="true">
      <span class=${`score-bar ${kind}`} style=${{ left: `${from}%`, width: `${to - from}%` }} />
    </span>
  </span>`;
}

/** @param {{answer: any}} properties */
function Took({ answer }) {
  const { stats } = answer;
  return html`<dl class="facts">
    <dt>Time</dt>
    <dd>
      ${duration(answer.query_time_ms)}
      ${stats.circuits > 0 && `, of which circuits ${duration(answer.quantum_time_ms)}`}
      ${answer.cache_hit && html` <span class="tag">from the cache</span>`}
    </dd>
    <dt>Candidates</dt>
    <dd>${count(stats.candidates)}, of which circuits scored ${count(stats.circuit_candidates)}</dd>
    <dt>Circuits</dt>
    <dd>${count(stats.circuits)}${stats.circuits > 0 && `, of up to ${counted(stats.circuit_qubits, "qubit")}`}</dd>
    <dt>Found by</dt>
    <dd>
      <code>${stats.index}</code
      >${stats.filter_index !== null && `, the filter ${stats.filter_index ? "by" : "without"} an index`}
    </dd>
    ${
      stats.seed !== null &&
      html`<dt>Seed</dt>
        <dd>${stats.seed}</dd>`
    }
  </dl>`;
}
