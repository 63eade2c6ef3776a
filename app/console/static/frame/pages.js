// Which page an address names.

/**
 * Each page: how its address looks (`:name` takes one part), and the module whose `Page` shows it.
 *
 * @type {{pattern: string, load: () => Promise<{Page: Function}>}[]}
 */
const PAGES = [
  { pattern: "/", load: () => import("../pages/runs/runs.js") },
  { pattern: "/runs", load: () => import("../pages/runs/runs.js") },
  { pattern: "/runs/new", load: () => import("../pages/runs/new_run.js") },
  { pattern: "/runs/:id", load: () => import("../pages/run/run.js") },
  { pattern: "/compare", load: () => import("../pages/compare/compare.js") },
  { pattern: "/compare/:first/:second", load: () => import("../pages/compare/compare.js") },
  { pattern: "/sweeps", load: () => import("../pages/sweeps/sweeps.js") },
  { pattern: "/sweeps/new", load: () => import("../pages/sweeps/new_sweep.js") },
  { pattern: "/sweeps/:id", load: () => import("../pages/sweeps/sweep.js") },
  { pattern: "/jobs", load: () => import("../pages/jobs/jobs.js") },
  { pattern: "/jobs/:id", load: () => import("../pages/jobs/job.js") },
  { pattern: "/vectors", load: () => import("../pages/vectors/vectors.js") },
  { pattern: "/vectors/query", load: () => import("../pages/vectors/query.js") },
  { pattern: "/vectors/groups", load: () => import("../pages/vectors/groups.js") },
  { pattern: "/vectors/of/:id", load: () => import("../pages/vectors/vector.js") },
  { pattern: "/operations", load: () => import("../pages/operations/operations.js") },
  { pattern: "/operations/keys", load: () => import("../pages/operations/keys.js") },
  { pattern: "/operations/webhooks", load: () => import("../pages/operations/webhooks.js") },
  { pattern: "/operations/audit", load: () => import("../pages/operations/audit.js") },
];

/**
 * Return the page of a path and the parts that its pattern names; null if there is none.
 *
 * @param {string} path
 * @returns {{load: () => Promise<{Page: Function}>, parts: Record<string, string>} | null}
 */
export function match(path) {
  const given = path.split("/");
  for (const { pattern, load } of PAGES) {
    const names = pattern.split("/");
    const fits = names.length === given.length && names.every((name, at) => name[0] === ":" || name === given[at]);
    if (!fits) continue;
    const parts = names.flatMap((name, at) => (name[0] === ":" ? [[name.slice(1), decode(given[at])]] : []));
    return { load, parts: Object.fromEntries(parts) };
  }
  return null;
}

/** @param {string} part */
function decode(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
