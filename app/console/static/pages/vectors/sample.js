// Twelve small vectors for a new store, so that a person can query at once.

import { send } from "../../api/calls.js";
import { useAction } from "../../shared/hooks.js";
import { ErrorNote } from "../../shared/notes.js";
import { Link } from "../../shared/router.js";
import { html } from "../../vendor/preact.js";

const DIMENSION = 3;

/** Each: the end of its id, its numbers, the weights of “technical” and “general”, its topic and its year. */
const ROWS = /** @type {[string, number[], number, number, string, number][]} */ ([
  ["a", [0.9, 0.1, 0.2], 0.3, 0.7, "qubits", 2024],
  ["b", [0.7, 0.6, 0.1], 1, 0, "qubits", 2025],
  ["c", [0.8, 0.3, 0.1], 0.2, 0.8, "gates", 2025],
  ["d", [0.95, 0.05, -0.1], 0.1, 0.9, "gates", 2023],
  ["e", [0.6, 0.5, 0.4], 0.9, 0.1, "noise", 2024],
  ["f", [0.3, 0.9, 0.1], 0.8, 0.2, "noise", 2022],
  ["g", [0.2, 0.8, 0.5], 0.5, 0.5, "search", 2021],
  ["h", [0.1, 0.3, 0.9], 0.7, 0.3, "search", 2025],
  ["i", [-0.4, 0.7, 0.3], 0.4, 0.6, "history", 2019],
  ["j", [-0.5, 0.4, 0.8], 0, 1, "history", 2020],
  ["k", [0.5, -0.5, 0.6], 0.6, 0.4, "graphs", 2024],
  ["l", [0.7, -0.2, -0.6], 1, 0, "graphs", 2023],
]);

/** Return numbers as a vector of another dimension. @param {number[]} values @param {number} dimension */
const ofDimension = (values, dimension) => Array.from({ length: dimension }, (_, at) => values[at] ?? 0);

/** Return the vectors of the sample as the API takes them. @param {number} dimension */
export const sample = (dimension) =>
  ROWS.map(([end, values, technical, general, topic, year]) => ({
    id: `sample_${end}`,
    vector: ofDimension(values, dimension),
    contexts: [
      { name: "technical", weight: technical },
      { name: "general", weight: general },
    ].filter(({ weight }) => weight > 0),
    metadata: { topic, year },
  }));

/**
 * A button that stores the sample.
 *
 * @param {{dimension: number | null, onDone: () => void}} properties `dimension`: the one that the store is set to
 */
export function SampleButton({ dimension, onDone }) {
  const { run, isRunning, error } = useAction(async () => {
    await send("POST", "/v2/vectors/batch", { vectors: sample(dimension ?? DIMENSION) });
    onDone();
  });
  return html`
    <p><button class="main" disabled=${isRunning} onClick=${() => void run()}>Load a sample of 12 vectors</button></p>
    <p class="hint">
      They have ${dimension ?? DIMENSION} ${dimension === 1 ? "number" : "numbers"} each and stand in two contexts,
      technical and general. You can delete them later.
    </p>
    <${ErrorNote} error=${error} />
  `;
}

/** What to do with the sample: the same query without and with a context. @param {{dimension: number}} properties */
export function SampleHint({ dimension }) {
  const vector = ofDimension([1, 0, 0], dimension).join(",");
  return html`<p class="note info" role="status">
    The sample is stored. Now ask for the vectors nearest to
    [${dimension > 4 ? "1, 0, 0, …" : vector.replaceAll(",", ", ")}]:${" "}
    <${Link} to=${`/vectors/query?vector=${vector}`}>by the cosine alone<//>, or${" "}
    <${Link} to=${`/vectors/query?vector=${vector}&context=technical`}>in the context technical<//>, where sample_b
    comes before sample_a, although sample_a is nearer.
  </p>`;
}
