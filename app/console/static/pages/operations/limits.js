// The published limits by the names that errors use, with their units.

import { useLoaded } from "../../shared/hooks.js";
import { Table } from "../../shared/lists.js";
import { ErrorNote } from "../../shared/notes.js";
import { count, duration, number, size } from "../../text/format.js";
import { html } from "../../vendor/preact.js";

/** The units that the names of limits end with. @type {[string, (value: any) => string][]} */
const UNITS = [
  ["_bytes", size],
  ["_mb", (value) => `${count(value)} MiB`],
  ["_ms", duration],
  ["_seconds", (value) => duration(1_000 * value)],
  ["_seconds_per_hour", (value) => (value ? `${number(value)} s an hour` : "no limit")],
  ["_per_minute", (value) => `${count(value)} a minute`],
  ["_per_second", (value) => `${count(value)} a second`],
];

/** Return a limit with its unit. @param {string} name @param {any} value */
export function withUnit(name, value) {
  if (Array.isArray(value)) return value.length ? value.join(", ") : "none";
  if (value === null) return "not set yet";
  const unit = UNITS.find(([ending]) => name.endsWith(ending));
  return unit ? unit[1](value) : count(value);
}

export function Limits() {
  const { data, error, reload } = useLoaded("/api/limits");
  const about = useLoaded("/");
  const names = Object.keys(data ?? {}).sort();
  return html`
    <section aria-labelledby="limits-title">
      <h2 id="limits-title">Version and limits</h2>
      <dl class="facts">
        <dt>Qloom</dt><dd>${about.data?.version ?? "–"}</dd>
        <dt>Oldest Python client that fits</dt><dd>${about.data?.oldest_client ?? "–"}</dd>
      </dl>
      <${ErrorNote} error=${error} onRetry=${reload} />
      <details>
        <summary>${count(names.length)} limits</summary>
        <${Table} label="Limits" head=${["Limit", "Value"]}>
          ${names.map(
            (name) => html`<tr key=${name}>
              <td><code>${name}</code></td>
              <td>${withUnit(name, data[name])}</td>
            </tr>`,
          )}
        <//>
      </details>
    </section>
  `;
}
