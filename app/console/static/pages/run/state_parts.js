// The parts of the state panel: a drawing of each, and a table of the same numbers.

import { drawAmplitudes, heightOf as amplitudesHeight } from "../../drawings/amplitudes.js";
import { drawSpheres, heightOf as spheresHeight } from "../../drawings/bloch.js";
import { Canvas } from "../../drawings/canvas.js";
import { drawPairs, heightOf as pairsHeight } from "../../drawings/entanglement.js";
import { useWidth } from "../../drawings/measured.js";
import { usePalette } from "../../drawings/palette.js";
import { ofNumbers, Table } from "../../shared/lists.js";
import { number, percent, radians } from "../../text/format.js";
import { html, useCallback } from "../../vendor/preact.js";
import { TOP } from "./states.js";

const DIGITS = 4;
const SHARED = 1e-6;
const BLOCH_HEAD = ["Qubit", ...["x", "y", "z", "Length", "Purity", "Entropy"].map(ofNumbers)];

/** @typedef {import("./states.js").StepState} StepState */
/** @typedef {CanvasRenderingContext2D} Context */

/** @param {number} value */
const figure = (value) => number(Math.abs(value) < 5e-7 ? 0 : value, DIGITS);

/** @param {{numQubits: number, qubits: StepState["qubits"]}} properties */
export function Qubits({ numQubits, qubits }) {
  const palette = usePalette();
  const [place, width] = useWidth();
  const draw = useCallback(
    (/** @type {Context} */ context, /** @type {number} */ wide, /** @type {number} */ high) =>
      drawSpheres(context, wide, high, qubits, palette),
    [qubits, palette],
  );
  return html`<div ref=${place}>
    ${width > 0 &&
    html`<${Canvas}
      draw=${draw}
      height=${spheresHeight(width, numQubits)}
      label=${`Bloch vectors of ${numQubits} qubits`}
    />`}
    <p class="hint">
      |0⟩ is up. The vector's length tells how pure the qubit is alone: full line and length 1 if it is pure; dashed and
      shorter if it is entangled with others or mixed. Entropy in bits.
    </p>
    <div class="state-table">
      <${Table} label="Bloch vectors" head=${BLOCH_HEAD}>
        ${qubits.map(
          ({ qubit, bloch, purity, entropy }) => html`<tr key=${qubit}>
            <td>q[${qubit}]</td>
            ${[...bloch, Math.hypot(...bloch), purity, entropy].map(
              (value) => html`<td class="number">${figure(value)}</td>`,
            )}
          </tr>`,
        )}
      <//>
    </div>
  </div>`;
}

/** @type {StepState["basis_states"]} */
const NONE = [];

/** @param {{numQubits: number, state: StepState | null}} properties */
export function Amplitudes({ numQubits, state }) {
  const states = state?.basis_states ?? NONE;
  const left = state?.probability_left ?? 0;
  const rows = Math.min(TOP, 2 ** numQubits);
  const draw = useCallback(
    (/** @type {Context} */ context, /** @type {number} */ width, /** @type {number} */ height) =>
      drawAmplitudes(context, width, height, states),
    [states],
  );
  return html`
    <${Canvas} draw=${draw} height=${amplitudesHeight(rows)} label="Probabilities and phases of basis states" />
    <p class="hint lines">
      ${(state?.is_pure ?? true)
        ? "Length: probability, the largest is full. Hue and pointer: phase against the most probable state."
        : "Length: probability, the largest is full. A mixed state has no phases: its bars are grey."}
      ${left > 5e-7 && ` All other basis states together: ${percent(left)}.`}
    </p>
    <div class="state-table">
      <${Table} label="Basis states, numbers" head=${["State", ofNumbers("Probability"), ofNumbers("Phase (rad)")]}>
        ${states.map(
          ({ state: name, probability, phase }) => html`<tr key=${name}>
            <td><code>|${name}⟩</code></td>
            <td class="number">${percent(probability, DIGITS)}</td>
            <td class="number">${phase === null ? "none" : radians(phase)}</td>
          </tr>`,
        )}
      <//>
    </div>
    <p class="hint">The last qubit stands first: the rightmost digit is q[0].</p>
  `;
}

/** @param {{numQubits: number, qubits: StepState["qubits"], pairs: StepState["pairs"]}} properties */
export function Pairs({ numQubits, qubits, pairs }) {
  const palette = usePalette();
  const [place, width] = useWidth();
  const draw = useCallback(
    (/** @type {Context} */ context, /** @type {number} */ wide, /** @type {number} */ high) =>
      drawPairs(context, wide, high, { numQubits, pairs, entropies: qubits.map(({ entropy }) => entropy) }, palette),
    [numQubits, qubits, pairs, palette],
  );
  const sharing = pairs.filter((pair) => pair.mutual_information > SHARED || pair.concurrence > SHARED);
  return html`<div ref=${place}>
    ${width > 0 &&
    html`<${Canvas}
      draw=${draw}
      height=${pairsHeight(width, numQubits)}
      label="Entropies of qubits, and what pairs share"
    />`}
    <p class="hint">
      Above the diagonal: concurrence, the entanglement of two qubits alone (0 to 1). Below it: mutual information, all
      correlations (0 to 2 bits). On it: the qubit's entropy (0 to 1 bit).
    </p>
    <div class="state-table">
      <${Table} label="Pairs" head=${["Qubits", ofNumbers("Concurrence"), ofNumbers("Mutual information (bits)")]}>
        ${sharing.map(
          ({ qubits: [a, b], concurrence, mutual_information: shared }) => html`<tr key=${`${a} ${b}`}>
            <td>q[${a}], q[${b}]</td>
            <td class="number">${figure(concurrence)}</td>
            <td class="number">${figure(shared)}</td>
          </tr>`,
        )}
        ${!sharing.length && html`<tr><td class="hint" colspan="3">No two qubits share anything.</td></tr>`}
      <//>
    </div>
  </div>`;
}
