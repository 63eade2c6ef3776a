// The import of a file of vectors: what is sent, and how far its job is.

import { call, send, withQuery } from "../../api/calls.js";
import { hasEnded } from "../../api/work.js";
import { useAction, useLoaded } from "../../shared/hooks.js";
import { ofNumbers, Table } from "../../shared/lists.js";
import { ErrorNote, Status } from "../../shared/notes.js";
import { Link } from "../../shared/router.js";
import { count, percent, size } from "../../text/format.js";
import { html, useEffect, useState } from "../../vendor/preact.js";

const EVERY_MS = 700;
const NPY_MAGIC = "\x93NUMPY";

/** Return whether a file is a NumPy array: by its first bytes, whatever its name. @param {Blob} file */
async function isArray(file) {
  const bytes = new Uint8Array(await file.slice(0, NPY_MAGIC.length).arrayBuffer());
  return String.fromCharCode(...bytes) === NPY_MAGIC;
}

/** @param {{onImport: (job: string) => void}} properties */
export function ImportForm({ onImport }) {
  const [file, setFile] = useState(/** @type {File | null} */ (null));
  const { run, isRunning, error } = useAction(async (/** @type {HTMLFormElement} */ form) => {
    if (!file) throw new Error("Choose a file first.");
    const given = Object.fromEntries(new FormData(form));
    const type = (await isArray(file)) ? "application/x-npy" : "application/x-ndjson";
    const path = withQuery("/v2/vectors/import", {
      upsert: given.upsert ? true : "",
      on_error: given.skip ? "skip" : "stop",
      id_prefix: type === "application/x-npy" ? String(given.prefix) : "",
    });
    const response = await call("POST", path, { body: file, headers: { "Content-Type": type }, isLong: true });
    onImport((await response.json()).job_id);
  });
  return html`<form onSubmit=${(/** @type {any} */ event) => (event.preventDefault(), void run(event.target))}>
    <label class="block">
      File: lines of JSON (as an export has them), or a NumPy array (.npy)
      <input
        type="file"
        accept=".ndjson,.jsonl,.json,.npy,.txt"
        required
        onChange=${(/** @type {any} */ event) => setFile(event.target.files[0] ?? null)}
      />
    </label>
    <div class="fields">
      <label> Ids of an array's rows begin with <input name="prefix" maxlength="200" placeholder="row_" /> </label>
    </div>
    <label class="row"> <input type="checkbox" name="upsert" /> Replace vectors that exist</label>
    <label class="row">
      <input type="checkbox" name="skip" /> Leave bad lines out, and count them (else the import stops at the
      first)</label
    >
    <${ErrorNote} error=${error} />
    <div class="buttons">
      <button class="main" disabled=${isRunning}>Import</button>
      <span role="status">${isRunning && file && `Sending ${size(file.size)}…`}</span>
    </div>
  </form>`;
}

/**
 * How far an import is, and what it did.
 *
 * @param {{id: string, onEnd: () => void, onClose: () => void}} properties `id` of its job
 */
export function ImportState({ id, onEnd, onClose }) {
  const [isOver, setOver] = useState(false);
  const { data: job, error } = useLoaded(`/v2/jobs/${encodeURIComponent(id)}`, { everyMs: isOver ? 0 : EVERY_MS });
  useEffect(() => {
    if (!job || !hasEnded(job) || isOver) return;
    setOver(true);
    onEnd();
  }, [job]);
  const cancel = () => send("DELETE", `/v2/jobs/${encodeURIComponent(id)}`).catch(() => undefined);
  return html`<section class="panel" aria-label="Import">
    <h2>Import ${job && html`<${Status} status=${job.status} />`}</h2>
    <${ErrorNote} error=${error} />
    ${
      job &&
      !hasEnded(job) &&
      html`<p>
        <progress max="1" value=${job.progress ?? 0} aria-label="Progress"></progress>${" "}
        ${percent(job.progress ?? 0)}
      </p>`
    }
    ${job?.status === "FAILED" && html`<p class="note error" role="alert"><strong>${job.error?.message}</strong></p>`}
    ${job?.result && html`<${Result} result=${job.result} />`}
    <div class="buttons">
      ${job && !hasEnded(job) && html`<button onClick=${cancel}>Cancel</button>`}
      <${Link} to=${`/jobs/${encodeURIComponent(id)}`}>Its job<//>
      <button onClick=${onClose}>Close</button>
    </div>
  </section>`;
}

/** @param {{result: any}} properties */
const Result = ({ result }) => html`
  <p role="status">
    ${count(result.inserted)} inserted, ${count(result.updated)} replaced, ${count(result.failed)} left out.
  </p>
  ${
    result.errors?.length > 0 &&
    html`<${Table} label="Bad lines" head=${[ofNumbers("Line"), "Why"]}>
      ${result.errors.map(
        (/** @type {any} */ each) =>
          html`<tr>
            <td class="number">${each.line}</td>
            <td class="wraps">${each.reason}</td>
          </tr>`,
      )}
    <//>`
  }
`;
