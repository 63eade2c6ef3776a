"""A user's script is checked by mypy strict: hints are complete, in both clients."""

import dataclasses
import subprocess
import sys
from pathlib import Path
from typing import get_type_hints

import pytest

from tests.test_models import classes

pytest.importorskip("mypy", reason="mypy is not installed")

SCRIPT = """
import asyncio

import qloom
from qloom import AsyncQloom, F, Job, Qloom


def main() -> None:
    with Qloom("http://localhost:8000", key="k", retry_seconds=5) as client:
        execution = client.executions.run("ghz", shots=100, num_qubits=4, noise={"type": "thermal"})
        reveal_type(execution)
        reveal_type(execution.counts.most_common(3))
        job: Job = client.executions.submit(program="…", tags=["a"])
        reveal_type(client.jobs.wait(job, timeout=3))
        for summary in client.executions.all(is_noisy=True):
            reveal_type(summary.created_at)
        recent = (F("year") >= 2020) & ~F("x").exists()
        reveal_type(client.vectors.query([1.0, 2.0], filters=recent).results[0].score)
        reveal_type(client.sweeps.values("…", {"theta": [1.0]}, observables=[{"Z": 1.0}]).to_arrays())
        client.executions.run(shots="many")  # error
        client.vectors.insert([1.0], "a")  # error
        execution.count  # error


async def later() -> None:
    async with AsyncQloom() as client:
        reveal_type(await client.executions.run("bell"))
        async for vector in client.vectors.all():
            reveal_type(vector.id)


asyncio.run(later())
try:
    main()
except qloom.InvalidInputError as error:
    reveal_type(error.problems[0].loc)
"""

REVEALED = [
    "qloom.models.executions.Execution",
    "list[tuple[str, int]]",
    "qloom.models.jobs.Job",
    "datetime.datetime",
    "float",
    "tuple[numpy.ndarray",
    "qloom.models.executions.Execution",
    "str",
    "tuple[str | int, ...]",
]


CLIENT = """
from qloom import AsyncQloom, Qloom


def main(client: Qloom) -> None:
    e = client.executions.run("bell")
"""
RESULTS = {
    "client.executions.run('bell').noise_config": "qloom.models.noise.NoiseConfig | None",
    "client.executions.run('bell').counts": "qloom.histogram.Counts",
    "client.executions.run('bell').events": "list[qloom.models.executions.Event] | None",
    "client.executions.list().items": "list[qloom.models.executions.ExecutionSummary]",
    "client.executions.program(e, circuit='transpiled').program": "str",
    "client.executions.estimate('…').gates": "dict[str, int]",
    "client.executions.diagram(e)": "qloom.models.executions.Diagram",
    "client.graphs.get(e).nodes[0].qubits": "list[int] | None",
    "client.graphs.cone(e, 1).graph.edges": "list[qloom.models.graphs.Dependency]",
    "client.graphs.search([]).results[0].match": "dict[str, int]",
    "client.replay.get(e).steps": "list[qloom.models.graphs.GraphNode]",
    "client.states.steps(e).steps[0].qubits[0].bloch": "list[float]",
    "client.states.after(e, 1).basis_states[0].phase": "float | None",
    "client.states.fidelity(e).losses.by_gate": "list[qloom.models.states.GateLoss]",
    "client.states.check(e, []).first_failure": "qloom.models.states.FirstFailure | None",
    "client.comparisons.of(e, e).counts.p_value": "float | None",
    "client.sweeps.counts('…').results[0].counts": "qloom.histogram.Counts",
    "client.sweeps.get('…').shards": "qloom.models.sweeps.Shards | None",
    "client.devices.get('manila').gates": "dict[str, list[qloom.models.devices.GateCalibration]]",
    "client.devices.all()": "typing.Iterator[qloom.models.devices.DeviceSummary]",
    "client.jobs.cancel('…').error": "qloom.models.jobs.JobError | None",
    "client.vectors.insert_batch([]).results": "list[qloom.models.vectors.BatchItem] | None",
    "client.vectors.import_file('a.npy').inserted": "int",
    "client.vectors.export_file('a.ndjson')": "int",
    "client.vectors.query_batch([])": "list[qloom.models.queries.QueryAnswer]",
    "client.entanglement.partners('a')[0].correlation": "float",
    "client.webhooks.list()": "list[qloom.models.webhooks.Webhook]",
    "client.webhooks.all_deliveries('…')": "typing.Iterator[qloom.models.webhooks.Delivery]",
    "client.keys.create('a', 'reader').key": "str | None",
    "client.audit.all()": "typing.Iterator[qloom.models.keys.AuditEntry]",
    "client.health().workers": "dict[str, qloom.models.service.QueueService]",
    "client.circuits()[0].parameters": "list[qloom.models.service.CircuitParameter]",
}
"""What mypy says the main results are."""

MAY_HOLD_ANYTHING = {
    "Job.result", "JobError.details", "SweepError.details", "AuditEntry.details",
    "NoiseConfig.derived", "Vector.metadata", "QueryResult.metadata", "ImportResult.errors",
}  # fmt: skip
"""Members whose form depends on the caller or on the kind of job."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder for all scripts, so that mypy reads the packages once."""
    return tmp_path_factory.mktemp("mypy")


def mypy(folder: Path, script: str) -> str:
    """What mypy strict says about a script."""
    path = folder / "script.py"
    path.write_text(script)
    command = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(folder / "cache"), str(path)]
    return subprocess.run(command, capture_output=True, text=True, cwd=folder).stdout


def test_the_main_results_have_types(folder: Path) -> None:
    told = mypy(folder, CLIENT + "".join(f"    reveal_type({each})\n" for each in RESULTS))
    revealed = [line.partition("Revealed type is ")[2].strip('"') for line in told.splitlines()]
    found = [each.replace("builtins.", "") for each in revealed if each]
    assert dict(zip(RESULTS, found, strict=True)) == RESULTS
    assert "error" not in told, told


def test_no_member_of_an_answer_may_hold_anything_but_a_few() -> None:
    loose = {
        f"{name}.{field.name}"
        for name, kind in classes().items()
        for field in dataclasses.fields(kind)
        if "Any" in str(get_type_hints(kind)[field.name])
    }
    assert loose == MAY_HOLD_ANYTHING


def test_a_script_is_checked(folder: Path) -> None:
    told = mypy(folder, SCRIPT)
    revealed = [line.partition("Revealed type is ")[2] for line in told.splitlines() if "Revealed" in line]
    assert len(revealed) == len(REVEALED), told
    for found, expected in zip(revealed, REVEALED, strict=True):
        assert expected in found.replace("builtins.", ""), found
    wrong = {int(line.split(":")[1]) for line in told.splitlines() if ": error:" in line}
    meant = {number for number, line in enumerate(SCRIPT.splitlines(), 1) if "# error" in line}
    assert wrong == meant, told
