// The most probable basis states: a bar for the probability, its hue for the phase, and a pointer for it too.

const ROW = 24;
const TOP = 8;
const LEGEND = 88;
const GROUND = "#10141a";
const TEXT = "#e6edf3";
const FAINT = "#8b949e";

/** @typedef {{state: string, probability: number, phase: number | null}} BasisState */

/** Return the height of a drawing with so many rows. @param {number} rows */
export const heightOf = (rows) => Math.max(2 * TOP + rows * ROW, LEGEND + 2 * TOP + 20);

/** Return the colour of a phase: 0 is red, a third of a turn green, as in domain colouring. @param {number} phase */
export const hue = (phase) => `hsl(${((phase * 180) / Math.PI + 360) % 360} 85% 62%)`;

/**
 * The ground is dark in light pages too, so that all hues stand out from it.
 *
 * @param {CanvasRenderingContext2D} context
 * @param {number} width
 * @param {number} height
 * @param {BasisState[]} states
 */
export function drawAmplitudes(context, width, height, states) {
  context.clearRect(0, 0, width, height);
  context.fillStyle = GROUND;
  context.beginPath();
  context.roundRect(0, 0, width, Math.min(heightOf(states.length), height), 6);
  context.fill();
  drawLegend(context, width - LEGEND / 2 - TOP, TOP + LEGEND / 2 + 8);
  context.font = "12px ui-monospace, 'DejaVu Sans Mono', monospace";
  context.textBaseline = "middle";
  const largest = Math.max(1e-12, ...states.map(({ probability }) => probability));
  const label = 28 + 7.3 * Math.max(3, ...states.map(({ state }) => state.length));
  const room = Math.max(width - label - LEGEND - 3 * TOP - 56, 20);
  states.forEach(({ state, probability, phase }, index) => {
    const y = TOP + index * ROW + ROW / 2;
    context.fillStyle = TEXT;
    context.textAlign = "left";
    context.fillText(`|${state}⟩`, TOP, y);
    context.fillStyle = phase === null ? FAINT : hue(phase);
    context.fillRect(label + 26, y - 7, Math.max((room * probability) / largest, 1), 14);
    if (phase !== null) drawPointer(context, label + 10, y, 9, phase);
    context.fillStyle = TEXT;
    context.fillText(`${(100 * probability).toFixed(1)} %`, label + 30 + (room * probability) / largest, y);
  });
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {number} x
 * @param {number} y
 * @param {number} radius
 * @param {number} phase
 */
function drawPointer(context, x, y, radius, phase) {
  context.strokeStyle = FAINT;
  context.lineWidth = 1;
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.stroke();
  context.strokeStyle = hue(phase);
  context.lineWidth = 2.5;
  context.beginPath();
  context.moveTo(x, y);
  context.lineTo(x + radius * Math.cos(phase), y - radius * Math.sin(phase));
  context.stroke();
  context.lineWidth = 1;
}

/**
 * The circle of hues: 0 to the right, π/2 up.
 *
 * @param {CanvasRenderingContext2D} context
 * @param {number} x
 * @param {number} y
 */
function drawLegend(context, x, y) {
  const parts = 72;
  context.lineWidth = 7;
  for (let part = 0; part < parts; part += 1) {
    const angle = (part * 2 * Math.PI) / parts;
    context.strokeStyle = hue(angle);
    context.beginPath();
    context.arc(x, y, 24, -angle - 0.06, -angle + 0.03);
    context.stroke();
  }
  context.lineWidth = 1;
  context.fillStyle = TEXT;
  context.font = "10px system-ui, sans-serif";
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.fillText("phase", x, y);
  context.fillText("0", x + 35, y);
  context.fillText("π/2", x, y - 35);
  context.fillText("π", x - 35, y);
  context.fillText("−π/2", x, y + 36);
}
