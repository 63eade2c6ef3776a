// A secret that the server shows once, with a button that copies it.

import { copyText } from "../../api/files.js";
import { useModal } from "../../shared/dialog.js";
import { html, useEffect, useRef, useState } from "../../vendor/preact.js";

/**
 * @param {{title: string, secret: string, onClose: () => void, children?: any}} properties the secret is in no
 *     address and in no storage: after `onClose` it is gone
 */
export function Secret({ title, secret, onClose, children }) {
  const dialog = useModal();
  const field = useRef(/** @type {HTMLInputElement | null} */ (null));
  const [said, setSaid] = useState("");
  useEffect(() => field.current?.select(), []);
  const copy = async () => {
    field.current?.select();
    try {
      await copyText(secret);
      setSaid("Copied.");
    } catch {
      setSaid("The browser does not let pages copy here: press Ctrl+C, the text is selected.");
    }
  };
  return html`
    <dialog ref=${dialog} onClose=${onClose} aria-labelledby="secret-title">
      <h2 id="secret-title">${title}</h2>
      ${children}
      <label>Shown this once <input ref=${field} readonly value=${secret} spellcheck=${false} class="secret" /></label>
      <div class="buttons">
        <button class="main" onClick=${() => void copy()}>Copy</button>
        <button onClick=${onClose}>I have kept it</button>
        <span role="status">${said}</span>
      </div>
    </dialog>
  `;
}
