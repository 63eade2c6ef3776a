// A form that changes the metadata of a vector.

import { useAction } from "../../shared/hooks.js";
import { ErrorNote } from "../../shared/notes.js";
import { toJson } from "../../text/json.js";
import { html, useState } from "../../vendor/preact.js";
import { objectOf } from "./insert_forms.js";

/**
 * @param {{metadata: Record<string, any>,
 *     save: (metadata: object, way: "merge" | "replace") => Promise<void>}} properties
 */
export function MetadataForm({ metadata, save }) {
  const [text, setText] = useState(/** @type {string | null} */ (null));
  const { run, isRunning, error } = useAction(async (/** @type {"merge" | "replace"} */ way) => {
    await save(objectOf(text ?? "", "Metadata"), way);
    setText(null);
  });
  if (text === null) {
    return html`<div class="buttons">
      <button onClick=${() => setText(toJson(metadata, 2))}>Edit the metadata</button>
    </div>`;
  }
  return html`<div>
    <label class="block">
      New metadata (JSON)
      <textarea
        rows="8"
        spellcheck="false"
        value=${text}
        onInput=${(/** @type {any} */ event) => setText(event.target.value)}
      />
    </label>
    <p class="hint">“Merge” keeps members that you do not name; “Replace” removes them.</p>
    <${ErrorNote} error=${error} />
    <div class="buttons">
      <button class="main" disabled=${isRunning} onClick=${() => void run("merge")}>Merge</button>
      <button disabled=${isRunning} onClick=${() => void run("replace")}>Replace</button>
      <button onClick=${() => setText(null)}>Leave it</button>
    </div>
  </div>`;
}
