// Rows of a histogram: the outcomes of several series, in an order, and as CSV and JSON.

import { csvText } from "../text/csv.js";

/**
 * What is drawn in one colour: shares of 1 by outcome.
 *
 * @typedef {{name: string, shares: Record<string, number>, counts?: Record<string, number> | null,
 *     total?: number, errors?: Record<string, number> | null, isHatched?: boolean, isPartial?: boolean,
 *     color: string}} Series
 *     `total`: of how many shots the shares are; each then has the error of counting. `errors`: the standard errors,
 *     if they are others. `color`: its name in the palette. `isHatched`: drawn with stripes. `isPartial`: what it
 *     does not name is not known, else it is 0
 */

/** @typedef {"weight" | "value"} Order by share, the largest first, or by the outcome's value */

/**
 * Return a series of counts.
 *
 * @param {string} name
 * @param {Record<string, number>} counts
 * @param {Partial<Series>} [others]
 * @returns {Series}
 */
export function ofCounts(name, counts, others = {}) {
  let total = 0;
  for (const outcome in counts) total += counts[outcome];
  /** @type {Record<string, number>} */
  const shares = {};
  for (const outcome in counts) shares[outcome] = total ? counts[outcome] / total : 0;
  return { name, shares, counts, total, color: "series-1", ...others };
}

/**
 * Return the standard error of the share of an outcome: √(p(1 − p)/n), that of a binomial share, unless the series
 * has its own; 0 if it has none.
 *
 * @param {Series} series
 * @param {string} outcome
 */
export function errorOf(series, outcome) {
  if (series.errors) return series.errors[outcome] ?? 0;
  if (!series.total) return 0;
  const share = series.shares[outcome] ?? 0;
  return Math.sqrt((share * (1 - share)) / series.total);
}

/**
 * Return the outcomes of all series. By weight, the largest share in any series counts; equal ones stand by value.
 *
 * @param {Series[]} series
 * @param {Order} order
 */
export function ordered(series, order) {
  /** @type {Map<string, number>} */
  const weights = new Map();
  for (const { shares } of series) {
    for (const outcome in shares) weights.set(outcome, Math.max(weights.get(outcome) ?? 0, Math.abs(shares[outcome])));
  }
  const outcomes = [...weights.keys()].sort();
  if (order === "value") return outcomes;
  return outcomes.sort((a, b) => /** @type {number} */ (weights.get(b)) - /** @type {number} */ (weights.get(a)));
}

/** Return all outcomes as CSV. @param {Series[]} series @param {string[]} outcomes */
export function csvOf(series, outcomes) {
  const head = series.flatMap(({ name, counts }) => (counts ? [`${name} count`, `${name} share`] : [`${name} share`]));
  const lines = outcomes.map((outcome) => [outcome, ...series.flatMap((each) => numbersOf(each, outcome))]);
  return csvText([["outcome", ...head], ...lines]);
}

/** @param {Series} series @param {string} outcome */
function numbersOf({ counts, shares }, outcome) {
  const share = shares[outcome] ?? 0;
  return counts ? [counts[outcome] ?? 0, share] : [share];
}

/** Return all series as JSON: counts where there are some, else shares. @param {Series[]} series */
export const jsonOf = (series) =>
  JSON.stringify(Object.fromEntries(series.map(({ name, counts, shares }) => [name, counts ?? shares])), null, 1);
