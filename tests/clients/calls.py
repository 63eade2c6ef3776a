"""The contract's own calls, by a client that openapi-python-client made; run by its own Python."""

import json
import struct
import sys
from io import BytesIO
from typing import Any

from qloom_client import AuthenticatedClient, models
from qloom_client.api.comparisons import post_api_execute_compare
from qloom_client.api.entanglement import (
    delete_v2_entanglement_groups_group_id,
    get_v2_entanglement_partners_entity_id,
    post_v2_entanglement_groups,
)
from qloom_client.api.executions import (
    get_api_executions,
    get_api_executions_execution_id,
    post_api_execute,
    post_api_execute_circuit_name,
    post_api_execute_circuit_name_noisy,
)
from qloom_client.api.graphs import get_api_executions_execution_id_graph, post_api_graph_search
from qloom_client.api.imports import post_v2_vectors_import
from qloom_client.api.jobs import get_api_jobs_job_id
from qloom_client.api.jobs_v2 import get_v2_jobs_job_id
from qloom_client.api.keys import delete_v2_keys_key_id, post_v2_keys
from qloom_client.api.observability import get_v2_health, get_v2_metrics
from qloom_client.api.query import post_v2_query, post_v2_query_batch
from qloom_client.api.replay import (
    get_api_replay_compare_exec_id_a_exec_id_b,
    get_api_replay_execution_id,
    get_api_replay_execution_id_step_step_index,
)
from qloom_client.api.vectors import (
    get_v2_vectors,
    get_v2_vectors_export,
    get_v2_vectors_vector_id,
    post_v2_vectors,
    post_v2_vectors_batch,
    post_v2_vectors_delete,
    put_v2_vectors_vector_id,
)
from qloom_client.types import File

PROGRAM = 'OPENQASM 2.0;\ninclude "qelib1.inc";\nqreg q[2];\ncreg c[2];\nx q[0];\nmeasure q -> c;\n'

url, key = sys.argv[1:]
client = AuthenticatedClient(url, key, timeout=60)


def given(operation: Any, *path: Any, status: int = 200, **options: Any) -> Any:
    """Call an operation and return its parsed answer."""
    answer = operation.sync_detailed(*path, client=client, **options)
    assert answer.status_code == status, (operation.__name__, answer.status_code, answer.content)
    return answer.parsed


def same(seen: Any, expected: Any) -> None:
    """Compare a value with what it should be."""
    assert seen == expected, (seen, expected)


def array(row: list[float]) -> bytes:
    """Return a .npy file of one row; its format is described in numpy.lib.format."""
    header = f"{{'descr': '<f4', 'fortran_order': False, 'shape': (1, {len(row)}), }}".ljust(117) + "\n"
    begin = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header))
    return begin + header.encode() + struct.pack(f"<{len(row)}f", *row)


def circuits() -> None:
    """Run circuits and read what they gave."""
    bell = given(post_api_execute_circuit_name, "bell")
    same((type(bell), bell.shots), (models.Execution, 1024))
    own = given(post_api_execute, body=models.ProgramBody(program=PROGRAM, shots=7))
    same(own.counts.additional_properties, {"01": 7})
    noisy = given(post_api_execute_circuit_name_noisy, "bell")
    same(noisy.is_noisy, True)
    given(post_api_execute_compare, body=models.ProgramBody(program=PROGRAM))
    job = given(post_api_execute_circuit_name, "ghz", prefer="respond-async", status=202)
    same(str(given(get_api_jobs_job_id, job.job_id, wait=30).status), "SUCCEEDED")
    listed = given(get_api_executions, limit=5).executions[0]
    one = listed.execution_id
    same(given(get_api_executions_execution_id, one).execution_id, one)
    given(get_api_executions_execution_id_graph, one)
    given(get_api_replay_execution_id, one)
    given(get_api_replay_execution_id_step_step_index, one, 0)
    given(get_api_replay_compare_exec_id_a_exec_id_b, bell.execution_id, noisy.execution_id)
    given(post_api_graph_search, body=models.SearchBody.from_dict({"nodes": [{"id": "h", "gate": "H"}]}))


def vectors() -> None:
    """Store vectors, search them, entangle them, remove them."""
    one = {"id": "py_1", "vector": [1, 0, 0], "contexts": [{"name": "technical", "weight": 1}]}
    given(post_v2_vectors, body=models.VectorInput.from_dict(one), upsert=True, status=201)
    others = [{"id": "py_2", "vector": [0, 1, 0]}, {"id": "py_3", "vector": [0, 0, 1]}]
    batch = models.BatchInput.from_dict({"vectors": others})
    same(given(post_v2_vectors_batch, body=batch, upsert=True, status=201).failed, 0)
    asked = {
        "vector": [1, 0, 0],
        "context": "technical",
        "top_k": 1,
        "filters": {"id": {"$in": ["py_1", "py_2"]}},
    }
    same(given(post_v2_query, body=models.Query.from_dict(asked)).results[0].id, "py_1")
    several = {"queries": [{"vector": [0, 1, 0]}, {"id": "py_3"}]}
    given(post_v2_query_batch, body=models.QueryBatch.from_dict(several))
    given(put_v2_vectors_vector_id, "py_1", body=models.VectorChange.from_dict({"metadata": {"seen": True}}))
    same(given(get_v2_vectors_vector_id, "py_1").metadata.to_dict(), {"seen": True})
    given(get_v2_vectors, size=2, filter_='{"id": "py_1"}')
    line = given(get_v2_vectors_export, filter_='{"id": "py_3"}').payload.read()
    same(json.loads(line)["id"], "py_3")
    form = models.PostV2VectorsImportFilesBody(vectors=File(BytesIO(array([1.0, 1.0, 0.0])), "vectors.npy"))
    job = given(post_v2_vectors_import, body=form, upsert=True, id_prefix="py_row_", status=202)
    same(str(given(get_v2_jobs_job_id, job.job_id, wait=30).status), "SUCCEEDED")
    group = {"group_id": "py_group", "entity_ids": ["py_2", "py_3"], "correlation_strength": 0.5}
    given(post_v2_entanglement_groups, body=models.GroupInput.from_dict(group), status=201)
    given(get_v2_entanglement_partners_entity_id, "py_2")
    given(delete_v2_entanglement_groups_group_id, "py_group")
    given(post_v2_vectors_delete, body=models.DeleteInput(ids=["py_1", "py_2", "py_3", "py_row_0"]))


def service() -> None:
    """Read how the service is, draw a key and revoke it, and be refused."""
    given(get_v2_health)
    given(get_v2_metrics)
    new = {"name": "generated", "role": "reader"}
    given(delete_v2_keys_key_id, given(post_v2_keys, body=models.NewKeyBody.from_dict(new), status=201).id)
    refused = given(post_api_execute, body=models.ProgramBody(program=PROGRAM, shots=0), status=422)
    same(refused.code, "validation_error")


circuits()
vectors()
service()
