// Lists of the API: filters that stand in the address, and pages.

import { count, counted } from "../text/format.js";
import { html, useEffect, useState } from "../vendor/preact.js";
import { currentAddress, go } from "./router.js";

/**
 * Return the address with some parameters of its query changed; "" or undefined removes one. The page of a list
 * goes back to the first unless it is what changes.
 *
 * @param {string} path below /console
 * @param {URLSearchParams} query
 * @param {Record<string, string | undefined>} changes
 */
export function changed(path, query, changes) {
  const next = new URLSearchParams(query);
  if (!("cursor" in changes)) next.delete("cursor");
  for (const [name, value] of Object.entries(changes)) {
    if (value) next.set(name, value);
    else next.delete(name);
  }
  return next.size ? `${path}?${next}` : path;
}

/**
 * Change some parameters of the present address, which may be newer than what is drawn.
 *
 * @param {string} path below /console
 * @param {Record<string, string | undefined>} changes as of `changed`
 */
export const change = (path, changes) => go(changed(path, currentAddress().query, changes), { replaces: true });

/**
 * A field of a filter, which stands in the address.
 *
 * @param {{path: string, query: URLSearchParams, name: string, label: string, options?: (string | string[])[],
 *     any?: string, placeholder?: string}} properties with `options` it is a choice; an option may be a pair of value
 *     and name; `any` is the name of the choice that filters nothing
 */
export function Filter({ path, query, name, label, options, any = "any", placeholder }) {
  /** @param {any} event */
  const set = (event) => change(path, { [name]: event.target.value.trim() });
  const value = query.get(name) ?? "";
  if (options) {
    return html`<label>
      ${label}
      <select value=${value} onChange=${set}>
        <option value="">${any}</option>
        ${options.map((each) => {
          const [key, text] = typeof each === "string" ? [each, each] : each;
          return html`<option value=${key}>${text}</option>`;
        })}
      </select>
    </label>`;
  }
  return html`<${TextFilter} label=${label} value=${value} placeholder=${placeholder} onChange=${set} />`;
}

/**
 * A text that filters once it is entered. What is typed stays while the list around it is drawn again.
 *
 * @param {{label: string, value: string, placeholder?: string, onChange: (event: any) => void}} properties
 */
function TextFilter({ label, value, placeholder, onChange }) {
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);
  /** @param {any} event */
  const type = (event) => setText(event.target.value);
  return html`<label>
    ${label} <input value=${text} placeholder=${placeholder} onInput=${type} onChange=${onChange} />
  </label>`;
}

/**
 * A filter by a time. The field has the person's own zone, the address a time with its offset.
 *
 * @param {{path: string, query: URLSearchParams, name: string, label: string}} properties
 */
export function TimeFilter({ path, query, name, label }) {
  const at = new Date(query.get(name) ?? "");
  const value = Number.isNaN(at.getTime()) ? "" : at.toLocaleString("sv").replace(" ", "T");
  /** @param {any} event */
  const set = ({ target }) => change(path, { [name]: target.value && new Date(target.value).toISOString() });
  return html`<label>${label} <input type="datetime-local" step="1" value=${value} onChange=${set} /></label>`;
}

/**
 * How long a list is that the API pages by cursor, and links to its first and to its next page.
 *
 * @param {{path: string, query: URLSearchParams, list: any, what: string}} properties `list` is the API's answer,
 *     `what` the word for one row
 */
export function Pages({ path, query, list, what }) {
  const { next_cursor: next, total, total_is_estimate: isAbout } = list.pagination ?? list;
  const shown = Object.values(list).find(Array.isArray)?.length ?? 0;
  const isAll = total === null || total === undefined || total === shown;
  const text = isAll ? counted(shown, what) : `${count(shown)} of ${isAbout ? "about " : ""}${counted(total, what)}`;
  /** @param {string | undefined} cursor */
  const show = (cursor) => () => {
    go(changed(path, query, { cursor }));
    window.scrollTo(0, 0);
  };
  return html`<div class="pages">
    <span>${text}</span>
    ${query.get("cursor") && html`<button onClick=${show(undefined)}>First page</button>`}
    ${next && html`<button onClick=${show(next)}>Next page</button>`}
  </div>`;
}

/** @typedef {string | {title: string, isNumber: boolean}} Head the title of a column */

/** Return the head of a column of numbers, which stand at the right. @param {string} title @returns {Head} */
export const ofNumbers = (title) => ({ title, isNumber: true });

/**
 * A table that scrolls by itself on narrow screens.
 *
 * @param {{label: string, head: Head[], children?: any}} properties
 */
export const Table = ({ label, head, children }) => html`
  <div class="scrolls" tabindex="0" role="region" aria-label=${label}>
    <table>
      <thead>
        <tr>
          ${head.map((each) =>
            typeof each === "string"
              ? html`<th scope="col">${each}</th>`
              : html`<th scope="col" class="number">${each.title}</th>`,
          )}
        </tr>
      </thead>
      <tbody>
        ${children}
      </tbody>
    </table>
  </div>
`;
