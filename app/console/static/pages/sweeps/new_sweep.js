// The form of a new sweep: a program with inputs, a range for each, and what is measured.

import { mayWrite } from "../../api/access.js";
import { useLoaded, useTitle } from "../../shared/hooks.js";
import { NO_NOISE, noiseBody, NoiseForm } from "../../shared/noise_form.js";
import { ErrorNote } from "../../shared/notes.js";
import { faultOf, ProgramEditor } from "../../shared/program_editor.js";
import { SWEEP_EXAMPLES } from "../../shared/program_examples.js";
import { go } from "../../shared/router.js";
import { NameField, RunOptions } from "../../shared/run_options.js";
import { numeric, tagsOf, typed, useStored } from "../../shared/stored.js";
import { useWork, WorkState } from "../../shared/work_state.js";
import { html, useState } from "../../vendor/preact.js";
import { inputsOf, readObservables, valuesOf } from "./axes.js";
import { RangeForm, readRanges } from "./range_form.js";

/** @typedef {import("../../api/access.js").Caller} Caller */

/** While GET /api/limits has not said it. */
const MOST_BINDINGS = 10_000;

const FORM = {
  program: SWEEP_EXAMPLES[0].program,
  name: "",
  ranges: /** @type {Record<string, import("./range_form.js").TypedRange>} */ ({}),
  isGrid: true,
  measures: "observables",
  observables: "Z",
  shots: "",
  seed: "",
  method: "automatic",
  tags: "",
  noise: NO_NOISE,
};

/** @typedef {typeof FORM} Form */

/** @param {{caller: Caller}} properties */
export function Page({ caller }) {
  useTitle("New sweep");
  const [form, change] = useStored("qloom-new-sweep", FORM);
  const limits = useLoaded("/api/limits").data;
  const { submit, isRunning, state, mistake, fault } = useSweep(form, limits?.max_sweep_bindings ?? MOST_BINDINGS);
  return html`
    <form class="new-run" onSubmit=${submit}>
      <div class="wide">
        <div class="title">
          <h1>New sweep</h1>
          ${!mayWrite(caller)
            ? html`<p class="hint">Your key is a reader's: running needs a writer's key.</p>`
            : html`<button class="main" disabled=${isRunning}>Run the sweep</button>`}
        </div>
        <${WorkState} state=${state} isRunning=${isRunning} />
        <${ErrorNote} error=${mistake} />
      </div>
      <div>
        <${ProgramEditor}
          value=${form.program}
          onInput=${(/** @type {string} */ program) => change({ program })}
          fault=${fault}
          examples=${SWEEP_EXAMPLES}
        />
      </div>
      <${How} form=${form} change=${change} mostShots=${limits?.max_shots} />
    </form>
  `;
}

/** What happens when the form is handed in. @param {Form} form @param {number} most bindings */
function useSweep(form, most) {
  const { start, isRunning, state } = useWork();
  const [mistake, setMistake] = useState(/** @type {Error | null} */ (null));
  const [handedIn, setHandedIn] = useState("");
  /** @param {Event} event */
  const submit = async (event) => {
    event.preventDefault();
    setHandedIn(form.program);
    setMistake(null);
    try {
      const job = await start("/api/sweeps", bodyOf(form, inputsOf(form.program), most));
      if (job) go(`/sweeps/${job.job_id}`);
    } catch (error) {
      setMistake(/** @type {Error} */ (error));
    }
  };
  return { submit, isRunning, state, mistake, fault: handedIn === form.program ? faultOf(state.error) : null };
}

/**
 * The parameters, what is measured, and how it is run.
 *
 * @param {{form: Form, change: (changes: Partial<Form>) => void, mostShots: number | undefined}} properties
 */
const How = ({ form, change, mostShots }) => html`<div>
  <${RangeForm} inputs=${inputsOf(form.program)} ranges=${form.ranges} isGrid=${form.isGrid} onChange=${change} />
  <${Measures} form=${form} change=${change} />
  <${RunOptions}
    value=${form}
    onChange=${change}
    leastShots=${form.measures === "observables" ? 0 : 1}
    most=${mostShots}
    mostSeed=${Number.MAX_SAFE_INTEGER}
  >
    <${NameField} value=${form.name} onChange=${change} />
  <//>
  <${NoiseForm}
    value=${form.noise}
    onChange=${(/** @type {Form["noise"]} */ noise) => change({ noise })}
    kinds=${["none", "level", "rates"]}
    why="Sweeps do not take the noise of a device."
  />
</div>`;

/** @param {{form: Form, change: (changes: Partial<Form>) => void}} properties */
const Measures = ({ form, change }) => html`<fieldset>
  <legend>What is measured</legend>
  <div class="choices">
    ${[["observables", "Observables"], ["counts", "Counts"]].map(
      ([measures, name]) => html`<label class="row">
        <input
          type="radio"
          name="measures"
          checked=${form.measures === measures}
          onChange=${() => change({ measures })}
        />
        ${name}
      </label>`,
    )}
  </div>
  ${form.measures === "observables"
    ? html`<label class="observables">
        Observables, one a line
        <textarea
          rows="3"
          required
          spellcheck=${false}
          value=${form.observables}
          aria-label="Observables, one a line"
          aria-describedby="about-observables"
          onInput=${typed((text) => change({ observables: text }))}
        />
        <span class="hint" id="about-observables">
          Sums of Pauli strings, such as <code>ZZ + 0.5 XX</code>: a letter for each qubit, the left one acts on the
          highest. 0 shots give exact values.
        </span>
      </label>`
    : html`<p class="hint">How often each value was measured; the program measures.</p>`}
</fieldset>`;

/**
 * Return the body of POST /api/sweeps.
 *
 * @param {Form} form
 * @param {string[]} inputs
 * @param {number} most bindings
 * @throws {Error} a range or an observable cannot be read
 */
function bodyOf(form, inputs, most) {
  const ranges = readRanges(inputs, form.ranges, most);
  const observables = form.measures === "observables" ? readObservables(form.observables) : undefined;
  const values = Object.fromEntries(inputs.map((name) => [name, valuesOf(ranges[name])]));
  const tags = tagsOf(form.tags);
  return {
    program: form.program,
    name: form.name.trim() || undefined,
    bindings: inputs.length ? (form.isGrid ? { grid: values } : values) : undefined,
    observables,
    shots: numeric(form.shots),
    seed: numeric(form.seed),
    method: form.method,
    noise: noiseBody(form.noise),
    tags: tags.length ? tags : undefined,
  };
}
