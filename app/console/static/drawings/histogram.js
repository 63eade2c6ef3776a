// A histogram on a canvas: bars of several series beside each other, with error bars, linear or logarithmic.

import { percent } from "../text/format.js";
import { errorOf } from "./histogram_rows.js";

export const HEIGHT = 320;
const LEFT = 58;
const TOP = 12;
const RIGHT = 8;
const LONGEST_LABEL = 20;
const CHARACTER = 6.2;
const DECADES = 6;

/**
 * @typedef {{outcome: string, bars: {share: number, error: number}[]}} Row one place on the axis
 * @typedef {{rows: Row[], series: import("./histogram_rows.js").Series[], isLog: boolean, top: number, bottom: number,
 *     palette: import("./palette.js").Palette, hovered: number}} Picture `top` and `bottom`: the axis's ends
 */

/**
 * Return the ends of the axis: those of all outcomes, so that they stay on every page.
 *
 * @param {import("./histogram_rows.js").Series[]} series
 * @param {boolean} isLog a logarithmic axis begins at half of the smallest share, but shows at most six decades
 */
export function range(series, isLog) {
  let [largest, smallest, least] = [0, 1, 0];
  for (const each of series) {
    for (const outcome in each.shares) {
      const [share, error] = [each.shares[outcome], errorOf(each, outcome)];
      largest = Math.max(largest, share + error);
      least = Math.min(least, share < 0 ? share - error : 0);
      if (share > 0) smallest = Math.min(smallest, share);
    }
  }
  const top = largest || 1;
  if (!isLog) return { top: top * 1.05, bottom: least * 1.05 };
  return { top: top * 1.3, bottom: Math.max(smallest / 2, top / 10 ** DECADES) };
}

/** @param {CanvasRenderingContext2D} context @param {number} width @param {number} height @param {Picture} picture */
export function drawHistogram(context, width, height, picture) {
  const { rows, palette } = picture;
  const step = (width - LEFT - RIGHT) / Math.max(rows.length, 1);
  const bottom = height - labelHeight(rows, step);
  const at = scale(picture, TOP, bottom);
  context.clearRect(0, 0, width, height);
  context.font = "11px ui-monospace, 'DejaVu Sans Mono', monospace";
  drawAxis(context, width, picture, at);
  rows.forEach((row, index) => {
    const left = LEFT + index * step;
    if (index === picture.hovered) {
      context.fillStyle = palette.raised;
      context.fillRect(left, TOP, step, bottom - TOP);
    }
    drawBars(context, row, left, step, picture, at);
    drawLabel(context, row.outcome, left + step / 2, bottom, step, palette.text);
  });
  context.strokeStyle = palette.faint;
  const zero = Math.round(picture.isLog ? bottom : at(0)) + 0.5;
  line(context, LEFT, zero, width - RIGHT, zero);
}

/** Return the row under a pointer, or -1. @param {number} x @param {number} width @param {number} rows */
export function rowAt(x, width, rows) {
  const index = Math.floor(((x - LEFT) * rows) / (width - LEFT - RIGHT));
  return index >= 0 && index < rows ? index : -1;
}

/** @param {Row[]} rows @param {number} step */
function labelHeight(rows, step) {
  const longest = Math.max(1, ...rows.map(({ outcome }) => Math.min(outcome.length, LONGEST_LABEL)));
  return isLevel(longest, step) ? 24 : longest * CHARACTER + 20;
}

/** Whether labels of so many characters stand beside each other. @param {number} characters @param {number} step */
const isLevel = (characters, step) => characters * 7 < step;

/** @param {Picture} picture @param {number} high @param {number} low @returns {(share: number) => number} */
function scale({ isLog, top, bottom }, high, low) {
  const height = low - high;
  if (!isLog) return (share) => low - (height * (share - bottom)) / (top - bottom);
  const [from, to] = [Math.log10(bottom), Math.log10(top)];
  return (share) => low - (height * (Math.log10(Math.max(share, bottom)) - from)) / (to - from);
}

