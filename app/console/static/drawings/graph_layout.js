// Where the nodes of a small graph stand: a force layout (T. M. J. Fruchterman, E. M. Reingold, Software: Practice and
// Experience 21 (1991) 1129) that starts from a spiral, so that the same graph always gets the same drawing.

const STEPS = 250;
const GOLDEN_ANGLE = Math.PI * (3 - Math.sqrt(5));
const GRAVITY = 0.5;
const FIRST_STEP = 0.2;

/** @typedef {{id: string, label: string, kind?: "vector" | "group" | "center", to?: string}} Node */
/** @typedef {{from: string, to: string, weight: number}} Edge weight: from 0 to 1 */

/**
 * Return the place of each node, in units of an edge's length.
 *
 * @param {Node[]} nodes
 * @param {Edge[]} edges
 * @returns {Map<string, {x: number, y: number}>}
 */
export function layout(nodes, edges) {
  const xs = nodes.map((_, at) => Math.sqrt(at + 0.5) * Math.cos(at * GOLDEN_ANGLE));
  const ys = nodes.map((_, at) => Math.sqrt(at + 0.5) * Math.sin(at * GOLDEN_ANGLE));
  const places = new Map(nodes.map(({ id }, at) => [id, at]));
  const pairs = edges.flatMap(({ from, to }) => {
    const pair = [places.get(from), places.get(to)];
    return pair[0] === undefined || pair[1] === undefined ? [] : [/** @type {number[]} */ (pair)];
  });
  const size = Math.sqrt(nodes.length + 1);
  for (let step = 0; step < STEPS; step += 1) {
    const longest = FIRST_STEP * size * (1 - step / STEPS);
    move(xs, ys, pairs, longest);
  }
  return new Map(nodes.map(({ id }, at) => [id, { x: xs[at], y: ys[at] }]));
}

/** Move all nodes once. @param {number[]} xs @param {number[]} ys @param {number[][]} pairs @param {number} longest */
function move(xs, ys, pairs, longest) {
  const dx = new Float64Array(xs.length);
  const dy = new Float64Array(xs.length);
  for (let a = 0; a < xs.length; a += 1) {
    dx[a] -= GRAVITY * xs[a];
    dy[a] -= GRAVITY * ys[a];
    for (let b = a + 1; b < xs.length; b += 1) {
      const x = xs[a] - xs[b];
      const y = ys[a] - ys[b];
      const push = 1 / Math.max(x * x + y * y, 1e-3);
      dx[a] += x * push;
      dy[a] += y * push;
      dx[b] -= x * push;
      dy[b] -= y * push;
    }
  }
  for (const [a, b] of pairs) {
    const x = xs[a] - xs[b];
    const y = ys[a] - ys[b];
    const pull = Math.hypot(x, y);
    dx[a] -= x * pull;
    dy[a] -= y * pull;
    dx[b] += x * pull;
    dy[b] += y * pull;
  }
  for (let a = 0; a < xs.length; a += 1) {
    const length = Math.hypot(dx[a], dy[a]) || 1;
    const step = Math.min(length, longest) / length;
    xs[a] += dx[a] * step;
    ys[a] += dy[a] * step;
  }
}
