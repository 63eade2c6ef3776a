// API keys: who may call and in which role. Keys are made, rotated and revoked here.

import { send, withQuery } from "../../api/calls.js";
import { useAction, useLoaded } from "../../shared/hooks.js";
import { Pages, Table } from "../../shared/lists.js";
import { Empty, ErrorNote, Loading, Status } from "../../shared/notes.js";
import { Question } from "../../shared/question.js";
import { time } from "../../text/format.js";
import { html, useRef, useState } from "../../vendor/preact.js";
import { AdminPage } from "./access.js";
import { Secret } from "./secret.js";

/** @typedef {import("../../api/access.js").Caller} Caller */

const PATH = "/operations/keys";
const PAGE_ROWS = 50;
const DAY_MS = 86_400_000;
const HEAD = ["Name", "Role", "Status", "Actions", "Last used", "Ends", "Begins with", "Created"];

/** How long a new key works, in days; "" for ever. */
const LIFETIMES = [["", "for ever"], ["1", "1 day"], ["30", "30 days"], ["90", "90 days"], ["365", "1 year"]];

/** How long a key that is replaced works on, in seconds. */
const OVERLAPS = [["0", "not at all"], ["3600", "for an hour"], ["86400", "for a day"], ["604800", "for a week"]];

const ROLES = [
  ["reader", "reader: reads and queries"],
  ["writer", "writer: also runs and stores"],
  ["admin", "admin: everything"],
];

/** @param {{query: URLSearchParams, caller: Caller}} properties */
export const Page = ({ query, caller }) => html`
  <${AdminPage} at=${PATH} name="Keys" heading="API keys" what="The API keys are" caller=${caller}>
    <${Keys} query=${query} own=${/** @type {any} */ (caller)?.id} />
  <//>
`;

/** @param {{query: URLSearchParams, own: string}} properties */
function Keys({ query, own }) {
  const path = withQuery("/v2/keys", { size: PAGE_ROWS, cursor: query.get("cursor") });
  const { data, error, isLoading, reload } = useLoaded(path);
  const [made, setMade] = useState(/** @type {any} */ (null));
  const [asked, setAsked] = useState(/** @type {{what: "rotate" | "revoke", key: any} | null} */ (null));
  /** @param {any} key */
  const show = (key) => {
    setMade(key);
    reload();
  };
  const close = () => setAsked(null);
  return html`
    <${Create} onMade=${show} />
    <${ErrorNote} error=${error} onRetry=${reload} />
    ${isLoading && html`<${Loading} />`}
    ${data && html`<${List} data=${data} query=${query} own=${own} onAsk=${setAsked} />`}
    ${asked?.what === "rotate" && html`<${Rotate} of=${asked.key} onMade=${show} onClose=${close} />`}
    ${asked?.what === "revoke" &&
    html`<${Question}
      title=${`Revoke the key “${asked.key.name}”?`}
      yes="Revoke it"
      onYes=${() => send("DELETE", `/v2/keys/${asked.key.id}`).then(reload)}
      onClose=${close}
    >
      <p>
        Whoever uses it is refused from the next request on. It cannot be undone.
        ${asked.key.id === own && html`<strong> It is the key that you use now.</strong>`}
      </p>
    <//>`}
    ${made &&
    html`<${Secret} title=${`The key “${made.name}”`} secret=${made.key} onClose=${() => setMade(null)}>
      <p>The role is ${made.role}. Qloom keeps only a digest of it: copy it now.</p>
    <//>`}
  `;
}

/** @param {{onMade: (key: any) => void}} properties */
function Create({ onMade }) {
  const form = useRef(/** @type {HTMLFormElement | null} */ (null));
  const { run, isRunning, error } = useAction(async () => {
    const given = new FormData(/** @type {HTMLFormElement} */ (form.current));
    const days = Number(given.get("days"));
    const expires = days ? new Date(Date.now() + days * DAY_MS).toISOString() : null;
    onMade(await send("POST", "/v2/keys", { name: given.get("name"), role: given.get("role"), expires_at: expires }));
    form.current?.reset();
  });
  /** @param {Event} event */
  const submit = (event) => {
    event.preventDefault();
    void run();
  };
  return html`
    <form ref=${form} onSubmit=${submit} class="fields" aria-label="A new key">
      <label>
        Name <input name="name" required maxlength="128" placeholder="whose, or what for" autocomplete="off" />
      </label>
      <label>
        Role
        <select name="role">${ROLES.map(([value, text]) => html`<option value=${value}>${text}</option>`)}</select>
      </label>
      <label>
        Works
        <select name="days">${LIFETIMES.map(([value, text]) => html`<option value=${value}>${text}</option>`)}</select>
      </label>
      <button class="main" disabled=${isRunning}>Create key</button>
    </form>
    <${ErrorNote} error=${error} />
  `;
}

/**
 * @param {{data: any, query: URLSearchParams, own: string,
 *     onAsk: (asked: {what: "rotate" | "revoke", key: any}) => void}} properties
 */
function List({ data, query, own, onAsk }) {
  const keys = data.results;
  if (!keys.length) return html`<${Empty} title="No keys on this page." />`;
  return html`
    <${Table} label="API keys" head=${HEAD}>
      ${keys.map(
        (/** @type {any} */ key) => html`<tr key=${key.id}>
          <td class="clipped" title=${key.name}>
            ${key.name}${key.id === own && html` <span class="tag">yours</span>`}
          </td>
          <td>${key.role}</td>
          <td><${Status} status=${key.status} /></td>
          <td>
            ${key.status === "active" &&
            html`
              <button aria-label=${`Rotate ${key.name}`} onClick=${() => onAsk({ what: "rotate", key })}>Rotate</button>
              <button aria-label=${`Revoke ${key.name}`} onClick=${() => onAsk({ what: "revoke", key })}>Revoke</button>
            `}
          </td>
          <td>${timeOr(key.last_used_at)}</td>
          <td>${timeOr(key.revoked_at ?? key.expires_at)}</td>
          <td><code>${key.hint}…</code></td>
          <td>${time(key.created_at)}</td>
        </tr>`,
      )}
    <//>
    <${Pages} path=${PATH} query=${query} list=${data} what="key" />
  `;
}

/** @param {string | null} moment */
const timeOr = (moment) => (moment ? time(moment) : "never");

/** @param {{of: any, onMade: (key: any) => void, onClose: () => void}} properties */
function Rotate({ of, onMade, onClose }) {
  const [overlap, setOverlap] = useState("86400");
  const rotate = async () =>
    onMade(await send("POST", `/v2/keys/${of.id}/rotate`, { overlap_seconds: Number(overlap) }));
  return html`
    <${Question} title=${`Rotate the key “${of.name}”?`} yes="Make a new key" onYes=${rotate} onClose=${onClose}>
      <p>A new key with the same name, role and lifetime is made and shown once. Put it where the old one is used.</p>
      <label>
        The old key works on
        <select value=${overlap} onChange=${(/** @type {any} */ event) => setOverlap(event.target.value)}>
          ${OVERLAPS.map(([value, text]) => html`<option value=${value}>${text}</option>`)}
        </select>
      </label>
    <//>
  `;
}
