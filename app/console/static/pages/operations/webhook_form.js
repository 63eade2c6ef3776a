// The form of a webhook: where its messages go, and which events it gets.

import { send } from "../../api/calls.js";
import { useAction } from "../../shared/hooks.js";
import { ErrorNote } from "../../shared/notes.js";
import { html, useState } from "../../vendor/preact.js";

/** What a webhook can subscribe to, in the order of GET /openapi.json. */
export const EVENTS = [
  "vector.inserted", "vector.updated", "vector.deleted", "entanglement.created", "entanglement.updated",
  "entanglement.deleted", "execution.succeeded", "execution.failed", "sweep.succeeded", "sweep.failed",
  "sweep.cancelled", "coherence.cleaned", "vector.*", "entanglement.*", "execution.*", "sweep.*", "coherence.*", "*",
];

/**
 * Makes a webhook, or changes one.
 *
 * @param {{webhook: any, onDone: (webhook: any) => void, onClose: () => void}} properties `webhook`: null for a
 *     new one; `onDone` gets the answer, which has the secret of a new one
 */
export function WebhookForm({ webhook, onDone, onClose }) {
  const [chosen, setChosen] = useState(/** @type {string[]} */ (webhook?.events ?? ["*"]));
  const { run, isRunning, error } = useAction(async (/** @type {HTMLFormElement} */ form) =>
    onDone(await save(webhook, new FormData(form), chosen)),
  );
  /** @param {any} event */
  const submit = (event) => {
    event.preventDefault();
    void run(event.target);
  };
  const title = webhook ? "Edit the webhook" : "A new webhook";
  return html`
    <form onSubmit=${submit} class="panel" aria-label=${title}>
      <h2>${title}</h2>
      <${Texts} webhook=${webhook} />
      <${EventChoice} chosen=${chosen} onChoose=${setChosen} />
      <label class="row">
        <input name="enabled" type="checkbox" defaultChecked=${webhook?.enabled ?? true} /> Enabled
      </label>
      <${ErrorNote} error=${error} />
      <div class="buttons">
        <button class="main" disabled=${isRunning || !chosen.length}>${webhook ? "Save" : "Create webhook"}</button>
        <button type="button" onClick=${onClose}>Close</button>
        ${!chosen.length && html`<span class="hint">Choose at least one event.</span>`}
      </div>
    </form>
  `;
}

/**
 * Make or change a webhook, and return it.
 *
 * @param {any} webhook null: a new one
 * @param {FormData} given
 * @param {string[]} chosen events
 * @returns {Promise<any>}
 */
function save(webhook, given, chosen) {
  const body = {
    url: given.get("url"),
    events: EVENTS.filter((event) => chosen.includes(event)),
    description: given.get("description") || null,
    enabled: given.get("enabled") === "on",
  };
  const secret = given.get("secret");
  return webhook
    ? send("PATCH", `/v2/webhooks/${webhook.id}`, body)
    : send("POST", "/v2/webhooks", secret ? { ...body, secret } : body);
}

/** @param {{webhook: any}} properties */
const Texts = ({ webhook }) => html`<div class="fields">
  <label class="long">
    URL
    <input
      name="url"
      type="url"
      required
      defaultValue=${webhook?.url ?? ""}
      placeholder="https://your-app.com/webhook"
    />
  </label>
  <label class="long">
    Description <input name="description" maxlength="500" defaultValue=${webhook?.description ?? ""} />
  </label>
  ${!webhook &&
  html`<label class="long">
    Secret <input name="secret" type="password" autocomplete="off" placeholder="drawn if you give none" />
  </label>`}
</div>`;

/** @param {{chosen: string[], onChoose: (events: string[]) => void}} properties */
function EventChoice({ chosen, onChoose }) {
  /** @param {string} event */
  const toggle = (event) =>
    onChoose(chosen.includes(event) ? chosen.filter((each) => each !== event) : [...chosen, event]);
  return html`<fieldset>
    <legend>Events</legend>
    <div class="events">
      ${EVENTS.map(
        (event) => html`<label class="row">
          <input type="checkbox" checked=${chosen.includes(event)} onChange=${() => toggle(event)} />
          ${event === "*" ? "* (all, also future ones)" : event}
        </label>`,
      )}
    </div>
  </fieldset>`;
}
