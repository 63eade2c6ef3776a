// A dialog that asks before something is done that cannot be undone.

import { html } from "../vendor/preact.js";
import { useModal } from "./dialog.js";
import { useAction } from "./hooks.js";
import { ErrorNote } from "./notes.js";

/**
 * Asks, does what is asked on "yes", shows its error if it fails, and closes when it is done.
 *
 * @param {{title: string, yes: string, onYes: () => Promise<unknown>, onClose: () => void, children?: any}} properties
 *     `yes` is the name of the button that does it
 */
export function Question({ title, yes, onYes, onClose, children }) {
  const dialog = useModal();
  const { run, isRunning, error } = useAction(async () => {
    await onYes();
    dialog.current?.close();
  });
  return html`
    <dialog ref=${dialog} onClose=${onClose} aria-labelledby="question-title">
      <h2 id="question-title">${title}</h2>
      ${children}
      <${ErrorNote} error=${error} />
      <div class="buttons">
        <button class="main" disabled=${isRunning} onClick=${() => void run()}>${yes}</button>
        <button onClick=${() => dialog.current?.close()}>Keep it</button>
      </div>
    </dialog>
  `;
}
