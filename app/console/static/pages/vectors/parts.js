// What all pages of vectors share: the links between them, and what they say without a key.

import { key } from "../../api/calls.js";
import { Empty } from "../../shared/notes.js";
import { Link } from "../../shared/router.js";
import { toJson } from "../../text/json.js";
import { html } from "../../vendor/preact.js";

/** @typedef {import("../../api/access.js").Caller} Caller */

const TABS = [
  { to: "/vectors", name: "List" },
  { to: "/vectors/query", name: "Query" },
  { to: "/vectors/groups", name: "Groups" },
];

/**
 * Return the address of the page of a vector; ids may hold any character.
 *
 * @param {string} id
 */
export const pageOf = (id) => `/vectors/of/${encodeURIComponent(id)}`;

/**
 * The frame of a page of vectors: its title, the links to the other pages, and, with a key, what it shows.
 *
 * @param {{title: any, tab?: string, caller: Caller, children?: any, buttons?: any}} properties
 *     `tab`: the address of this page; `buttons` stand beside the title
 */
export function VectorPage({ title, tab, caller, children, buttons }) {
  const hasKey = key.get() !== "";
  return html`
    <nav class="tabs" aria-label="Pages of vectors">
      ${TABS.map(({ to, name }) => html`<${Link} to=${to} aria-current=${to === tab ? "page" : undefined}>${name}<//>`)}
    </nav>
    <div class="title">
      <h1>${title}</h1>
      <div class="buttons">${hasKey && buttons}</div>
    </div>
    ${
      hasKey &&
      caller?.role === "reader" &&
      html`<p class="hint">Your key is a reader's: it reads and queries, it does not store or delete.</p>`
    }
    ${hasKey ? children : html`<${KeyNeeded} />`}
  `;
}

/** Says that vectors need a key, and offers the dialog. */
const KeyNeeded = () => html`
  <${Empty} title="Vectors need an API key.">
    <p>Everything below /v2 is read and written with a key, in the development profile too.</p>
    <p>
      <button class="main" onClick=${() => window.dispatchEvent(new Event("qloom-key-needed"))}>Set an API key</button>
    </p>
  <//>
`;

/**
 * Contexts with their weights.
 *
 * @param {{contexts: {name: string, weight: number}[]}} properties
 */
export const Contexts = ({ contexts }) =>
  contexts.length
    ? contexts.map(({ name, weight }) => html`<span class="tag" title=${`weight ${weight}`}>${name} ${weight}</span>`)
    : html`<span class="hint">none</span>`;

/** Return JSON as one line. @param {unknown} value @param {number} [most] characters */
export function line(value, most = 120) {
  const text = toJson(value);
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}
