// Two runs side by side: what they were run with, their counts in one histogram and in words, and their steps.

import { ofCounts } from "../../drawings/histogram_rows.js";
import { BitNote, HistogramPanel } from "../../shared/histogram_panel.js";
import { useLoaded, useTitle } from "../../shared/hooks.js";
import { ofNumbers, Table } from "../../shared/lists.js";
import { ErrorNote, Loading } from "../../shared/notes.js";
import { go, Link } from "../../shared/router.js";
import { count, number, percent, time } from "../../text/format.js";
import { noiseText } from "../../text/noise.js";
import { html, useMemo } from "../../vendor/preact.js";
import { CompareSteps } from "./steps.js";

const SURE = 0.01;
const PERHAPS = 0.05;
const LARGEST_HEAD = ["Outcome", ...["First run", "Second run", "First less second"].map(ofNumbers)];

/** @param {{first: string, second: string, query: URLSearchParams}} properties the ids of two executions */
export function Comparison({ first, second, query }) {
  useTitle("Comparison");
  const pair = `${encodeURIComponent(first)}/${encodeURIComponent(second)}`;
  const compared = useLoaded(`/api/replay/compare/${pair}`);
  const a = useLoaded(`/api/executions/${encodeURIComponent(first)}`);
  const b = useLoaded(`/api/executions/${encodeURIComponent(second)}`);
  const error = a.error ?? b.error ?? compared.error;
  const isHere = compared.data && a.data && b.data;
  const back = `/compare/${encodeURIComponent(second)}/${encodeURIComponent(first)}`;
  return html`
    <div class="title">
      <h1>Comparison of two runs</h1>
      <div class="buttons">
        ${isHere && html`<button onClick=${() => go(query.size ? `${back}?${query}` : back)}>Swap the two</button>`}
        <${Link} class="button" to="/compare">Compare others<//>
      </div>
    </div>
    ${(a.error || b.error) &&
    html`<h2>The ${a.error ? "first" : "second"} run cannot be shown: ${a.error ? first : second}</h2>`}
    <${ErrorNote} error=${error} />
    ${!isHere && !error && html`<${Loading} what="Comparing" />`}
    ${isHere &&
    html`<div class="compare">
      <${Counts} a=${a.data} b=${b.data} compared=${compared.data.counts} />
      <${Facts} a=${a.data} b=${b.data} />
      <${CompareSteps} compared=${compared.data} path=${`/compare/${pair}`} query=${query} />
    </div>`}
  `;
}

/** What the runs were run with, and where they differ in it. @param {{a: any, b: any}} properties */
function Facts({ a, b }) {
  const versions = (/** @type {any} */ run) => Object.entries(run.versions).map((each) => each.join(" ")).join(", ");
  /** @type {[string, any, any][]} */
  const facts = [
    ["Circuit", a.circuit_name, b.circuit_name],
    ["Noise", noiseText(a.noise_config), noiseText(b.noise_config)],
    ["Shots", count(a.shots), count(b.shots)],
    ["Seed", String(a.seed), String(b.seed)],
    ["Qubits", count(a.num_qubits), count(b.num_qubits)],
    ["Gates", count(a.num_gates), count(b.num_gates)],
    ["Method", a.method.replaceAll("_", " "), b.method.replaceAll("_", " ")],
    ["Versions", versions(a), versions(b)],
    ["Tags", a.tags.join(", ") || "none", b.tags.join(", ") || "none"],
  ];
  const link = (/** @type {any} */ run) =>
    html`<${Link} to=${`/runs/${run.execution_id}`}>${run.circuit_name}, ${time(run.created_at)}<//>`;
  return html`<section aria-label="The two runs">
    <${Table} label="What the two were run with" head=${["", "First run", "", "Second run"]}>
      <tr><td>Run</td><td class="wraps">${link(a)}</td><td /><td class="wraps">${link(b)}</td></tr>
      ${facts.map(
        ([name, left, right]) => html`<tr key=${name}>
          <td>${name}</td>
          <td class="wraps">${left}</td>
          <td class=${left === right ? "mark same" : "mark changed"}>
            <span aria-hidden="true">${left === right ? "=" : "≠"}</span>
            <span class="visually-hidden">${left === right ? "same" : "differs"}</span>
          </td>
          <td class="wraps">${right}</td>
        </tr>`,
      )}
    <//>
  </section>`;
}

const SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹";

/** Return a p-value as people write it; one below the smallest double is 0 in the API. @param {number} p */
function probability(p) {
  if (p === 0) return "p < 10⁻³⁰⁰";
  if (p >= 1e-4) return `p = ${number(p, 2)}`;
  const [digits, power] = p.toExponential(1).split("e-");
  return `p = ${digits} × 10⁻${[...power].map((digit) => SUPERSCRIPTS[Number(digit)]).join("")}`;
}

/**
 * Say in words what a p-value says of two histograms.
 *
 * @param {any} compared the `counts` of the API's comparison
 */
export function verdict({ comparable, reason, p_value: p, total_variation_distance: distance }) {
  if (!comparable) return `The counts cannot be compared: ${reason}.`;
  if (p === null) return "There are too few shots to tell whether the two differ by more than chance.";
  if (distance === 0) return "Both runs have the same shares of all outcomes.";
  const value = probability(p);
  if (p < SURE) return `The two differ by more than chance would explain: ${value}.`;
  if (p < PERHAPS) return `The two may differ; chance alone would seldom explain it: ${value}. More shots tell.`;
  return `The two do not differ by more than chance would explain: ${value}.`;
}

/** @param {{a: any, b: any, compared: any}} properties */
function Counts({ a, b, compared }) {
  const series = useMemo(() => {
    const [first, second] = compared.comparable ? [joined(a.counts), joined(b.counts)] : [a.counts, b.counts];
    return [
      ofCounts(`first run (${a.is_noisy ? "noisy" : "clean"})`, first),
      ofCounts(`second run (${b.is_noisy ? "noisy" : "clean"})`, second, { color: "series-2", isHatched: true }),
    ];
  }, [a, b, compared]);
  return html`<section class="panel" aria-label="Counts">
    <h2>Counts</h2>
    <p class="verdict"><strong>${verdict(compared)}</strong></p>
    ${compared.comparable &&
    html`<dl class="facts">
      <dt>Total variation distance</dt>
      <dd>
        ${number(compared.total_variation_distance)}: so large a share of the shots,
        ${` ${percent(compared.total_variation_distance)}`}, would have to change to make both equal.
      </dd>
      <dt>Hellinger fidelity</dt>
      <dd>${number(compared.hellinger_fidelity)}: 1 if both are equal, 0 if they share no outcome.</dd>
      ${compared.p_value !== null &&
      html`<dt>Test</dt>
        <dd>
          Chi-squared ${number(compared.chi_squared)}, ${count(compared.degrees_of_freedom)} degrees of freedom,
          ${` ${probability(compared.p_value)}`}: how likely the noise of counting alone makes at least this difference.
        </dd>`}
    </dl>`}
    <${HistogramPanel} series=${series} label="Counts of both runs">
      <${BitNote} outcome=${Object.keys(series[0].shares)[0] ?? ""} />
      <p class="hint">Error bars are one standard error of counting, √(p(1 − p)/n) with each run's n shots.</p>
    <//>
    <${Largest} differences=${compared.largest_differences} />
  </section>`;
}

/**
 * Outcomes are compared without the spaces between registers, as the API does.
 *
 * @param {Record<string, number>} counts
 */
function joined(counts) {
  const outcomes = Object.keys(counts);
  if (!outcomes[0]?.includes(" ")) return counts;
  return Object.fromEntries(outcomes.map((outcome) => [outcome.replaceAll(" ", ""), counts[outcome]]));
}

/** @param {{differences: any[]}} properties */
const Largest = ({ differences }) =>
  differences.length > 0 &&
  html`<h3>Outcomes that differ most</h3>
    <${Table} label="Outcomes that differ most" head=${LARGEST_HEAD}>
      ${differences.map(
        (each) => html`<tr key=${each.outcome}>
          <td class="clipped" title=${each.outcome}><code>${each.outcome}</code></td>
          <td class="number">${count(each.count_a)} (${percent(each.probability_a)})</td>
          <td class="number">${count(each.count_b)} (${percent(each.probability_b)})</td>
          <td class="number">${each.difference > 0 ? "+" : ""}${percent(each.difference)}</td>
        </tr>`,
      )}
    <//>`;
