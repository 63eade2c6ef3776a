// What a page says when it waits, has nothing to show, or something went wrong.

import { html } from "../vendor/preact.js";

/** Shown while something loads. @param {{what?: string}} properties */
export const Loading = ({ what = "Loading" }) => html`<p class="loading" role="status">${what}…</p>`;

/**
 * Shown in place of an empty list: what is missing, and what to do.
 *
 * @param {{title: string, children?: any}} properties
 */
export const Empty = ({ title, children }) => html`<div class="empty">
  <p><strong>${title}</strong></p>
  ${children}
</div>`;

/**
 * What the server said about an error: its sentence, the places in the request, and the request's id.
 *
 * @param {{error: any, onRetry?: () => void}} properties an ApiError or another Error; null shows nothing
 */
export function ErrorNote({ error, onRetry }) {
  if (!error) return null;
  const places = /** @type {import("../api/calls.js").Place[]} */ (error.places ?? []);
  const isOne = places.length === 1 && places[0].msg === error.message;
  const isWaiting = error.isTemporary ?? false;
  return html`
    <div class="note error" role="alert">
      <p>
        ${isOne && html`<code>${places[0].loc.join(".")}</code>: `}<strong>${error.message}</strong>
        ${isWaiting && " It is tried again by itself."}
        ${onRetry && mayPass(error) && html` <button onClick=${onRetry}>Try again</button>`}
      </p>
      ${places.length > 0 &&
      !isOne &&
      html`<ul>
        ${places.map(({ loc, msg }) => html`<li><code>${loc.join(".")}</code>: ${msg}</li>`)}
      </ul>`}
      ${error.requestId && html`<p class="hint">Request <code>${error.requestId}</code></p>`}
    </div>
  `;
}

/** Whether the same request may succeed later: what the server refuses (4xx), it refuses again. @param {any} error */
const mayPass = ({ status, isTemporary }) => isTemporary || !(status >= 400 && status < 500);

/** A remark. @param {{children?: any, kind?: "info" | "warning"}} properties */
export const Note = ({ children, kind = "info" }) => html`<div class=${`note ${kind}`}>${children}</div>`;

const MARKS = /** @type {Record<string, [string, string]>} */ ({
  succeeded: ["good", "✓"],
  running: ["busy", "▶"],
  queued: ["waits", "…"],
  cancelling: ["waits", "■"],
  cancelled: ["off", "■"],
  failed: ["bad", "✗"],
  pending: ["waits", "…"],
  healthy: ["good", "✓"],
  degraded: ["waits", "!"],
  unhealthy: ["bad", "✗"],
  active: ["good", "✓"],
  enabled: ["good", "✓"],
  failing: ["waits", "!"],
  disabled: ["bad", "■"],
  revoked: ["off", "■"],
  expired: ["off", "■"],
});

/**
 * The status of a job, a delivery, a part of Qloom, a key or a webhook by word, mark and colour.
 *
 * @param {{status: string}} properties
 */
export function Status({ status }) {
  const word = status.toLowerCase();
  const [kind, mark] = MARKS[word] ?? ["off", "·"];
  return html`<span class=${`status ${kind}`}><span aria-hidden="true">${mark}</span> ${word}</span>`;
}
