// Where the labels of a drawing stand, so that none covers another.

/** @typedef {{x: number, y: number}} Point */
/** @typedef {{left: number, top: number, right: number, bottom: number}} Box */
/** @typedef {{text: string, width: number, places: Point[], isSure?: boolean}} Label `places`: where its middle may
 *     stand, the best first; one that `isSure` may cover what is no label */

const HEIGHT = 14;

/** Return the box around a point. @param {Point} middle @param {number} width @param {number} height @returns {Box} */
export const boxAround = ({ x, y }, width, height) => ({
  left: x - width / 2, top: y - height / 2, right: x + width / 2, bottom: y + height / 2,
});

/**
 * Return the middle of each label that has a free place, the first labels first.
 *
 * @template {Label} T
 * @param {T[]} labels
 * @param {Box[]} taken what labels do not cover
 * @param {number} width of the drawing, which no label leaves at the left or the right
 * @returns {(T & {at: Point})[]}
 */
export function placeLabels(labels, taken, width) {
  /** @type {Box[]} */
  const placed = [];
  return labels.flatMap((label) => {
    const half = label.width / 2;
    const places = label.places.map(({ x, y }) => ({ x: Math.max(half, Math.min(x, width - half)), y }));
    /** @param {Point} at @param {Box[]} boxes */
    const isFree = (at, boxes) => !boxes.some((box) => meet(box, boxAround(at, label.width, HEIGHT)));
    const free = places.filter((at) => isFree(at, placed));
    const at = free.find((each) => isFree(each, taken)) ?? (label.isSure ? free[0] : undefined);
    if (!at) return [];
    placed.push(boxAround(at, label.width, HEIGHT));
    return [{ ...label, at }];
  });
}

/** Whether two boxes have a point in common. @param {Box} a @param {Box} b */
const meet = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
