// Draws numbers as bars above and below zero.

const GAP_FROM = 4;
const WIDEST = 40;
const MARGIN = 4;

/**
 * Where there are more values than pixels, each pixel shows the lowest and the highest of its values.
 *
 * @param {CanvasRenderingContext2D} context
 * @param {number} width
 * @param {number} height
 * @param {number[]} values
 * @param {number} most the largest size of a value
 * @param {import("./palette.js").Palette} palette
 */
export function drawBars(context, width, height, values, most, palette) {
  context.clearRect(0, 0, width, height);
  const middle = height / 2;
  const scale = (middle - MARGIN) / most;
  const columns = Math.min(values.length, width);
  const step = width / columns;
  const wide = Math.min(step >= GAP_FROM ? step - 1 : step, WIDEST);
  for (let column = 0; column < columns; column += 1) {
    const [low, high] = extremes(values, column, columns);
    const left = column * step + (step - wide) / 2;
    context.fillStyle = palette["series-1"];
    context.fillRect(left, middle - high * scale, wide, Math.max(high * scale, high ? 1 : 0));
    context.fillStyle = palette["series-2"];
    context.fillRect(left, middle, wide, Math.max(-low * scale, low ? 1 : 0));
  }
  context.fillStyle = palette.faint;
  context.fillRect(0, middle, width, 1);
}

/**
 * Return the lowest and the highest of a column's values and zero.
 *
 * @param {number[]} values
 * @param {number} column
 * @param {number} columns
 */
function extremes(values, column, columns) {
  const from = Math.floor((column * values.length) / columns);
  const to = Math.max(from + 1, Math.floor(((column + 1) * values.length) / columns));
  let [low, high] = [0, 0];
  for (let at = from; at < to; at += 1) {
    low = Math.min(low, values[at]);
    high = Math.max(high, values[at]);
  }
  return [low, high];
}
