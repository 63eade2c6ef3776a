// The counts of a run as a histogram and a table: as measured, mitigated if there is that, the ideal beside them.

import { useComputed } from "../../api/run_data.js";
import { ofCounts } from "../../drawings/histogram_rows.js";
import { BitNote, HistogramPanel } from "../../shared/histogram_panel.js";
import { count, percent } from "../../text/format.js";
import { html, useMemo, useState } from "../../vendor/preact.js";

/** The sum of probabilities that are all there are, but for rounding. */
const WHOLE = 1 - 1e-6;

/**
 * @typedef {{method: string, quasi_probabilities: Record<string, number>,
 *     standard_errors: Record<string, number>}} Mitigated
 */

/**
 * @param {{counts: Record<string, number>, shots: number, mitigated?: Mitigated | null, executionId: string,
 *     numEvents: number}} properties of the run; the ideal probabilities are asked for when somebody wants them
 */
export function CountsPanel({ counts, shots, mitigated = null, executionId, numEvents }) {
  const [isWanted, setWanted] = useState(false);
  const path = isWanted ? `/api/replay/${executionId}/step/${numEvents - 1}/state?top=1` : null;
  const { data, error } = useComputed(path);
  const ideal = useMemo(() => data && probabilitiesOf(data), [data]);
  const series = useMemo(() => seriesOf(counts, ideal, mitigated), [counts, ideal, mitigated]);
  const counted = series[0].total ?? 0;
  return html`
    <div class="buttons">
      <label class="row">
        <input type="checkbox" checked=${isWanted} onChange=${() => setWanted(!isWanted)} /> Ideal probabilities
      </label>
      <span class="hint" role="status">
        ${isWanted && (error?.message ?? (data ? idealNote(data) : "Computing…"))}
      </span>
    </div>
    <${HistogramPanel} series=${series} label="Counts">
      <${BitNote} outcome=${Object.keys(counts)[0] ?? ""} />
      <p class="hint">
        ${count(counted)} shots${counted === shots ? "" : ` of ${count(shots)}: some of the counts were lost`}. Error
        bars are one standard error of counting, √(p(1 − p)/n) with n = ${count(counted)}.
        ${mitigated &&
        ` Mitigated: the ${mitigated.method} errors are inverted. These quasi-probabilities add up to 1; some may be ` +
        "below 0 (a log scale does not show them) and their errors are larger."}
      </p>
    <//>
  `;
}

/** @param {any} state the API's answer about the last step @returns {Record<string, number>} */
const probabilitiesOf = ({ outcomes }) =>
  Object.fromEntries(outcomes.map((/** @type {any} */ each) => [each.outcome, each.probability]));

/** @param {any} state the API's answer about the last step */
function idealNote({ outcomes }) {
  const known = outcomes.reduce((/** @type {number} */ sum, /** @type {any} */ each) => sum + each.probability, 0);
  const all = "Without noise and without the chance of counting";
  return known > WHOLE ? `${all}.` : `${all}, of the ${outcomes.length} most probable outcomes (${percent(known)}).`;
}

/**
 * @param {Record<string, number>} counts
 * @param {Record<string, number> | null} ideal
 * @param {Mitigated | null} mitigated
 * @returns {import("../../drawings/histogram_rows.js").Series[]}
 */
function seriesOf(counts, ideal, mitigated) {
  const found = [ofCounts("measured", counts)];
  if (mitigated) {
    const { quasi_probabilities: shares, standard_errors: errors } = mitigated;
    found.push({ name: "mitigated", shares, errors, color: "series-2", isHatched: true });
  }
  if (ideal) {
    const isPartial = Object.values(ideal).reduce((sum, share) => sum + share, 0) < WHOLE;
    found.push({ name: "ideal", shares: ideal, color: "series-3", isHatched: true, isPartial });
  }
  return found;
}
