// For someone new: what Qloom is, and circuits that one click runs.

import { withQuery } from "../../api/calls.js";
import { go, Link } from "../../shared/router.js";
import { useWork, WorkState } from "../../shared/work_state.js";
import { html, useState } from "../../vendor/preact.js";

/** @typedef {{name: string, path: string, query?: Record<string, unknown>, text: string}} Card */

/** @type {Card[]} */
const CARDS = [
  {
    name: "Run a bell pair", path: "bell",
    text: "Two qubits that always agree: about half 00, half 11.",
  },
  {
    name: "Run a noisy bell pair", path: "bell/noisy", query: { noise_level: "high" },
    text: "The same with errors in its gates and its readout: 01 and 10 appear.",
  },
  {
    name: "Run GHZ on 5 qubits", path: "ghz", query: { num_qubits: 5 },
    text: "Five qubits that all agree. One chain of CX gates.",
  },
  {
    name: "Run Grover's search", path: "grover", query: { num_qubits: 3, marked: 5 },
    text: "Finds the marked value 101 among eight with two queries.",
  },
  {
    name: "Run a quantum Fourier transform", path: "qft", query: { num_qubits: 4 },
    text: "A basis state becomes a wave: equal weights, turning phases.",
  },
  {
    name: "Run a teleportation", path: "teleportation",
    text: "A state moves to another qubit by measurements and corrections.",
  },
];

/** @param {{canRun: boolean}} properties */
export function StartCards({ canRun }) {
  const { start, isRunning, state } = useWork();
  const [chosen, setChosen] = useState("");
  /** @param {Card} card */
  const run = async (card) => {
    setChosen(card.name);
    const job = await start(withQuery(`/api/execute/${card.path}`, card.query ?? {}), undefined);
    if (job) go(`/runs/${job.job_id}`);
  };
  return html`
    <section class="start" aria-label="Start">
      <p class="lead">
        Qloom runs quantum circuits on simulators, with noise if you like, and shows what happened in them gate by gate.
      </p>
      ${canRun &&
      html`<ul class="cards">
        ${CARDS.map(
          (card) => html`<li key=${card.name}>
            <button class="card" disabled=${isRunning} onClick=${() => void run(card)}>
              <strong>${card.name}</strong><span>${card.text}</span>
            </button>
          </li>`,
        )}
      </ul>`}
      <div class="start-state">
        ${isRunning && html`<span>${chosen}:</span>`}
        <${WorkState} state=${state} isRunning=${isRunning} />
      </div>
      <p class="hint">
        ${canRun && html`<${Link} to="/runs/new">Write a program of your own<//> · `}
        <${Link} to="/sweeps">Sweep a parameter<//> · <a href="/docs">All routes of the API</a> ·${" "}
        <a href="/openapi.json">its OpenAPI document</a>
      </p>
    </section>
  `;
}
