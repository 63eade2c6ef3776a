// Webhooks: where Qloom sends its events, how they were received, and what was not.

import { send } from "../../api/calls.js";
import { useAction, useLoaded } from "../../shared/hooks.js";
import { Table } from "../../shared/lists.js";
import { Empty, ErrorNote, Loading, Status } from "../../shared/notes.js";
import { Question } from "../../shared/question.js";
import { go, Link } from "../../shared/router.js";
import { time } from "../../text/format.js";
import { html, useState } from "../../vendor/preact.js";
import { AdminPage } from "./access.js";
import { Deliveries } from "./deliveries.js";
import { Secret } from "./secret.js";
import { WebhookForm } from "./webhook_form.js";

/** @typedef {import("../../api/access.js").Caller} Caller */

const PATH = "/operations/webhooks";
const EVERY_MS = 5_000;
const HEAD = ["URL", "State", "Actions", "Events", "Description", "Created"];

/** @typedef {"new" | "edit" | "delete" | "rotate"} Act */
/** What is asked for; the webhook of a new one is null. @typedef {{act: Act, webhook: any}} Asked */

/** @param {{query: URLSearchParams, caller: Caller}} properties */
export const Page = ({ query, caller }) => html`
  <${AdminPage} at=${PATH} name="Webhooks" what="Webhooks are" caller=${caller}>
    <${Webhooks} query=${query} />
  <//>
`;

/** @param {{query: URLSearchParams}} properties */
function Webhooks({ query }) {
  const { data, error, isLoading, reload } = useLoaded("/v2/webhooks", { everyMs: EVERY_MS });
  const [asked, setAsked] = useState(/** @type {Asked | null} */ (null));
  const rows = data?.webhooks ?? [];
  const opened = rows.find((/** @type {any} */ each) => each.id === query.get("webhook"));
  return html`
    <p class="hint">Qloom sends signed messages about its events to these addresses (Standard Webhooks).</p>
    <div class="buttons">
      <button class="main" onClick=${() => setAsked({ act: "new", webhook: null })}>New webhook</button>
    </div>
    <${Acts} asked=${asked} opened=${opened} onChanged=${reload} onClose=${() => setAsked(null)} />
    <${ErrorNote} error=${error} onRetry=${reload} />
    ${isLoading && html`<${Loading} />`}
    ${data && !rows.length &&
    html`<${Empty} title="No webhooks yet."><p>Make one, and send a test to see whether it is received.</p><//>`}
    ${rows.length > 0 &&
    html`<${Table} label="Webhooks" head=${HEAD}>
      ${rows.map(
        (/** @type {any} */ each) => html`<${Row}
          key=${each.id}
          webhook=${each}
          isOpen=${each === opened}
          onAsk=${(/** @type {Act} */ act) => setAsked({ act, webhook: each })}
          onChanged=${reload}
        />`,
      )}
    <//>`}
    ${opened && html`<${Deliveries} key=${opened.id} webhook=${opened} query=${query} onLoaded=${reload} />`}
    ${query.get("webhook") && data && !opened && html`<p>This webhook is not there any more.</p>`}
  `;
}

/**
 * What is done with a webhook, and the secret that it leaves.
 *
 * @param {{asked: Asked | null, opened: any, onChanged: () => void, onClose: () => void}} properties `opened` is the
 *     webhook whose deliveries are shown
 */
function Acts({ asked, opened, onChanged, onClose }) {
  const [made, setMade] = useState(/** @type {any} */ (null));
  /** @param {any} webhook */
  const done = (webhook) => {
    onClose();
    if (webhook.secret) setMade(webhook);
    onChanged();
  };
  const { act, webhook } = asked ?? {};
  const remove = () => {
    if (webhook.id === opened?.id) go(PATH); // so that its deliveries are not asked for any more
    return send("DELETE", `/v2/webhooks/${webhook.id}`).then(onChanged);
  };
  return html`
    ${(act === "new" || act === "edit") &&
    html`<${WebhookForm} key=${webhook?.id} webhook=${webhook} onDone=${done} onClose=${onClose} />`}
    ${act === "delete" &&
    html`<${Question}
      title="Delete the webhook?"
      yes="Delete it"
      onYes=${remove}
      onClose=${onClose}
    >
      <p>${webhook.url} gets no more messages. The log of its deliveries is removed too.</p>
    <//>`}
    ${act === "rotate" && html`<${RotateQuestion} webhook=${webhook} onDone=${done} onClose=${onClose} />`}
    ${made &&
    html`<${Secret} title="The webhook's secret" secret=${made.secret} onClose=${() => setMade(null)}>
      <p>The receiver of ${made.url} verifies messages with it. Copy it now.</p>
    <//>`}
  `;
}

/** @param {{webhook: any, onDone: (webhook: any) => void, onClose: () => void}} properties */
const RotateQuestion = ({ webhook, onDone, onClose }) => html`
  <${Question}
    title="Make a new secret?"
    yes="Make a new secret"
    onYes=${async () => onDone(await send("POST", `/v2/webhooks/${webhook.id}/rotate-secret`, {}))}
    onClose=${onClose}
  >
    <p>For a day, messages carry the signatures of both secrets, so that the receiver can be changed meanwhile.</p>
    ${Date.parse(webhook.previous_secret_expires_at) > Date.now() &&
    html`<p>
      The secret before the present one, which signs until ${time(webhook.previous_secret_expires_at)}, ends at once: a
      receiver that still knows only this one must be changed first.
    </p>`}
  <//>
`;

/** @param {{webhook: any, isOpen: boolean, onAsk: (act: Act) => void, onChanged: () => void}} properties */
function Row({ webhook, isOpen, onAsk, onChanged }) {
  const { id, url, enabled, events } = webhook;
  const change = enabled ? "Disable" : "Enable";
  const enable = useAction(() => send("PATCH", `/v2/webhooks/${id}`, { enabled: !enabled }).then(onChanged));
  return html`<tr>
    <td class="clipped" title=${url}>
      <${Link} to=${isOpen ? PATH : `${PATH}?webhook=${id}`} aria-label=${`Deliveries to ${url}`}>${url}<//>
    </td>
    <td>
      <${Status} status=${enabled ? (webhook.failing_since ? "failing" : "enabled") : "disabled"} />
      ${webhook.disabled_reason && html`<br /><span class="hint">${webhook.disabled_reason}</span>`}
      ${enabled && webhook.failing_since && html`<br /><span class="hint">since ${time(webhook.failing_since)}</span>`}
    </td>
    <td>
      <button disabled=${enable.isRunning} aria-label=${`${change} ${url}`} onClick=${() => void enable.run()}>
        ${change}
      </button>
      <button aria-label=${`Edit ${url}`} onClick=${() => onAsk("edit")}>Edit</button>
      <button aria-label=${`New secret of ${url}`} onClick=${() => onAsk("rotate")}>New secret</button>
      <button aria-label=${`Delete ${url}`} onClick=${() => onAsk("delete")}>Delete</button>
      <${ErrorNote} error=${enable.error} />
    </td>
    <td class="wraps">${events.join(", ")}</td>
    <td class=${webhook.description && "rest"} title=${webhook.description ?? ""}>${webhook.description ?? "–"}</td>
    <td>${time(webhook.created_at)}</td>
  </tr>`;
}
