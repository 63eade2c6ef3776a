// The pages of operations: links between them, and what is said to those who may not see one.

import { isAdmin } from "../../api/access.js";
import { useTitle } from "../../shared/hooks.js";
import { Link } from "../../shared/router.js";
import { html } from "../../vendor/preact.js";

/** @typedef {import("../../api/access.js").Caller} Caller */

const PAGES = [
  ["/operations", "Overview"],
  ["/operations/keys", "Keys"],
  ["/operations/webhooks", "Webhooks"],
  ["/operations/audit", "Audit"],
];

/** @param {{at: string}} properties the path of the page that is shown */
export const Tabs = ({ at }) => html`
  <nav class="tabs" aria-label="Pages of operations">
    ${PAGES.map(([to, name]) => html`<${Link} to=${to} aria-current=${at === to ? "page" : undefined}>${name}<//>`)}
  </nav>
`;

/**
 * A page that administrators see; others are told so.
 *
 * @param {{at: string, name: string, heading?: string, what: string, caller: Caller, children?: any}} properties
 *     `name` is that of the browser's tab; `what` is as for `NotShown`
 */
export function AdminPage({ at, name, heading = name, what, caller, children }) {
  useTitle(name);
  return html`
    <${Tabs} at=${at} />
    <h1>${heading}</h1>
    ${isAdmin(caller) ? children : html`<${NotShown} caller=${caller} what=${what} />`}
  `;
}

/**
 * Says why something is not shown, and offers to set a key.
 *
 * @param {{caller: Caller, what: string, role?: "reader" | "admin"}} properties `what` is
 *     shown to keys of `role`, e.g. "The API keys are"
 */
export function NotShown({ caller, what, role = "admin" }) {
  const ask = () => window.dispatchEvent(new Event("qloom-key-needed"));
  const needed = role === "admin" ? "an administrator's key" : "an API key";
  return html`<div class="empty">
    <p><strong>${what} shown with ${needed} only.</strong></p>
    <p>
      ${caller ? `Your key “${caller.name}” is of role ${caller.role}. ` : "This tab has no key. "}
      <button onClick=${ask}>Set API key</button>
    </p>
    <p class="hint">
      ${role === "admin" && "An administrator makes keys on the page Keys, or with "}
      ${role === "admin" && html`<code>python -m app.cli keys create --name NAME --role admin</code>`}
      ${role === "admin" && " on the server."}
    </p>
  </div>`;
}
