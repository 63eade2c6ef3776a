// Queries: a form, the answer, its circuit's run, and the same as a command.

import { mayStore } from "../../api/access.js";
import { send } from "../../api/calls.js";
import { CopyButton } from "../../shared/copy_buttons.js";
import { useAction, useLoaded, useTitle } from "../../shared/hooks.js";
import { ErrorNote, Loading } from "../../shared/notes.js";
import { currentAddress, go, Link } from "../../shared/router.js";
import { toJson } from "../../text/json.js";
import { html, useEffect, useRef, useState } from "../../vendor/preact.js";
import { VectorPage } from "./parts.js";
import { QueryForm } from "./query_form.js";
import { QueryResults } from "./query_results.js";
import { addressOf, bodyOf, curlOf, draftOf, isQuantum } from "./query_text.js";
import { contextsOf, fieldsOf } from "./vectors.js";

/** @typedef {import("../../api/access.js").Caller} Caller */

const PATH = "/vectors/query";
const SUGGESTED_FROM = "/v2/vectors?size=50&include_vector=false";

/** @param {{query: URLSearchParams, caller: Caller}} properties */
export function Page({ query, caller }) {
  useTitle("Query");
  return html`<${VectorPage} title="Query" tab=${PATH} caller=${caller}
    ><${Asking} query=${query} caller=${caller}
  /><//>`;
}

/** @param {{query: URLSearchParams, caller: Caller}} properties */
function Asking({ query, caller }) {
  const { draft, change, submit, problem, ...last } = useQuery(query);
  const { data: page } = useLoaded(SUGGESTED_FROM);
  const rows = page?.results ?? [];
  const { asked, answer, error, isAsking } = last;
  return html`
    <${QueryForm}
      draft=${draft}
      onChange=${change}
      onAsk=${submit}
      isAsking=${isAsking}
      contexts=${contextsOf(rows)}
      fields=${fieldsOf(rows)}
    />
    <${ErrorNote} error=${problem ?? error} />
    <section class="answer" aria-label="Answer" aria-busy=${isAsking ? "true" : "false"}>
      ${isAsking && !answer && html`<${Loading} what="Searching" />`}
      ${answer && asked && !problem && html`<${Answer} asked=${asked} answer=${answer} canWrite=${mayStore(caller)} />`}
    </section>
  `;
}

/** @typedef {import("./query_text.js").Draft} Draft */
/** @typedef {{draft: Draft, body: object}} Asked what an answer was asked with */

/** @param {{asked: Asked, answer: any, canWrite: boolean}} properties */
const Answer = ({ asked, answer, canWrite }) => html`
  <h2>Results</h2>
  <${QueryResults} answer=${answer} />
  <${Explain} key=${toJson(asked.body)} draft=${asked.draft} body=${asked.body} canWrite=${canWrite} />
  <${Command} body=${asked.body} isLong=${addressOf(asked.draft) === null} />
`;

/**
 * What stands in the form, and the answer to what was asked last. The address is followed: a query in it is asked.
 *
 * @param {URLSearchParams} query
 */
function useQuery(query) {
  const [draft, setDraft] = useState(() => draftOf(query));
  const [problem, setProblem] = useState(/** @type {Error | null} */ (null));
  const { ask, ...last } = useAnswer();
  const address = useRef("");
  /** @param {Draft} wanted */
  const askFor = (wanted) => {
    setProblem(null);
    try {
      ask(wanted, bodyOf(wanted));
    } catch (cause) {
      setProblem(/** @type {Error} */ (cause));
    }
  };
  useEffect(() => {
    if (query.toString() === address.current) return; // this page set it
    address.current = query.toString();
    const wanted = draftOf(query);
    setDraft(wanted);
    if (query.has("vector") || query.has("id")) askFor(wanted);
  }, [query]);
  const submit = () => {
    const own = addressOf(draft) ?? PATH;
    if (own !== currentAddress().path + location.search) go(own);
    address.current = currentAddress().query.toString();
    askFor(draft);
  };
  /** @param {object} changes */
  const change = (changes) => setDraft((old) => ({ ...old, ...changes }));
  return { draft, change, submit, problem, ...last };
}

/**
 * Return a function that asks, and the last answer with what was asked for it. A new question ends the one before.
 *
 * @returns {{asked: Asked | null, answer: any, error: any, isAsking: boolean,
 *     ask: (draft: Draft, body: object) => void}}
 */
function useAnswer() {
  const [state, setState] = useState(/** @type {any} */ ({ asked: null, answer: null, error: null, isAsking: false }));
  const stop = useRef(/** @type {AbortController | null} */ (null));
  useEffect(() => () => stop.current?.abort(), []);
  /** @param {any} draft @param {object} body */
  const ask = (draft, body) => {
    stop.current?.abort();
    const own = (stop.current = new AbortController());
    setState((/** @type {any} */ old) => ({ ...old, error: null, isAsking: true }));
    send("POST", "/v2/query", body, { signal: own.signal }).then(
      (answer) => setState({ asked: { draft, body }, answer, error: null, isAsking: false }),
      (error) => !own.signal.aborted && setState({ asked: null, answer: null, error, isAsking: false }),
    );
  };
  return { ...state, ask };
}

/**
 * Runs the query once more with its circuit's run stored, and leads to it.
 *
 * @param {{draft: Draft, body: object, canWrite: boolean}} properties
 */
function Explain({ draft, body, canWrite }) {
  const [found, setFound] = useState(/** @type {any} */ (null));
  const { run, isRunning, error } = useAction(async () => {
    const answer = await send("POST", "/v2/query", { ...body, explain: true });
    setFound(answer.explanation ?? {});
  });
  if (!isQuantum(draft)) return null;
  return html`<section aria-label="Circuit">
    <h2>The circuit</h2>
    ${!canWrite && html`<p class="hint">A writer's key can store the circuit's run and open it.</p>`}
    ${
      canWrite &&
      !found &&
      html`<div class="buttons">
        <button disabled=${isRunning} onClick=${() => void run()}>${isRunning ? "Explaining…" : "Explain"}</button>
        <span class="hint">Asks once more, and stores the run of the circuit that scores the candidates.</span>
      </div>`
    }
    <${ErrorNote} error=${error} />
    ${found && !found.execution_id && html`<p role="status">No circuit was run; the warnings say why.</p>`}
    ${
      found?.execution_id &&
      html`
        <p role="status">
          ${found.qubits} qubits, depth ${found.depth}.${" "}<${Link} to=${`/runs/${found.execution_id}`}
            >Open the run<//
          >
        </p>
        <details>
          <summary>As OpenQASM</summary>
          <pre class="program" tabindex="0">${found.openqasm}</pre>
        </details>
      `
    }
  </section>`;
}

/** @param {{body: object, isLong: boolean}} properties */
function Command({ body, isLong }) {
  const text = curlOf(body);
  return html`<details>
    <summary>The same with curl</summary>
    <pre class="program wrapped" tabindex="0" aria-label="Command">${text}</pre>
    <div class="buttons">
      <${CopyButton} text=${text} />
      <span class="hint"
        >Put your key into KEY
        first.${isLong && " The query is too long for the address, so a link to this page does not repeat it."}</span
      >
    </div>
  </details>`;
}
