// The program of a run, with the line of the chosen event marked.

import { withQuery } from "../../api/calls.js";
import { CopyButton } from "../../shared/copy_buttons.js";
import { useLoaded } from "../../shared/hooks.js";
import { ErrorNote, Loading } from "../../shared/notes.js";
import { html, useState } from "../../vendor/preact.js";

/** Longer programs are cut, since browsers take long to lay them out. */
const FIRST_LINES = 200;

/** @param {{id: string, isOnDevice: boolean, line: number | null}} properties `line` counts from 1 */
export function ProgramPanel({ id, isOnDevice, line }) {
  const [circuit, setCircuit] = useState("submitted");
  const [isWhole, setWhole] = useState(false);
  const { data, error, reload } = useLoaded(withQuery(`/api/executions/${id}/program`, { circuit }));
  const lines = data?.program.split("\n") ?? [];
  const most = isWhole ? lines.length : Math.max(FIRST_LINES, line ?? 0);
  const marked = circuit === "submitted" ? line : null;
  /** @param {any} event */
  const choose = (event) => setCircuit(event.target.value);
  return html`
    <section class="panel" aria-label="Program">
      <h2>Program <span class="hint">${data?.language}</span></h2>
      <div class="buttons">
        <${CopyButton} text=${data?.program ?? ""} isOff=${!data} />
        ${isOnDevice &&
        html`<select aria-label="Which program" value=${circuit} onChange=${choose}>
          <option value="submitted">as submitted</option>
          <option value="transpiled">as transpiled for the device</option>
        </select>`}
      </div>
      <${ErrorNote} error=${error} onRetry=${reload} />
      ${!data && !error && html`<${Loading} />`}
      ${data &&
      html`<pre class="program" tabindex="0" aria-label="Text of the program">${lines.slice(0, most).map(
        (/** @type {string} */ text, /** @type {number} */ at) =>
          html`<span class=${at + 1 === marked ? "line marked" : "line"}>${text}${"\n"}</span>`,
      )}</pre>`}
      ${most < lines.length &&
      html`<button onClick=${() => setWhole(true)}>Show all ${lines.length} lines</button>`}
    </section>
  `;
}
