// The replay: which step is shown, the slider that moves it, and what plays it.

import { change } from "../../shared/lists.js";
import { html, useEffect, useRef, useState } from "../../vendor/preact.js";

const SPEEDS = [1, 2, 5, 10, 50, 200, 1_000];
const FIRST_SPEED = 2;

/** Browsers let a page change its address 200 times in 10 seconds; so it follows the slider when that rests. */
const ADDRESS_MS = 250;

/** @typedef {{step: number, last: number, isPlaying: boolean, speed: number, show: (step: number) => void,
 *     toggle: () => void, setSpeed: (speed: number) => void}} Replay */

/**
 * The step that is shown; it stands in the address as `step`.
 *
 * @param {string} path below /console @param {URLSearchParams} query @param {number} last the last step
 * @returns {Replay}
 */
export function useReplay(path, query, last) {
  const asked = within(Number(query.get("step")), last);
  const [step, setStep] = useState(asked);
  const [isPlaying, setPlaying] = useState(false);
  const [speed, setSpeed] = useState(FIRST_SPEED);
  const written = useRef(asked);
  useEffect(() => {
    if (asked === written.current) return;
    written.current = asked; // somebody went back, or followed a link
    setStep(asked);
  }, [asked]);
  useEffect(() => {
    if (step === written.current) return undefined;
    const timer = setTimeout(() => {
      written.current = step;
      change(path, { step: String(step) });
    }, ADDRESS_MS);
    return () => clearTimeout(timer);
  }, [step]);
  usePlaying(isPlaying, speed, (steps) => setStep((at) => Math.min(at + steps, last)));
  useEffect(() => {
    if (isPlaying && step >= last) setPlaying(false);
  }, [isPlaying, step, last]);
  /** @param {number} to */
  const show = (to) => setStep(within(to, last));
  const toggle = () => {
    if (!isPlaying && step >= last) setStep(0);
    setPlaying(!isPlaying);
  };
  return { step, last, isPlaying, speed, show, toggle, setSpeed };
}

/** @param {number} step @param {number} last */
const within = (step, last) => (Number.isFinite(step) ? Math.min(Math.max(Math.round(step), 0), last) : 0);

/**
 * Call `advance` with the steps that are due, at each frame; a hidden tab gets no frames and waits.
 *
 * @param {boolean} isPlaying @param {number} speed steps a second @param {(steps: number) => void} advance
 */
function usePlaying(isPlaying, speed, advance) {
  useEffect(() => {
    if (!isPlaying) return undefined;
    let before = performance.now();
    let frame = requestAnimationFrame(function play(now) {
      const steps = Math.floor(((now - before) * speed) / 1_000);
      if (steps > 0) {
        before = steps > speed ? now : before + (steps * 1_000) / speed; // after a pause of the tab it goes on
        advance(Math.min(steps, Math.max(1, speed)));
      }
      frame = requestAnimationFrame(play);
    });
    return () => cancelAnimationFrame(frame);
  }, [isPlaying, speed]);
}

/**
 * The slider and its buttons.
 *
 * @param {{replay: Replay, said: string}} properties `said`: the event of the step in words
 */
export function ReplayBar({ replay, said }) {
  const { step, last, isPlaying, speed, show, toggle, setSpeed } = replay;
  /** @param {any} event */
  const slide = (event) => show(Number(event.target.value));
  /** @param {any} event */
  const choose = (event) => setSpeed(Number(event.target.value));
  return html`
    <div class="replay" role="group" aria-label="Replay">
      <${Move} label="First step" mark="|◀" isOff=${!step} onClick=${() => show(0)} />
      <${Move} label="Step back" mark="◀" isOff=${!step} onClick=${() => show(step - 1)} />
      <button class="main play" title="Play or pause (p)" onClick=${toggle}>${isPlaying ? "Pause" : "Play"}</button>
      <${Move} label="Step forward" mark="▶" isOff=${step >= last} onClick=${() => show(step + 1)} />
      <${Move} label="Last step" mark="▶|" isOff=${step >= last} onClick=${() => show(last)} />
      <input type="range" min="0" max=${last} value=${step} onInput=${slide} aria-label="Step" aria-valuetext=${said} />
      <span class="step-number">step ${step} of ${last}</span>
      <label class="row">
        Speed
        <select value=${speed} onChange=${choose}>
          ${SPEEDS.map((each) => html`<option value=${each}>${each}/s</option>`)}
        </select>
      </label>
    </div>
    <p class="step-event"><strong>${said}</strong></p>
  `;
}

/** @param {{label: string, mark: string, isOff: boolean, onClick: () => void}} properties */
const Move = ({ label, mark, isOff, onClick }) => html`
  <button aria-label=${label} title=${label} disabled=${isOff} onClick=${onClick}>${mark}</button>
`;

/**
 * Return what a key does to the replay: p plays and pauses, comma and full stop step.
 *
 * @param {Replay} replay @returns {(event: KeyboardEvent) => void}
 */
export const replayKeys = (replay) => (event) => {
  const target = /** @type {HTMLElement} */ (event.target);
  const isTyping = target.matches("textarea, select, input:not([type=range])");
  if (isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "p") replay.toggle();
  else if (event.key === ",") replay.show(replay.step - 1);
  else if (event.key === ".") replay.show(replay.step + 1);
  else return;
  event.preventDefault();
};
