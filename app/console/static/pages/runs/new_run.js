// The form of a new run: a circuit of the library or a program, its options, and what it will take.

import { mayWrite } from "../../api/access.js";
import { call, get, withQuery } from "../../api/calls.js";
import { useAction, useLoaded, useTitle } from "../../shared/hooks.js";
import { NO_NOISE, noiseBody, NoiseForm, noiseOf } from "../../shared/noise_form.js";
import { ErrorNote, Loading } from "../../shared/notes.js";
import { faultOf, ProgramEditor } from "../../shared/program_editor.js";
import { EXAMPLES } from "../../shared/program_examples.js";
import { currentAddress, go } from "../../shared/router.js";
import { NameField, RunOptions } from "../../shared/run_options.js";
import { numeric, tagsOf, useStored } from "../../shared/stored.js";
import { useWork, WorkState } from "../../shared/work_state.js";
import { nameWithoutNoise } from "../../text/circuit_name.js";
import { html, useEffect, useState } from "../../vendor/preact.js";
import { CircuitForm, givenParameters } from "./circuit_form.js";
import { EstimatePanel, useEstimate } from "./estimate.js";

/** @typedef {import("../../api/access.js").Caller} Caller */

const PATH = "/runs/new";

const FORM = {
  source: "circuit",
  circuit: "bell",
  parameters: /** @type {Record<string, string>} */ ({}),
  program: EXAMPLES[0].program,
  name: "",
  shots: "",
  seed: "",
  method: "automatic",
  tags: "",
  measuresAll: false,
  mitigates: false,
  noise: NO_NOISE,
};

/** @typedef {typeof FORM} Form */

const OF_CIRCUITS = "Circuits of the library take noise by level. For rates or a device, run the circuit once and " +
  "take “run again, changed”: that is its program.";

/** @param {{query: URLSearchParams, caller: Caller}} properties */
export function Page({ query, caller }) {
  useTitle("New run");
  const canRun = mayWrite(caller);
  const [form, change] = useStored("qloom-new-run", FORM);
  const circuits = useLoaded("/api/circuits");
  const filling = useFilling(query, change);
  const { submit, isRunning, state, estimate, fault } = useRun(form, circuits.data?.circuits ?? [], canRun);
  if (filling.isRunning) return html`<h1>New run</h1><${Loading} what="Reading the run" />`;
  return html`
    <form class="new-run" onSubmit=${submit}>
      <div class="wide">
        <div class="title">
          <h1>New run</h1>
          ${!canRun
            ? html`<p class="hint">Your key is a reader's: running needs a writer's key.</p>`
            : html`<button class="main" disabled=${isRunning}>Run</button>`}
        </div>
        <${WorkState} state=${state} isRunning=${isRunning} />
        <${ErrorNote} error=${filling.error ?? circuits.error} />
      </div>
      <${What} form=${form} change=${change} circuits=${circuits.data?.circuits ?? []} fault=${fault} />
      <${How} form=${form} change=${change} estimate=${estimate} canRun=${canRun} />
    </form>
  `;
}

/**
 * What the form asks for, as it is typed (the estimate, and the place of a mistake) and when it is handed in.
 *
 * @param {Form} form
 * @param {import("./circuit_form.js").Circuit[]} circuits
 * @param {boolean} canRun whether the key may run, which an estimate needs too
 */
function useRun(form, circuits, canRun) {
  const { start, isRunning, state } = useWork();
  const [handedIn, setHandedIn] = useState("");
  const circuit = circuits.find(({ name }) => name === form.circuit);
  const request = requestOf(form, circuit);
  const estimate = useEstimate(canRun && isWhole(form, circuit) ? request : null);
  const { found, isCurrent } = estimate;
  const fault = (handedIn === form.program && faultOf(state.error)) || (isCurrent && faultOf(found?.error)) || null;
  /** @param {Event} event */
  const submit = async (event) => {
    event.preventDefault();
    setHandedIn(form.program);
    const job = await start(`/api/execute${request.path}`, request.body);
    if (job) go(`/runs/${job.job_id}`);
  };
  return { submit, isRunning, state, estimate, fault };
}

/** @typedef {(changes: Partial<Form>) => void} Change */

/**
 * A circuit of the library, or a program.
 *
 * @param {{form: Form, change: Change, circuits: import("./circuit_form.js").Circuit[],
 *     fault: import("../../shared/program_editor.js").Fault | null}} properties
 */
const What = ({ form, change, circuits, fault }) => html`<div>
  <${Source} value=${form.source} onChange=${(/** @type {string} */ source) => change({ source })} />
  ${form.source === "program"
    ? html`<${ProgramEditor}
        value=${form.program}
        onInput=${(/** @type {string} */ program) => change({ program })}
        fault=${fault}
        examples=${EXAMPLES}
      />`
    : html`<${CircuitForm}
        circuits=${circuits}
        name=${form.circuit}
        parameters=${form.parameters}
        onChange=${change}
      />`}
</div>`;

/**
 * Shots, method, noise, and what the run will take.
 *
 * @param {{form: Form, change: Change, estimate: ReturnType<typeof useEstimate>, canRun: boolean}} properties
 */
