// Buttons that copy: a text, or numbers as CSV and JSON.

import { copyText, save } from "../api/files.js";
import { html, useState } from "../vendor/preact.js";
import { useAction } from "./hooks.js";
import { ErrorNote } from "./notes.js";

/**
 * @param {{name: string, csv: () => string, json: () => string}} properties `name`: of the file, where a browser does
 *     not let this page write to the clipboard (pages without HTTPS)
 */
export function CopyButtons({ name, csv, json }) {
  const [said, setSaid] = useState("");
  /** @param {string} text @param {string} ending */
  const copy = async (text, ending) => {
    setSaid("");
    try {
      await copyText(text);
      setSaid(`Copied as ${ending.toUpperCase()}.`);
    } catch {
      save(new Blob([text]), `${name}.${ending}`);
      setSaid("Saved as a file, since this browser does not let the page copy.");
    }
  };
  return html`
    <button onClick=${() => void copy(csv(), "csv")}>Copy as CSV</button>
    <button onClick=${() => void copy(json(), "json")}>Copy as JSON</button>
    <span class="hint" role="status">${said}</span>
  `;
}

/** Copies the text that stands beside it. @param {{text: string, isOff?: boolean}} properties */
export function CopyButton({ text, isOff = false }) {
  const [copied, setCopied] = useState("");
  const { run, error } = useAction(async () => {
    await copyText(text);
    setCopied(text);
  });
  return html`
    <button disabled=${isOff} onClick=${() => void run()}>Copy</button>
    <span class="hint" role="status">${copied !== "" && copied === text && "Copied"}</span>
    <${ErrorNote} error=${error} />
  `;
}
