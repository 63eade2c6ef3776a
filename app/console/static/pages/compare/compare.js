// Two runs side by side, or the choice of two.

import { mayWrite } from "../../api/access.js";
import { useTitle } from "../../shared/hooks.js";
import { html } from "../../vendor/preact.js";
import { Chooser } from "./choice.js";
import { Comparison } from "./comparison.js";
import { CompareForm } from "./form.js";

/** @typedef {import("../../api/access.js").Caller} Caller */

/**
 * @param {{parts: {first?: string, second?: string}, query: URLSearchParams, caller:
 *     Caller}} properties
 */
export function Page({ parts, query, caller }) {
  const { first, second } = parts;
  if (first && second) return html`<${Comparison} first=${first} second=${second} query=${query} />`;
  return html`<${Choice} query=${query} caller=${caller} />`;
}

/** @param {{query: URLSearchParams, caller: Caller}} properties */
function Choice({ query, caller }) {
  useTitle("Compare");
  return html`
    <h1>Compare two runs</h1>
    <p>
      See in which steps two runs differ, and whether their counts differ by more than chance. Run a circuit with and
      without noise, or choose two runs that are there.
    </p>
    ${!mayWrite(caller)
      ? html`<p class="hint">Your key is a reader's: it compares runs that are there, it does not run new ones.</p>`
      : html`<${CompareForm} />`}
    <${Chooser} query=${query} />
  `;
}
