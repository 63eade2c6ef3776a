"""What somebody meets who is new to the client: help, short texts, errors that say what would be right."""

import pydoc
import subprocess
import sys
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from qloom import AsyncQloom, Qloom, QloomError

GHZ = 'OPENQASM 2.0; include "qelib1.inc"; qreg q[2]; creg c[2]; h q[0]; cx q[0],q[1]; measure q -> c;'
NOWHERE = "http://127.0.0.1:1"


@pytest.mark.parametrize("kind", [Qloom, AsyncQloom])
@pytest.mark.parametrize(
    ("url", "key", "said"),
    [
        ("localhost:8000", None, "does not begin with http://"),
        ("http://", None, "'http://' names no server"),
        ("http://localhost:port", None, "'http://localhost:port' is no URL: .*port"),
        ("", "ключ", "characters that no key has"),
        ("", "a\nb", "characters that no key has"),
    ],
)
def test_an_address_or_a_key_that_cannot_be_sent_is_refused_at_once(
    kind: type[Any], url: str, key: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("QLOOM_URL", raising=False)
    with pytest.raises(QloomError, match=said):
        kind(url, key)


def test_a_key_from_a_file_may_end_with_a_line_break(client: Qloom) -> None:
    with Qloom(client.url, f"{client._sync._headers['Authorization'].split()[1]}\n") as again:
        assert again.jobs.list(limit=1).items is not None


MISTAKES: list[tuple[Callable[[Qloom], object], str]] = [
    (lambda client: client.executions.run(), 'such as "bell", or program='),
    (lambda client: client.executions.run(GHZ), "give it as program="),
    (lambda client: client.executions.run([GHZ]), r"qloom\.qiskit\.QloomBackend: list"),  # type: ignore[arg-type]
    (lambda client: client.executions.run("bell", noise="thermal"), "noise is a dict"),  # type: ignore[arg-type]
    (lambda client: client.executions.estimate(GHZ, noise="thermal"), "noise is a dict"),  # type: ignore[arg-type]
    (lambda client: client.executions.run("bell", tags="mine"), r"tags takes a list of texts: \['mine'\]"),
    (lambda client: client.sweeps.counts(GHZ, tags="mine"), "tags takes a list"),
    (lambda client: list(client.jobs.all(tags="mine")), "tags takes a list"),  # type: ignore[arg-type]
    (lambda client: client.vectors.delete_many("abc"), r"ids takes a list of texts: \['abc'\]"),
    (lambda client: client.vectors.read("abc"), "ids takes a list"),
    (lambda client: client.entanglement.create_group("g", "ab"), "entity_ids takes a list"),
    (lambda client: client.webhooks.create("https://example.com", "*"), "events takes a list"),
    (lambda client: client.executions.get(7), "named by its id, not by a value of the type int"),  # type: ignore[arg-type]
    (lambda client: client.sweeps.get(None), "a sweep is named by its id"),  # type: ignore[arg-type]
]


@pytest.mark.parametrize(("mistake", "said"), MISTAKES)
def test_a_mistake_is_told_without_a_request(mistake: Callable[[Qloom], object], said: str) -> None:
    with Qloom(NOWHERE, retry_seconds=0) as client:
        client._sync._is_checked = True  # no request at all
        with pytest.raises(QloomError, match=said):
            mistake(client)


def test_what_was_read_stands_for_its_id(client: Qloom) -> None:
    execution = client.executions.run("bell", seed=1, tags=[tag := str(uuid4())])
    (summary,) = client.executions.list(tags=[tag])
    job = client.jobs.get(execution.execution_id)
    assert summary.execution_id == job.job_id == execution.execution_id
    graphs = [client.graphs.get(each) for each in (execution, summary, job, execution.execution_id)]
    assert graphs == [execution.graph] * 4
    replay = client.replay.get(execution)
    assert [node.gate for node in replay][1:3] == ["H", "CX"]
    assert len(replay) == replay.total_steps == len(client.states.steps(replay))
    assert client.comparisons.of(execution, job).divergence_count == 0
    client.executions.delete(job)


def test_texts_are_short(client: Qloom) -> None:
    execution = client.executions.run("ghz", num_qubits=15, seed=1)
    assert repr(execution.graph) == "Graph(32 events, 60 edges)"
    found = [execution, client.replay.get(execution), client.states.steps(execution)]
    found += [client.comparisons.of(execution, execution), client.devices.get("manila")]
    found += [counts := client.sweeps.counts("OPENQASM 3.0; qubit q; bit c; c = measure q;", shots=9)]
    assert max(len(repr(each)) for each in found) < 1500
    assert repr(counts) == f"SweepCounts(1 bindings of 9 shots, sweep {counts.sweep.sweep_id!r})"
    assert repr(execution).startswith(
        f"Execution(execution_id='{execution.execution_id}', circuit_name='ghz'"
    )
    assert f"counts={dict(execution.counts)}" in repr(execution)


def test_help_shows_signatures_and_sentences(client: Qloom) -> None:
    shown = pydoc.plain(pydoc.render_doc(client.jobs))
    assert "cancel(job: qloom.models.jobs.Job | str) -> qloom.models.jobs.Job" in shown
    assert "Cancel a queued or a running job" in shown
    assert "operation object" not in shown
    jobs = type(client.jobs)
    assert jobs.list(client.jobs, limit=1).total == client.jobs.list(limit=1).total


def test_what_is_not_installed_is_named() -> None:
    without = """
import sys
for name in ("numpy", "qiskit", "tqdm"):
    sys.modules[name] = None
import warnings, qloom
from qloom.progress import Bar
for needs in (lambda: qloom.to_arrays([]), lambda: __import__("qloom.qiskit")):
    try:
        needs()
    except ImportError as error:
        print(error)
with warnings.catch_warnings(record=True) as found:
    Bar(True, 3, "vectors").close()
    print(found[0].message)
"""
    told = subprocess.run([sys.executable, "-c", without], capture_output=True, text=True, check=True).stdout
    assert "arrays need numpy" in told
    assert "qloom.qiskit needs Qiskit" in told
    assert "pip install tqdm" in told
