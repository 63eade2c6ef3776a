// The results of a sweep as numbers to draw, to list and to export.

import { call } from "../../api/calls.js";
import { download, save } from "../../api/files.js";
import { csvText } from "../../text/csv.js";
import { observableNames } from "./axes.js";

/** What one binding gave. @typedef {{index: number, counts?: Record<string, number>, values?: number[],
 *     standard_errors?: number[]}} Result */
/** @typedef {{value: number, error: number}} Measured a value with its standard error */

const MOST_OUTCOMES = 50;

/** About how many counts a page reads: some megabytes. */
const MOST_COUNTS = 200_000;

/** Return the path of a sweep's results. @param {any} sweep */
export const resultsPath = (sweep) => `/api/sweeps/${sweep.sweep_id}/${sweep.num_observables ? "values" : "counts"}`;

/** Return how many bindings a page reads: all, unless they may have too many outcomes. @param {any} sweep */
export function bindingsRead(sweep) {
  if (sweep.num_observables) return sweep.num_bindings;
  const outcomes = Math.min(sweep.shots, 2 ** (sweep.num_clbits ?? 0));
  return Math.min(sweep.num_bindings, Math.max(1, Math.floor(MOST_COUNTS / outcomes)));
}

/**
 * Return the names of what can be drawn: the observables, or the values that were counted most often.
 *
 * @param {import("./axes.js").Asked} asked
 * @param {Result[]} results
 * @returns {string[]}
 */
export function quantitiesOf(asked, results) {
  if (asked.observables.length) return observableNames(asked);
  const totals = new Map();
  for (const { counts = {} } of results) {
    for (const [key, times] of Object.entries(counts)) totals.set(key, (totals.get(key) ?? 0) + times);
  }
  const sorted = [...totals].sort(([a, left], [b, right]) => right - left || (a < b ? -1 : 1));
  return sorted.slice(0, MOST_OUTCOMES).map(([key]) => key);
}

/**
 * Return a quantity in one binding: the value of an observable, or the share of the shots that gave an outcome with
 * its binomial standard error √(p(1 − p)/shots).
 *
 * @param {any} sweep
 * @param {Result} result
 * @param {string[]} quantities
 * @param {number} chosen
 * @returns {Measured}
 */
export function measuredOf(sweep, result, quantities, chosen) {
  if (result.values) return { value: result.values[chosen], error: result.standard_errors?.[chosen] ?? 0 };
  const share = (result.counts?.[quantities[chosen]] ?? 0) / sweep.shots;
  return { value: share, error: Math.sqrt((share * (1 - share)) / sweep.shots) };
}

/**
 * Return points by rising x.
 *
 * @param {number[]} x
 * @param {Measured[]} measured
 */
export function pointsOf(x, measured) {
  const order = x.map((_, at) => at).sort((a, b) => x[a] - x[b] || a - b);
  return {
    x: order.map((at) => x[at]),
    y: order.map((at) => measured[at].value),
    errors: order.map((at) => measured[at].error),
  };
}

/**
 * Download the results: as JSON as the API sends them, or as CSV with a line for each binding and observable or
 * counted value.
 *
 * @param {any} sweep
 * @param {import("./axes.js").Asked} asked
 * @param {"json" | "csv"} form
 */
export async function exportResults(sweep, asked, form) {
  const [path, name] = [resultsPath(sweep), `sweep-${sweep.sweep_id}.${form}`];
  if (form === "json") {
    await download(path, name, "application/json");
    return;
  }
  const { results } = await (await call("GET", path, { isLong: true })).json();
  save(new Blob([csvOf(sweep, asked, results)], { type: "text/csv" }), name);
}

/**
 * @param {any} sweep
 * @param {import("./axes.js").Asked} asked
 * @param {Result[]} results
 */
function csvOf(sweep, asked, results) {
  const names = /** @type {string[]} */ (sweep.inputs);
  const last = sweep.num_observables ? ["observable", "value", "standard_error"] : ["outcome", "count"];
  const lines = /** @type {(string | number | undefined)[][]} */ ([["index", ...names, ...last]]);
  const observables = observableNames(asked);
  for (const { index, counts, values, standard_errors: errors } of results) {
    const start = [index, ...names.map((name) => asked.bindings[name][index])];
    values?.forEach((value, at) => lines.push([...start, observables[at], value, errors?.[at]]));
    for (const [key, times] of Object.entries(counts ?? {})) lines.push([...start, key, times]);
  }
  return csvText(lines);
}
