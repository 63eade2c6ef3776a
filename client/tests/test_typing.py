"""A user's script is checked by mypy strict: hints are complete, in both clients."""

import subprocess
import sys
from pathlib import Path

import pytest

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


def test_a_script_is_checked(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    command = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(tmp_path / "cache"), str(script)]
    told = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path).stdout
    revealed = [line.partition("Revealed type is ")[2] for line in told.splitlines() if "Revealed" in line]
    assert len(revealed) == len(REVEALED), told
    for found, expected in zip(revealed, REVEALED, strict=True):
        assert expected in found.replace("builtins.", ""), found
    wrong = {int(line.split(":")[1]) for line in told.splitlines() if ": error:" in line}
    meant = {number for number, line in enumerate(SCRIPT.splitlines(), 1) if "# error" in line}
    assert wrong == meant, told
