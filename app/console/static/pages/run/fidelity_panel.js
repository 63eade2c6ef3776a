// The fidelity of a noisy run after each step, and where it was lost.

import { useComputed } from "../../api/run_data.js";
import { usePalette } from "../../drawings/palette.js";
import { usePlot } from "../../drawings/plot.js";
import { ofNumbers, Table } from "../../shared/lists.js";
import { ErrorNote, Loading } from "../../shared/notes.js";
import { number, percent } from "../../text/format.js";
import { html, useEffect, useRef, useState } from "../../vendor/preact.js";
import uPlot from "../../vendor/uplot.js";

const HEIGHT = 180;
const MOST_LOSSES = 8;
const LOSSES_HEAD = ["Step", "Event", "Qubits", ofNumbers("Loss"), ofNumbers("Fidelity after it")];

/** Larger circuits take a worker seconds; they are computed when somebody asks. */
const EASY = 200_000;

const WITHOUT_NOISE =
  "This run had no noise, so its fidelity is 1 after each step. Run it with noise to see what noise takes.";
const ON_A_DEVICE =
  "It is not known for runs under the noise of a device, which acts on a circuit that was transpiled for it.";

/** Load the fidelity. @param {any} run @returns {any} what `useComputed` returns, and `ask` and `isAsked` */
export function useFidelity(run) {
  const [isAsked, setAsked] = useState(run.num_events * 4 ** run.num_qubits < EASY);
  const isKnown = run.is_noisy && !run.noise_config?.device;
  const loaded = useComputed(isKnown && isAsked ? `/api/replay/${run.execution_id}/fidelity` : null);
  return { ...loaded, isKnown, isAsked, ask: () => setAsked(true) };
}

/** @param {{run: any, fidelity: any, step: number, onStep: (step: number) => void}} properties */
export function FidelityPanel({ run, fidelity, step, onStep }) {
  const { data, error, job, isKnown, isAsked, ask } = fidelity;
  return html`
    <section class="panel" aria-label="Fidelity">
      <h2>Fidelity</h2>
      ${!run.is_noisy && html`<p>${WITHOUT_NOISE}</p>`}
      ${run.is_noisy && !isKnown && html`<p>${ON_A_DEVICE}</p>`}
      ${isKnown &&
      !isAsked &&
      html`<p>A worker computes it, which takes a while for a circuit of this size.</p>
        <button onClick=${ask}>Compute the fidelity</button>`}
      <${ErrorNote} error=${error} />
      ${isKnown && isAsked && !data && !error && html`<${Loading} what=${job ? "A worker computes it" : "Loading"} />`}
      ${data && html`<${Curve} data=${data} step=${step} /><${Losses} data=${data} onStep=${onStep} />`}
    </section>
  `;
}

/** @param {{data: any, step: number}} properties */
function Curve({ data, step }) {
  const at = useRef(step);
  at.current = step;
  const palette = usePalette();
  const [place, plot] = usePlot(
    (width) => ({
      options: optionsOf(palette, width, at),
      data: ["step", "fidelity"].map((name) => data.steps.map((/** @type {any} */ each) => each[name])),
    }),
    [data, palette],
  );
  useEffect(() => plot.current?.redraw(false), [step]);
  const here = data.steps[step];
  const label = `Fidelity after each of ${data.total_steps} steps, from 1 to ${number(data.fidelity, 6)}`;
  return html`
    <p>
      <strong>${number(here?.fidelity, 6)}</strong> after step ${step}, ${number(data.fidelity, 6)} at the end
      ${data.method === "estimate" && html` <span class="hint">(an estimate, which is too low)</span>`}
    </p>
    <div class="fidelity-curve" ref=${place} role="img" aria-label=${label} />
  `;
}

/**
 * @param {import("../../drawings/palette.js").Palette} palette
 * @param {number} width
 * @param {{current: number}} step
 */
function optionsOf(palette, width, step) {
  const axis = { stroke: palette.faint, grid: { stroke: palette.line, width: 1 }, ticks: { stroke: palette.line } };
  return {
    width,
    height: HEIGHT,
    legend: { show: false },
    cursor: { show: false },
    scales: { x: { time: false } },
    axes: [{ ...axis, label: "step", labelSize: 18, size: 30 }, { ...axis, size: 64 }],
    series: [
      {},
      { stroke: palette["series-2"], width: 2, paths: uPlot.paths.stepped?.({ align: 1 }), points: { show: false } },
    ],
    hooks: {
      draw: [
        (/** @type {any} */ plot) => {
          const x = Math.round(plot.valToPos(step.current, "x", true));
          plot.ctx.save();
          plot.ctx.strokeStyle = palette.accent;
          plot.ctx.lineWidth = 2 * devicePixelRatio;
          plot.ctx.beginPath();
          plot.ctx.moveTo(x, plot.bbox.top);
          plot.ctx.lineTo(x, plot.bbox.top + plot.bbox.height);
          plot.ctx.stroke();
          plot.ctx.restore();
        },
      ],
    },
  };
}

/** @param {{data: any, onStep: (step: number) => void}} properties */
function Losses({ data, onStep }) {
  const { by_step: steps, by_qubit: qubits } = data.losses;
  const ofQubits = qubits
    .slice(0, MOST_LOSSES)
    .map((/** @type {any} */ each) => `q[${each.qubit}] ${percent(each.loss)}`);
  return html`
    <h3>Where it was lost</h3>
    <${Table} label="Largest losses" head=${LOSSES_HEAD}>
      ${steps.slice(0, MOST_LOSSES).map(
        (/** @type {any} */ each) => html`<tr key=${each.step}>
          <td>
            <button class="quiet" aria-label=${`Show step ${each.step}`} onClick=${() => onStep(each.step)}>
              ${each.step}
            </button>
          </td>
          <td class="clipped">${each.gate}</td>
          <td>${each.qubits.join(", ")}</td>
          <td class="number">${percent(each.loss)}</td>
          <td class="number">${number(each.fidelity, 6)}</td>
        </tr>`,
      )}
    <//>
    <p class="hint">
      By qubit: ${ofQubits.join(", ")}.
      A measurement can win back what it makes unimportant. Noise of the readout is not in these figures.
    </p>
  `;
}
