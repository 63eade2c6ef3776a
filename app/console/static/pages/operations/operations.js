// Operations: the health of each part, what to do when one is down, curves, versions and limits.

import { isAdmin } from "../../api/access.js";
import { useLoaded, useTitle } from "../../shared/hooks.js";
import { Queues } from "../../shared/job_queues.js";
import { Link } from "../../shared/router.js";
import { html } from "../../vendor/preact.js";
import { NotShown, Tabs } from "./access.js";
import { Health } from "./health.js";
import { Limits } from "./limits.js";
import { LastHour, QueueCurves } from "./metrics.js";

/** @typedef {import("../../api/access.js").Caller} Caller */

const PATH = "/operations";
const EVERY_MS = 5_000;

/** @param {{caller: Caller}} properties */
export function Page({ caller }) {
  useTitle("Operations");
  const workers = useLoaded("/api/workers", { everyMs: EVERY_MS });
  const running = useLoaded("/api/jobs?status=RUNNING&limit=50", { everyMs: EVERY_MS });
  return html`<div>
    <${Tabs} at=${PATH} />
    <h1>Operations</h1>
    <${Health} caller=${caller} />
    <${Queues} state=${workers} running=${running.data?.jobs ?? []} />
    <p><${Link} to="/jobs">See the jobs, and what is stuck<//></p>
    <h2>Queues since this page was opened</h2>
    <${QueueCurves} data=${workers.data} />
    <section aria-labelledby="hour-title">
      <h2 id="hour-title">Vector queries of the last hour</h2>
      ${isAdmin(caller)
        ? html`<${LastHour} />`
        : html`<${NotShown} caller=${caller} what="The figures of vector queries are" />`}
    </section>
    <${Limits} />
  </div>`;
}
