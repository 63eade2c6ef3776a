// The contract's own calls, by a client that openapi-typescript made. `tsc --strict` checks every body and answer.
import createClient from "openapi-fetch";
import type { paths } from "./schema.js";

const [url, key] = process.argv.slice(2) as [string, string];
const client = createClient<paths>({ baseUrl: url, headers: { Authorization: `Bearer ${key}` } });

function given<Data>(answer: { data?: Data; response: Response; error?: unknown }): Data {
  if (!answer.response.ok || answer.data === undefined) {
    throw new Error(`${answer.response.status} ${answer.response.url}: ${JSON.stringify(answer.error)}`);
  }
  return answer.data;
}

function same(seen: unknown, expected: unknown): void {
  if (JSON.stringify(seen) !== JSON.stringify(expected)) {
    throw new Error(`${JSON.stringify(seen)} is not ${JSON.stringify(expected)}`);
  }
}

const program =
  'OPENQASM 2.0;\ninclude "qelib1.inc";\nqreg q[2];\ncreg c[2];\nx q[0];\nmeasure q -> c;\n';

async function circuits(): Promise<void> {
  const bell = given(
    await client.POST("/api/execute/{circuit_name}", { params: { path: { circuit_name: "bell" } } }),
  );
  if (!("counts" in bell)) throw new Error("a bell takes no 202");
  same(bell.shots, 1024);
  const own = given(await client.POST("/api/execute", { body: { program, shots: 7 } }));
  if (!("counts" in own)) throw new Error("a small program takes no 202");
  same(own.counts, { "01": 7 });
  const both = given(await client.POST("/api/execute", { params: { query: { shots: 7 } }, body: { program, shots: 7 } }));
  same("counts" in both && both.shots, 7);
  const noisy = given(
    await client.POST("/api/execute/{circuit_name}/noisy", {
      params: { path: { circuit_name: "bell" }, query: { noise_type: "thermal", noise_level: "low" } },
    }),
  );
  if (!("counts" in noisy)) throw new Error("a noisy bell takes no 202");
  same(noisy.is_noisy, true);
  given(await client.POST("/api/execute/compare", { body: { program } }));
  const job = given(
    await client.POST("/api/execute/{circuit_name}", {
      params: { path: { circuit_name: "ghz" }, header: { Prefer: "respond-async" } },
    }),
  );
  if (!("job_id" in job)) throw new Error("respond-async gives a job");
  const path = { job_id: job.job_id };
  same(given(await client.GET("/api/jobs/{job_id}", { params: { path, query: { wait: 30 } } })).status, "SUCCEEDED");
  const list = given(await client.GET("/api/executions", { params: { query: { page: 1, limit: 5 } } }));
  const first = list.executions[0]!.execution_id;
  const execution = { params: { path: { execution_id: first } } };
  same(given(await client.GET("/api/executions/{execution_id}", execution)).execution_id, first);
  given(await client.GET("/api/executions/{execution_id}/graph", execution));
  given(await client.GET("/api/replay/{execution_id}", execution));
  const step = { params: { path: { execution_id: first, step_index: 0 } } };
  given(await client.GET("/api/replay/{execution_id}/step/{step_index}", step));
  const pair = { exec_id_a: bell.execution_id, exec_id_b: noisy.execution_id };
  given(await client.GET("/api/replay/compare/{exec_id_a}/{exec_id_b}", { params: { path: pair } }));
  given(await client.POST("/api/graph/search", { body: { nodes: [{ id: "h", gate: "H" }] } }));
}

async function vectors(): Promise<void> {
  const upsert = { query: { upsert: true } };
  const one = { id: "ts_1", vector: [1, 0, 0], contexts: [{ name: "technical", weight: 1 }] };
  given(await client.POST("/v2/vectors", { params: upsert, body: one }));
  const others = [{ id: "ts_2", vector: [0, 1, 0] }, { id: "ts_3", vector: [0, 0, 1], metadata: { year: 2025 } }];
  same(given(await client.POST("/v2/vectors/batch", { params: upsert, body: { vectors: others } })).failed, 0);
  const answer = given(
    await client.POST("/v2/query", {
      body: { vector: [1, 0, 0], context: "technical", top_k: 1, filters: { id: { $in: ["ts_1", "ts_2"] } } },
    }),
  );
  if (!("results" in answer)) throw new Error("a small query takes no 202");
  same(answer.results[0]!.id, "ts_1");
  given(await client.POST("/v2/query/batch", { body: { queries: [{ vector: [0, 1, 0] }, { id: "ts_3" }] } }));
  const path = { vector_id: "ts_1" };
  given(await client.PUT("/v2/vectors/{vector_id}", { params: { path }, body: { metadata: { seen: true } } }));
  same(given(await client.GET("/v2/vectors/{vector_id}", { params: { path } })).metadata, { seen: true });
  given(await client.GET("/v2/vectors", { params: { query: { page: 1, size: 2, filter: '{"id": "ts_1"}' } } }));
  const lines = await client.GET("/v2/vectors/export", { params: { query: { filter: '{"id": "ts_3"}' } }, parseAs: "text" });
  same(JSON.parse(given(lines)).id, "ts_3");
  const imported = given(
    await client.POST("/v2/vectors/import", {
      params: upsert,
      headers: { "Content-Type": "application/x-ndjson" },
      body: '{"id": "ts_4", "vector": [1, 1, 0]}\n',
      bodySerializer: (body) => body,
    }),
  );
  const job = { params: { path: { job_id: imported.job_id }, query: { wait: 30 } } };
  same(given(await client.GET("/v2/jobs/{job_id}", job)).status, "SUCCEEDED");
  const group = { group_id: "ts_group", entity_ids: ["ts_2", "ts_3"], correlation_strength: 0.5 };
  given(await client.POST("/v2/entanglement/groups", { body: group }));
  given(await client.GET("/v2/entanglement/partners/{entity_id}", { params: { path: { entity_id: "ts_2" } } }));
  given(await client.DELETE("/v2/entanglement/groups/{group_id}", { params: { path: { group_id: "ts_group" } } }));
  given(await client.POST("/v2/vectors/delete", { body: { ids: ["ts_1", "ts_2", "ts_3", "ts_4"] } }));
}

async function service(): Promise<void> {
  given(await client.GET("/v2/health"));
  given(await client.GET("/v2/metrics"));
  const drawn = given(await client.POST("/v2/keys", { body: { name: "generated", role: "reader" } }));
  given(await client.DELETE("/v2/keys/{key_id}", { params: { path: { key_id: drawn.id } } }));
  const refused = await client.POST("/api/execute", { body: { program, shots: 0 } });
  same([refused.response.status, refused.error?.code], [422, "validation_error"]);
}

await circuits();
await vectors();
await service();
console.log("all calls were answered");
