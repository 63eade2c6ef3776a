// The ranges of a sweep's parameters.

import { typed } from "../../shared/stored.js";
import { counted } from "../../text/format.js";
import { html } from "../../vendor/preact.js";

/** A range as it was typed. @typedef {{from: string, to: string, points: string}} TypedRange */

/** @type {TypedRange} */
export const FIRST_RANGE = { from: "0", to: "2*pi", points: "25" };

/**
 * @param {{inputs: string[], ranges: Record<string, TypedRange>, isGrid: boolean,
 *     onChange: (changes: {ranges?: Record<string, TypedRange>, isGrid?: boolean}) => void}} properties
 */
export function RangeForm({ inputs, ranges, isGrid, onChange }) {
  /** @param {string} name @param {Partial<TypedRange>} changes */
  const change = (name, changes) => {
    const range = { ...FIRST_RANGE, ...ranges[name], ...changes };
    onChange({ ranges: { ...ranges, [name]: range } });
  };
  const bindings = numberOfBindings(inputs, ranges, isGrid);
  return html`
    <fieldset>
      <legend>Parameters</legend>
      ${!inputs.length &&
      html`<p class="hint">
        The program has no inputs. Declare them in OpenQASM 3: <code>input float[64] theta;</code>
      </p>`}
      ${inputs.map(
        (name) => html`<${RangeFields}
          key=${name}
          name=${name}
          range=${ranges[name] ?? FIRST_RANGE}
          onChange=${(/** @type {Partial<TypedRange>} */ changes) => change(name, changes)}
        />`,
      )}
      ${inputs.length > 1 &&
      html`<div class="choices">
        <label class="row">
          <input type="radio" name="grid" checked=${isGrid} onChange=${() => onChange({ isGrid: true })} />
          Grid: every combination
        </label>
        <label class="row">
          <input type="radio" name="grid" checked=${!isGrid} onChange=${() => onChange({ isGrid: false })} />
          List: side by side
        </label>
      </div>`}
      <p class="hint">
        Numbers, or with pi: <code>2*pi</code>, <code>-pi/2</code>.
        ${bindings ? ` ${counted(bindings, "binding")}.` : ""}
      </p>
    </fieldset>
  `;
}

/** @param {{name: string, range: TypedRange, onChange: (changes: Partial<TypedRange>) => void}} properties */
const RangeFields = ({ name, range, onChange }) => html`
  <div class="fields range" role="group" aria-label=${`Range of ${name}`}>
    <code>${name}</code>
    <${Field} label="From" value=${range.from} onInput=${(/** @type {string} */ from) => onChange({ from })} />
    <${Field} label="To" value=${range.to} onInput=${(/** @type {string} */ to) => onChange({ to })} />
    <${Field} label="Points" value=${range.points} onInput=${(/** @type {string} */ points) => onChange({ points })} />
  </div>
`;

/** @param {{label: string, value: string, onInput: (value: string) => void}} properties */
const Field = ({ label, value, onInput }) => html`<label>
  ${label} <input size="8" required value=${value} onInput=${typed(onInput)} />
</label>`;

/** @param {string[]} inputs @param {Record<string, TypedRange>} ranges @param {boolean} isGrid */
function numberOfBindings(inputs, ranges, isGrid) {
  const points = inputs.map((name) => Number((ranges[name] ?? FIRST_RANGE).points));
  if (!isGrid || points.length < 2) return points[0] || 0;
  return points.reduce((all, each) => all * each, 1);
}

const ANGLE = /^([+-]?)\s*(?:(\d+\.?\d*|\.\d+)\s*\*?\s*)?pi\s*(?:\/\s*(\d+\.?\d*))?$/;

/** Return the number of a field: a number, or a multiple of pi. @param {string} text @returns {number} NaN: neither */
export function readNumber(text) {
  const trimmed = text.trim().toLowerCase().replace("π", "pi");
  const angle = ANGLE.exec(trimmed);
  if (!angle) return trimmed === "" ? NaN : Number(trimmed);
  const [, sign, times, part] = angle;
  return ((sign === "-" ? -1 : 1) * Number(times ?? 1) * Math.PI) / Number(part ?? 1);
}

/**
 * Return the ranges of a form.
 *
 * @param {string[]} inputs
 * @param {Record<string, TypedRange>} ranges
 * @param {number} most points that a range may have
 * @returns {Record<string, import("./axes.js").Range>}
 * @throws {Error} saying which number is wrong
 */
export function readRanges(inputs, ranges, most) {
  /** @param {string} name @returns {[string, import("./axes.js").Range]} */
  const read = (name) => {
    const typed = ranges[name] ?? FIRST_RANGE;
    const [from, to, points] = [readNumber(typed.from), readNumber(typed.to), Number(typed.points)];
    if (!Number.isFinite(from)) throw new Error(`“${typed.from}”, from where ${name} begins, is no number.`);
    if (!Number.isFinite(to)) throw new Error(`“${typed.to}”, to where ${name} goes, is no number.`);
    if (!Number.isInteger(points) || points < 1)
      throw new Error(`“${typed.points}” is no number of points of ${name}.`);
    if (points > most) throw new Error(`${name} has ${points} points; a sweep has at most ${most} bindings.`);
    return [name, { from, to, points }];
  };
  return Object.fromEntries(inputs.map(read));
}
