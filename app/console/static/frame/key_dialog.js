// The dialog that asks for the API key.

import { call, key } from "../api/calls.js";
import { useModal } from "../shared/dialog.js";
import { useAction } from "../shared/hooks.js";
import { ErrorNote } from "../shared/notes.js";
import { html, useRef } from "../vendor/preact.js";

/**
 * Asks for an API key, tries it, and keeps it for this tab.
 *
 * @param {{caller: import("./shell.js").Caller, onClose: () => void}} properties
 */
export function KeyDialog({ caller, onClose }) {
  const dialog = useModal();
  const field = useRef(/** @type {HTMLInputElement | null} */ (null));
  const { run, isRunning, error } = useAction(async () => {
    const given = field.current?.value.trim() ?? "";
    await call("GET", "/v2/keys/self", { headers: { Authorization: `Bearer ${given}` } });
    key.set(given);
    dialog.current?.close();
  });
  /** @param {Event} event */
  const submit = (event) => {
    event.preventDefault();
    void run();
  };
  const forget = () => {
    key.set("");
    dialog.current?.close();
  };
  return html`
    <dialog ref=${dialog} onClose=${onClose} aria-labelledby="key-title">
      <form onSubmit=${submit}>
        <h2 id="key-title">API key</h2>
        ${caller && html`<p>You use the key “${caller.name}” of role ${caller.role}.</p>`}
        <label>Key <input ref=${field} type="password" autocomplete="off" required placeholder="qloom_…" /></label>
        <p class="hint">
          This tab keeps it until you close it. <code>make run</code> wrote an administrator's key to${" "}
          <code>var/admin-api-key</code>.
        </p>
        <${ErrorNote} error=${error} />
        <div class="buttons">
          <button class="main" disabled=${isRunning}>Use this key</button>
          ${caller && html`<button type="button" onClick=${forget}>Forget the key</button>`}
          <button type="button" onClick=${() => dialog.current?.close()}>Close</button>
        </div>
      </form>
    </dialog>
  `;
}