function How({ form, change, estimate, canRun }) {
  const limits = useLoaded("/api/limits");
  const isProgram = form.source === "program";
  return html`<div>
    <${RunOptions} value=${form} onChange=${change} most=${limits.data?.max_shots}>
      ${isProgram && html`<${ProgramOptions} form=${form} change=${change} />`}
    <//>
    <${NoiseForm}
      value=${noiseIn(form)}
      onChange=${(/** @type {Form["noise"]} */ noise) => change({ noise })}
      kinds=${isProgram ? ["none", "level", "rates", "device"] : ["none", "level"]}
      why=${isProgram ? undefined : OF_CIRCUITS}
    />
    ${canRun && html`<${EstimatePanel} ...${estimate} />`}
  </div>`;
}

/** @param {{value: string, onChange: (value: string) => void}} properties */
const Source = ({ value, onChange }) => html`<fieldset>
  <legend>What to run</legend>
  <div class="choices">
    ${[["circuit", "A circuit of the library"], ["program", "A program"]].map(
      ([source, name]) => html`<label class="row">
        <input type="radio" name="source" checked=${value === source} onChange=${() => onChange(source)} /> ${name}
      </label>`,
    )}
  </div>
</fieldset>`;

/** @param {{form: Form, change: (changes: Partial<Form>) => void}} properties */
const ProgramOptions = ({ form, change }) => html`
  <${NameField} value=${form.name} onChange=${change} />
  <label class="row">
    <input
      type="checkbox"
      checked=${form.measuresAll}
      onChange=${(/** @type {any} */ event) => change({ measuresAll: event.target.checked })}
    />
    Measure all qubits (of a program that measures nothing)
  </label>
  <label class="row">
    <input
      type="checkbox"
      checked=${form.mitigates}
      onChange=${(/** @type {any} */ event) => change({ mitigates: event.target.checked })}
    />
    Mitigate readout errors (with noise)
  </label>
`;

/** Return the noise that the form asks for: circuits of the library take a level only. @param {Form} form */
const noiseIn = (form) =>
  form.source === "program" || form.noise.kind === "level" ? form.noise : { ...form.noise, kind: "none" };

/** Whether there is enough for an estimate. @param {Form} form @param {any} circuit */
function isWhole({ source, program, noise }, circuit) {
  if (source !== "program") return circuit !== undefined;
  return program.trim() !== "" && (noise.kind !== "device" || noise.device !== "");
}

/**
 * Return the path below /api/execute and the body that run what the form says.
 *
 * @param {Form} form
 * @param {any} circuit
 */
const requestOf = (form, circuit) =>
  form.source === "program"
    ? { path: withQuery("", { seed: form.seed }), body: programBody(form) }
    : { path: circuitPath(form, circuit), body: undefined };

/**
 * Return the body of POST /api/execute without the seed: that stands in the query, since JavaScript writes seeds from
 * 2^53 on with other digits.
 *
 * @param {Form} form
 */
function programBody(form) {
  const tags = tagsOf(form.tags);
  return {
    program: form.program,
    name: form.name.trim() || undefined,
    shots: numeric(form.shots),
    method: form.method,
    tags: tags.length ? tags : undefined,
    measure: form.measuresAll ? "all" : undefined,
    mitigation: form.mitigates ? "readout" : undefined,
    noise: noiseBody(form.noise),
  };
}

/** Return the path below /api/execute that runs a circuit of the library. @param {Form} form @param {any} circuit */
function circuitPath(form, circuit) {
  const isNoisy = noiseIn(form).kind === "level";
  return withQuery(`/${encodeURIComponent(form.circuit)}${isNoisy ? "/noisy" : ""}`, {
    ...givenParameters(circuit, form.parameters),
    shots: form.shots,
    seed: form.seed,
    method: form.method,
    tag: tagsOf(form.tags),
    noise_type: isNoisy ? form.noise.type : undefined,
    noise_level: isNoisy ? form.noise.level : undefined,
  });
}

/**
 * Fill the form with what the address names: `from` a run, or `circuit` of the library. The address is plain after
 * that, so that "back" finds what was changed since.
 *
 * @param {URLSearchParams} query
 * @param {(changes: Partial<Form>) => void} change
 */
function useFilling(query, change) {
  const { run, isRunning, error } = useAction(async (/** @type {string} */ id) => {
    change(await formOf(id));
    if (currentAddress().path === PATH) go(PATH, { replaces: true }); // whoever went elsewhere stays there
  });
  const from = query.get("from");
  const circuit = query.get("circuit");
  useEffect(() => {
    if (from) void run(from);
    else if (circuit) {
      change({ source: "circuit", circuit });
      go(PATH, { replaces: true });
    }
  }, [from, circuit]);
  return { isRunning: isRunning || (from !== null && !error), error };
}

/** Return the form that runs a run again. @param {string} id @returns {Promise<Form>} */
async function formOf(id) {
  const path = `/api/executions/${encodeURIComponent(id)}`;
  const made = await get(path);
  const program = await (await call("GET", `${path}/program`, { headers: { Accept: "text/plain" } })).text();
  return {
    ...FORM,
    source: "program",
    program,
    name: nameWithoutNoise(made.circuit_name),
    shots: String(made.shots),
    seed: String(made.seed),
    method: made.requested_method ?? FORM.method,
    tags: made.tags.join(", "),
    measuresAll: Object.keys(made.counts).length > 0 && !/\bmeasure\b/.test(program),
    mitigates: Boolean(made.mitigated),
    noise: noiseOf(made.noise_config),
  };
}
