// The deliveries of one webhook: each attempt with its answer, and a button that sends the event again.

import { send, withQuery } from "../../api/calls.js";
import { useAction, useLoaded } from "../../shared/hooks.js";
import { Filter, ofNumbers, Pages, Table } from "../../shared/lists.js";
import { Empty, ErrorNote, Loading, Status } from "../../shared/notes.js";
import { count, duration, time } from "../../text/format.js";
import { html, useEffect } from "../../vendor/preact.js";

const PATH = "/operations/webhooks";
const PAGE_ROWS = 20;
const EVERY_MS = 2_000;
const STATUSES = ["pending", "succeeded", "failed"];
const HEAD = ["Event", "Status", "Actions", "Attempts", "Last answer", ofNumbers("Took"), "Made", "Next attempt"];

/**
 * @param {{webhook: any, query: URLSearchParams, onLoaded: () => void}} properties `onLoaded` is called after each
 *     load: an attempt changes what the list of webhooks says
 */
export function Deliveries({ webhook, query, onLoaded }) {
  const chosen = { status: query.get("status"), cursor: query.get("cursor"), limit: PAGE_ROWS };
  const path = withQuery(`/v2/webhooks/${webhook.id}/deliveries`, chosen);
  const { data, error, isLoading, reload } = useLoaded(path, { everyMs: EVERY_MS });
  useEffect(() => {
    if (data) onLoaded();
  }, [data]);
  const test = useAction(() => send("POST", `/v2/webhooks/${webhook.id}/test`).then(reload));
  return html`
    <section aria-labelledby="deliveries-title">
      <h2 id="deliveries-title">Deliveries to ${webhook.url}</h2>
      <div class="fields">
        <${Filter} path=${PATH} query=${query} name="status" label="Status" options=${STATUSES} />
        <button disabled=${test.isRunning || !webhook.enabled} onClick=${() => void test.run()}>Send a test</button>
        ${!webhook.enabled && html`<span class="hint">Enable the webhook to send a test, or an event again.</span>`}
      </div>
      <${ErrorNote} error=${test.error ?? error} onRetry=${reload} />
      ${isLoading && html`<${Loading} />`}
      ${data && !data.deliveries.length &&
      html`<${Empty} title="No deliveries here.">
        <p>Send a test, or wait for an event that the webhook subscribes to.</p>
      <//>`}
      ${data && data.deliveries.length > 0 && html`
        <${Table} label="Deliveries" head=${HEAD}>
          ${data.deliveries.map(
            (/** @type {any} */ each) => html`<${Delivery}
              key=${each.id}
              delivery=${each}
              isEnabled=${webhook.enabled}
              onSent=${reload}
            />`,
          )}
        <//>
        <${Pages} path=${PATH} query=${query} list=${data} what="delivery" />`}
    </section>
  `;
}

/** @param {{delivery: any, isEnabled: boolean, onSent: () => void}} properties */
function Delivery({ delivery, isEnabled, onSent }) {
  const { id, webhook_id: webhook, attempts, event } = delivery;
  const again = useAction(() => send("POST", `/v2/webhooks/${webhook}/deliveries/${id}/redeliver`).then(onSent));
  const last = attempts.at(-1);
  const words = delivery.status === "pending" ? "Send now" : "Send again";
  return html`<tr>
    <td>${event}${delivery.redelivery_of && html` <span class="tag">sent again</span>`}</td>
    <td><${Status} status=${delivery.status} /></td>
    <td>
      ${(delivery.status !== "pending" || attempts.length > 0) &&
      html`<button
        disabled=${again.isRunning || !isEnabled}
        aria-label=${`${words}: ${event}`}
        onClick=${() => void again.run()}
      >
        ${words}
      </button>`}
      <${ErrorNote} error=${again.error} />
    </td>
    <td>
      ${attempts.length === 0
        ? "none yet"
        : html`<details>
            <summary>${count(attempts.length)}</summary>
            <${Attempts} attempts=${attempts} />
          </details>`}
    </td>
    <td class="clipped" title=${last ? answerOf(last) : ""}>${last ? answerOf(last) : "–"}</td>
    <td class="number">${last ? duration(last.duration_ms) : "–"}</td>
    <td>${time(delivery.created_at)}</td>
    <td>${delivery.next_attempt_at ? time(delivery.next_attempt_at) : "–"}</td>
  </tr>`;
}

/** @param {{attempts: any[]}} properties */
const Attempts = ({ attempts }) => html`<ol class="attempts">
  ${attempts.map(
    (attempt) => html`<li>
      ${time(attempt.at)}: ${answerOf(attempt)} after ${duration(attempt.duration_ms)}
      ${attempt.response && html`<pre class="program" tabindex="0">${attempt.response}</pre>`}
    </li>`,
  )}
</ol>`;

/** Return what the receiver answered, or why there was no answer. @param {any} attempt */
const answerOf = ({ status_code: status, error }) =>
  [status === null ? "" : `status ${status}`, error ?? ""].filter(Boolean).join(": ") || "no answer";
