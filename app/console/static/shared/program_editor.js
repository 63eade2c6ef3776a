// An editor of OpenQASM: line numbers, the place of the server's error, examples.

import { html, useRef, useState } from "../vendor/preact.js";

const LINE_HEIGHT = 20;
const PADDING = 8;
const INDENT = "  ";

/** Where the server found a mistake; lines and columns count from 1. @typedef {{line: number, column: number,
 *     message: string}} Fault */

/**
 * @param {{value: string, onInput: (text: string) => void, fault: Fault | null, examples: {name: string,
 *     program: string}[]}} properties
 */
export function ProgramEditor({ value, onInput, fault, examples }) {
  const area = useRef(/** @type {HTMLTextAreaElement | null} */ (null));
  const goToFault = () => {
    const shown = area.current;
    if (!shown || !fault) return;
    const at = indexOf(value, fault.line, fault.column);
    shown.focus();
    shown.setSelectionRange(at, at + 1);
    shown.scrollTop = Math.max(0, (fault.line - 5) * LINE_HEIGHT);
  };
  return html`
    <div class="editor-head">
      <label for="program">Program</label>
      <${Examples} examples=${examples} area=${area} />
    </div>
    <${Text} value=${value} onInput=${onInput} fault=${fault} area=${area} />
    <p id="program-fault" class="editor-fault" role="status">
      ${fault &&
      html`<span>${fault.message}</span> <button type="button" onClick=${goToFault}>Go to line ${fault.line}</button>`}
    </p>
    <p id="program-keys" class="hint">
      OpenQASM 2 or 3; the first statement is the version. Tab indents; Escape, then Tab, leaves the editor.
    </p>
  `;
}

/**
 * The text with the numbers of its lines, and the line of the fault marked.
 *
 * @param {{value: string, onInput: (text: string) => void, fault: Fault | null,
 *     area: {current: HTMLTextAreaElement | null}}} properties
 */
function Text({ value, onInput, fault, area }) {
  const [scroll, setScroll] = useState(0);
  const lines = value.split("\n").length;
  const digits = String(lines).length;
  const onKeyDown = useTabKey();
  return html`<div class="editor">
    <div class="editor-gutter" aria-hidden="true" style=${{ width: `calc(${digits}ch + 1.4rem)` }}>
      <pre style=${{ transform: `translateY(${-scroll}px)` }}>${numbersTo(lines)}</pre>
    </div>
    <div class="editor-text">
      ${fault && html`<div class="editor-mark" style=${{ top: `${topOf(fault.line) - scroll}px` }}></div>`}
      <textarea
        id="program"
        ref=${area}
        wrap="off"
        spellcheck=${false}
        autocapitalize="off"
        autocomplete="off"
        rows="16"
        value=${value}
        aria-invalid=${fault ? "true" : "false"}
        aria-describedby="program-fault program-keys"
        onInput=${(/** @type {any} */ event) => onInput(event.target.value)}
        onKeyDown=${onKeyDown}
        onScroll=${(/** @type {any} */ event) => setScroll(event.target.scrollTop)}
      />
    </div>
  </div>`;
}

/**
 * Loads an example in place of the program; the browser's "undo" brings the program back.
 *
 * @param {{examples: {name: string, program: string}[], area: {current: HTMLTextAreaElement | null}}} properties
 */
function Examples({ examples, area }) {
  /** @param {any} event */
  const load = (event) => {
    const example = examples.find(({ name }) => name === event.target.value);
    event.target.value = "";
    if (!example || !area.current) return;
    area.current.focus();
    area.current.select();
    insert(example.program);
    area.current.setSelectionRange(0, 0);
    area.current.scrollTop = 0;
  };
  return html`<label class="row">
    Example
    <select onChange=${load}>
      <option value="">load…</option>
      ${examples.map(({ name }) => html`<option value=${name}>${name}</option>`)}
    </select>
  </label>`;
}

/** Return a handler with which Tab indents, unless Escape was pressed before. */
function useTabKey() {
  const isFree = useRef(false);
  return (/** @type {KeyboardEvent} */ event) => {
    if (event.key === "Tab" && !event.shiftKey && !isFree.current) {
      event.preventDefault();
      insert(INDENT);
    }
    if (event.key !== "Shift") isFree.current = event.key === "Escape";
  };
}

/** Type a text where the cursor is, so that it can be undone. @param {string} text */
const insert = (text) => document.execCommand("insertText", false, text);

/** @param {number} lines */
const numbersTo = (lines) => Array.from({ length: lines }, (_, at) => at + 1).join("\n");

/** @param {number} line */
const topOf = (line) => PADDING + (line - 1) * LINE_HEIGHT;

/** Return where a line and column stand in a text. @param {string} text @param {number} line @param {number} column */
function indexOf(text, line, column) {
  const before = text.split("\n").slice(0, line - 1);
  return before.reduce((at, each) => at + each.length + 1, 0) + column - 1;
}

/**
 * Return the place of an error that the server found in a program, if it names one.
 *
 * @param {any} error an ApiError or null
 * @returns {Fault | null}
 */
export function faultOf(error) {
  const { line, column } = error?.problem ?? {};
  return line ? { line, column: column ?? 1, message: error.message } : null;
}