/** @param {Picture} picture @returns {number[]} */
export function ticks({ isLog, top, bottom }) {
  const found = [];
  if (isLog) {
    for (let power = Math.ceil(Math.log10(bottom)); 10 ** power <= top; power += 1) found.push(10 ** power);
    return found;
  }
  const rough = (top - bottom) / 4;
  const unit = 10 ** Math.floor(Math.log10(rough));
  const step = unit * ([1, 2, 5, 10].find((times) => times * unit >= rough) ?? 10);
  for (let at = Math.ceil(bottom / step); at * step <= top; at += 1) found.push(at * step || 0);
  return found;
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {number} width
 * @param {Picture} picture
 * @param {(share: number) => number} at
 */
function drawAxis(context, width, picture, at) {
  context.textAlign = "right";
  context.textBaseline = "middle";
  for (const share of ticks(picture)) {
    const y = Math.round(at(share)) + 0.5;
    context.strokeStyle = picture.palette.line;
    line(context, LEFT, y, width - RIGHT, y);
    context.fillStyle = picture.palette.faint;
    context.fillText(percent(share), LEFT - 6, y);
  }
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Row} row
 * @param {number} left
 * @param {number} step
 * @param {Picture} picture
 * @param {(share: number) => number} at
 */
function drawBars(context, row, left, step, { series, palette, isLog, bottom }, at) {
  const gap = Math.min(step * 0.2, 12);
  const width = Math.min((step - gap) / series.length, 60);
  const first = left + (step - width * series.length) / 2;
  const zero = isLog ? at(bottom) : at(0);
  row.bars.forEach(({ share, error }, index) => {
    const x = first + index * width;
    const inner = Math.max(width - (width > 4 ? 1 : 0), 1);
    if (isLog ? share > 0 : share !== 0) drawBar(context, series[index], palette, x, at(share), inner, zero);
    if (error <= 0 || width < 3) return;
    drawError(context, palette.text, x + inner / 2, at(share + error), at(share - error), width);
  });
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {import("./histogram_rows.js").Series} series
 * @param {import("./palette.js").Palette} palette
 * @param {number} x
 * @param {number} y
 * @param {number} width
 * @param {number} zero
 */
function drawBar(context, series, palette, x, y, width, zero) {
  const [high, low] = [Math.min(y, zero), Math.max(y, zero)];
  const height = Math.max(low - high, 1);
  const color = palette[series.color];
  context.fillStyle = color;
  if (!series.isHatched) {
    context.fillRect(x, high, width, height);
    return;
  }
  context.save();
  context.beginPath();
  context.rect(x, high, width, height);
  context.clip();
  context.globalAlpha = 0.2;
  context.fillRect(x, high, width, height);
  context.globalAlpha = 1;
  context.strokeStyle = color;
  for (let at = high - width; at < low; at += 5) line(context, x, at + width, x + width, at);
  context.strokeRect(x + 0.5, high + 0.5, width - 1, height - 1);
  context.restore();
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {string} color
 * @param {number} x
 * @param {number} high
 * @param {number} low
 * @param {number} width
 */
function drawError(context, color, x, high, low, width) {
  const half = Math.min(4, width / 3);
  context.strokeStyle = color;
  line(context, x, high, x, low);
  line(context, x - half, high, x + half, high);
  line(context, x - half, low, x + half, low);
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {string} outcome
 * @param {number} x
 * @param {number} y
 * @param {number} step
 * @param {string} color
 */
function drawLabel(context, outcome, x, y, step, color) {
  const half = LONGEST_LABEL / 2;
  const text = outcome.length <= LONGEST_LABEL ? outcome : `${outcome.slice(0, half)}…${outcome.slice(1 - half)}`;
  context.fillStyle = color;
  context.textBaseline = "middle";
  if (isLevel(text.length, step)) {
    context.textAlign = "center";
    context.fillText(text, x, y + 12);
    return;
  }
  context.save();
  context.translate(x, y + 6);
  context.rotate(-Math.PI / 2);
  context.textAlign = "right";
  context.fillText(text, 0, 0);
  context.restore();
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {number} x1
 * @param {number} y1
 * @param {number} x2
 * @param {number} y2
 */
function line(context, x1, y1, x2, y2) {
  context.beginPath();
  context.moveTo(x1, y1);
  context.lineTo(x2, y2);
  context.stroke();
}
