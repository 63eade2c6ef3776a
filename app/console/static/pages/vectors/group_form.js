// The form that entangles vectors.

import { send } from "../../api/calls.js";
import { useAction } from "../../shared/hooks.js";
import { ErrorNote } from "../../shared/notes.js";
import { html } from "../../vendor/preact.js";

/** @param {{first: string, onMade: (id: string) => void}} properties `first`: a member that is filled in */
export function GroupForm({ first, onMade }) {
  const { run, isRunning, error } = useAction(async (/** @type {HTMLFormElement} */ form) => {
    const given = Object.fromEntries(new FormData(form));
    const members = String(given.members)
      .split("\n")
      .map((each) => each.replace(/\r$/, ""))
      .filter((each) => each.trim());
    const answer = await send("POST", "/v2/entanglement/groups", {
      group_id: String(given.id),
      entity_ids: members,
      correlation_strength: Number(given.strength),
    });
    onMade(answer.group_id);
  });
  return html`<section class="panel add" aria-label="New group">
    <form onSubmit=${(/** @type {any} */ event) => (event.preventDefault(), void run(event.target))}>
      <div class="fields">
        <label> Group <input name="id" required maxlength="256" placeholder="related_docs" /> </label>
        <label>
          Strength, over 0 to 1 <input name="strength" type="number" min="0" max="1" step="any" required value="0.5" />
        </label>
      </div>
      <label class="block">
        Vectors, one id a line (2 to 256)
        <textarea name="members" rows="5" required spellcheck="false" placeholder=${"doc_1\ndoc_2"}>
${first && `${first}\n`}</textarea>
      </label>
      <p class="hint">A circuit prepares their GHZ state with noise that leaves this correlation, and measures it.</p>
      <${ErrorNote} error=${error} />
      <div class="buttons">
        <button class="main" disabled=${isRunning}>Entangle</button>
        <span role="status">${isRunning && "The circuit is run…"}</span>
      </div>
    </form>
  </section>`;
}
