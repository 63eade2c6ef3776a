"""Circuits against a running server."""

import asyncio
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from qloom import (
    AsyncQloom,
    InvalidInputError,
    JobCancelledError,
    JobFailedError,
    NotFoundError,
    Qloom,
    QloomError,
    UnauthenticatedError,
    WaitTimeoutError,
)

from tests.server import Server

GHZ = (
    'OPENQASM 2.0; include "qelib1.inc"; qreg q[3]; creg c[3]; '
    "h q[0]; cx q[0],q[1]; cx q[1],q[2]; measure q -> c;"
)
PAIR = 'OPENQASM 2.0; include "qelib1.inc"; qreg q[2]; creg c[2]; cx q[0],q[1]; measure q -> c;'
LONG = {"num_qubits": 22, "gate_count": 3000, "shots": 1}


def test_a_run_is_what_is_stored(client: Qloom) -> None:
    run = client.executions.run(program=GHZ, shots=500, seed=3, name="ghz3", tags=["a"])
    stored = client.executions.get(run.execution_id)
    assert run.counts.shots == 500
    assert set(run.counts) <= {"000", "111"}
    assert (stored.counts, stored.graph, stored.tags) == (run.counts, run.graph, ["a"])
    assert run.events is not None
    assert [event.event_type for event in run.events] == [node.type for node in run.graph.nodes]
    assert client.executions.program(run.execution_id).program == GHZ


def test_a_seed_repeats_and_noise_changes_the_counts(client: Qloom) -> None:
    clean, again = (client.executions.run("bell", seed=5).counts for _ in range(2))
    noisy = client.executions.run("bell", seed=5, noise={"type": "depolarizing", "level": "very_high"})
    assert clean == again
    assert noisy.is_noisy
    assert set(noisy.counts) - set(clean)
    own = client.executions.run(program=GHZ, noise={"measurement_error": 0.5}, seed=1)
    assert len(own.counts) == 8


def test_the_histogram_has_all_shots(client: Qloom) -> None:
    counts = client.executions.run("ghz", num_qubits=4, shots=1000, seed=1).counts
    lines = counts.histogram().splitlines()
    assert sum(int(line.rsplit(" ", 1)[1]) for line in lines) == 1000
    assert counts._repr_html_().count("<rect") == len(counts)
    assert sum(counts.probabilities().values()) == pytest.approx(1)


def test_an_error_has_the_sentence_the_place_and_the_request(client: Qloom) -> None:
    with pytest.raises(InvalidInputError) as caught:
        client.executions.run(program='OPENQASM 2.0;\ninclude "qelib1.inc"; qreg q[2]; foo q[0];')
    error = caught.value
    assert (error.status, error.code, error.line, error.column) == (422, "invalid_program", 2, 34)
    assert error.problems[0].loc == ("body", "program")
    assert "'foo' is not defined" in error.detail
    assert error.request_id in str(error)


def test_what_the_client_can_tell_needs_no_request(client: Qloom) -> None:
    with pytest.raises(QloomError, match="either a circuit of the library"):
        client.executions.run("bell", program=GHZ)
    with pytest.raises(QloomError, match="measurement_error needs a program"):
        client.executions.run("bell", noise={"measurement_error": 0.1})
    with pytest.raises(QloomError, match="num_qubits: only circuits of the library"):
        client.executions.run(program=GHZ, num_qubits=3)


def test_an_idempotency_key_gives_the_same_run(client: Qloom) -> None:
    key = str(uuid4())
    first, second = (client.executions.run("bell", idempotency_key=key) for _ in range(2))
    assert first == second


def test_a_wait_that_ends_never_changes_the_job(client: Qloom) -> None:
    job = client.executions.submit("random", **LONG)
    with pytest.raises(WaitTimeoutError) as caught:
        client.jobs.wait(job, timeout=0.5)
    assert caught.value.job.status in {"QUEUED", "RUNNING"}
    assert client.jobs.cancel(job).status in {"CANCELLED", "CANCELLING"}
    assert client.jobs.wait(job).status == "CANCELLED"


def test_a_cancelled_run_is_told_to_who_waits(server: Server) -> None:
    async def cancelled() -> None:
        async with AsyncQloom(server.url, server.key) as client:
            tag = str(uuid4())
            waiting = asyncio.create_task(client.executions.run("random", tags=[tag], **LONG))
            while not (found := (await client.jobs.list(tags=[tag])).items):
                await asyncio.sleep(0.05)
            await client.jobs.cancel(found[0])
            await waiting

    # the POST that waits is answered with a problem, a later wait for the job with its status
    with pytest.raises((JobCancelledError, QloomError), match="cancelled"):
        asyncio.run(cancelled())


def test_a_wait_tells_how_far_the_job_is(client: Qloom) -> None:
    told: list[tuple[int, int | None]] = []
    job = client.executions.submit("random", num_qubits=18, gate_count=300, shots=1)
    client.jobs.wait(job, progress=lambda *step: told.append(step))
    assert told[-1] == (100, 100)
    assert told == sorted(told)
    told.clear()
    client.jobs.wait(job.job_id, progress=lambda *step: told.append(step))
    assert told == [(100, 100)]


def test_a_failed_job_is_told(client: Qloom) -> None:
    wide = 'OPENQASM 2.0; include "qelib1.inc"; qreg q[17]; creg c[17]; h q; measure q -> c;'
    job = client.executions.submit(program=wide, shots=150_000)
    ended = client.jobs.wait(job)
    assert ended.status == "FAILED"
    assert ended.error is not None
    assert client.jobs.retry(job).retry_of == job.job_id
    assert ended.error.message in str(JobFailedError(ended))


def test_lists_are_iterated_over_all_pages(client: Qloom) -> None:
    tag, before = str(uuid4()), datetime.now(UTC) - timedelta(minutes=5)
    made = {client.executions.run("bell", tags=[tag]).execution_id for _ in range(3)}
    page = client.executions.list(tags=[tag], limit=2)
    assert (len(page), page.total) == (2, 3)
    assert page.next_cursor is not None
    rest = client.executions.list(tags=[tag], limit=2, cursor=page.next_cursor)
    assert {each.execution_id for each in [*page, *rest]} == made
    assert {each.execution_id for each in client.executions.all(tags=[tag], created_after=before)} == made
    assert {each.job_id for each in client.jobs.all(tags=(tag,))} == made


def test_graphs_replays_and_comparisons(client: Qloom) -> None:
    a = client.executions.run(program=GHZ, seed=1)
    b = client.executions.run(program=GHZ, seed=1, noise={"type": "thermal", "level": "high"})
    assert client.graphs.get(a.execution_id) == a.graph
    assert client.graphs.cone(a.execution_id, 4).qubits == [0, 1]
    assert client.graphs.critical_path(a.execution_id).depth == 4
    assert client.graphs.export(a.execution_id, "graphml").startswith("<?xml")
    replay = client.replay.get(a.execution_id)
    assert client.replay.step(a.execution_id, 2).event == replay.steps[2]
    found = client.comparisons.of(a.execution_id, b.execution_id)
    assert found.divergence_count == 0
    assert found.counts.p_value is not None
    both = client.comparisons.run(program=GHZ, noise={"type": "thermal", "level": "high"}, seed=1)
    assert both.counts.p_value == found.counts.p_value
    assert both.job_id


def test_states_fidelities_and_assertions(client: Qloom) -> None:
    clean = client.executions.run(program=GHZ, seed=1)
    after = client.states.after(clean.execution_id, 3, pairs=True)
    assert {each.state: each.probability for each in after.basis_states} == pytest.approx(
        {"000": 0.5, "111": 0.5}
    )
    assert client.states.steps(clean.execution_id, first=1, last=1).steps[0].qubits[0].bloch[
        0
    ] == pytest.approx(1)
    asked = [{"step": 3, "equals": "ghz", "qubits": [0, 1, 2]}, {"step": 1, "qubit": 0, "bloch": [0, 0, 1]}]
    checked = client.states.check(clean.execution_id, asked)
    assert [each.holds for each in checked.assertions] == [True, False]
    assert checked.first_failure is not None
    noisy = client.executions.run(program=GHZ, noise={"type": "depolarizing", "level": "high"})
    assert 0.5 < client.states.fidelity(noisy.execution_id).fidelity < 1


def test_a_program_runs_on_a_device(client: Qloom) -> None:
    summary = client.devices.list(min_qubits=5, limit=1).items[0]
    device = client.devices.get(summary.name)
    assert len(device.qubits) == device.num_qubits == summary.num_qubits
    assert summary.name in {each.name for each in client.devices.all(min_qubits=5)}
    run = client.executions.run(program=GHZ, noise={"device": summary.name}, mitigation="readout", seed=1)
    assert run.layout is not None
    assert len(run.layout.initial) == 3
    assert run.mitigated is not None
    assert sum(run.mitigated.quasi_probabilities.values()) == pytest.approx(1)
    own = {
        "calibrated_at": "2026-01-01T00:00:00Z",
        "qubits": [{"readout_error": 0.5}] * 2,
        "gates": {"sx": [{"qubits": [0]}, {"qubits": [1]}], "rz": [{"qubits": [0]}, {"qubits": [1]}]}
        | {"x": [{"qubits": [0]}, {"qubits": [1]}], "cx": [{"qubits": [0, 1]}]},
    }
    try:
        assert client.devices.put("a-test", own).source == "own"
        noisy = client.executions.run(program=PAIR, noise={"device": "a-test"})
        assert len(noisy.counts) == 4
    finally:
        client.devices.delete("a-test")


def test_an_estimate_runs_nothing(client: Qloom) -> None:
    found = client.executions.estimate(GHZ, shots=100)
    assert (found.num_qubits, found.gates, found.method) == (3, {"H": 1, "CX": 2}, "stabilizer")
    assert client.executions.estimate(circuit="ghz", num_qubits=3).gates == found.gates


def test_all_events_of_a_run_are_read_in_pages(client: Qloom) -> None:
    run = client.executions.run("random", gate_count=1_500, num_qubits=3, seed=1, shots=1)
    events = client.executions.events(run)
    assert events == run.events
    on_one = client.executions.events(run, qubit=1, type=["GATE", "MEASUREMENT"], gate="CX")
    assert on_one == [each for each in events if each.gate_name == "CX" and 1 in (each.qubits or [])]


def test_a_deleted_execution_is_gone(client: Qloom) -> None:
    run = client.executions.run("bell")
    client.executions.delete(run.execution_id)
    with pytest.raises(NotFoundError):
        client.executions.get(run.execution_id)


def test_the_missing_one_of_two_executions_is_named(client: Qloom) -> None:
    run = client.executions.run("bell")
    with pytest.raises(NotFoundError, match="not found: exec_id_b "):
        client.comparisons.of(run, str(uuid4()))


def test_the_service_describes_itself(client: Qloom, server: Server) -> None:
    about = client.about()
    assert (about.name, about.oldest_client) == ("Qloom", "0.1.0")
    assert client.limits()["max_shots"] > 0
    assert "bell" in {circuit.name for circuit in client.circuits()}
    assert client.health().status in {"healthy", "degraded"}
    assert client.status().up
    assert client.is_alive()
    assert client.is_ready()
    assert client.metrics(window=60).window_seconds >= 60
    assert "# TYPE" in client.prometheus()
    with Qloom(server.url, "qloom_wrong") as stranger, pytest.raises(UnauthenticatedError):
        stranger.metrics()


def test_keys_and_the_audit_trail(client: Qloom, server: Server) -> None:
    made = client.keys.create("a test", "reader")
    assert made.key is not None
    assert made.key not in repr(made)
    with Qloom(server.url, made.key) as reader:
        assert reader.keys.ticket().ticket
    rotated = client.keys.rotate(made.id, overlap_seconds=0)
    assert client.keys.revoke(rotated.id).status == "revoked"
    assert made.id in {entry.subject_id for entry in client.audit.list(kind="key")}
    assert any(entry.subject_id == made.id for entry in client.audit.all())


def test_three_lines_to_a_histogram(server: Server) -> None:
    script = (
        "from qloom import Qloom\nclient = Qloom()\nprint(client.executions.run('bell').counts.histogram())"
    )
    environment = {"QLOOM_URL": server.url, "QLOOM_API_KEY": server.key}
    ran = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True
    )
    assert [line.split()[0] for line in ran.stdout.splitlines()] == ["00", "11"]


def test_what_ran_on_a_device_is_read_beside_what_was_sent(client: Qloom) -> None:
    program = """OPENQASM 3.0; include "stdgates.inc";
@here
qubit[2] q; bit[2] c;
h q[0];
c[0] = measure q[0];
if (c[0]) { cx q[0], q[1]; }
c = measure q;
"""
    run = client.executions.run(program=program, noise={"device": "manila"}, seed=1)
    assert run.notes is not None
    assert "'@here' is ignored" in run.notes[0]
    assert run.noise_config is not None
    assert run.noise_config.device is not None
    assert run.noise_config.device.name == run.noise_config.noise_level == "manila"
    conditions = [(each.condition, each.source) for each in run.events or () if each.gate_name == "CX"]
    ((condition, source),) = conditions
    assert condition is not None
    assert source is not None
    assert [(term.classical_bits, term.value, term.equal) for term in condition.terms or ()] == [
        ([0], 1, True)
    ]
    assert (source.line, source.call) == (6, [])
    sent, ran = client.graphs.get(run), client.graphs.get(run, circuit="transpiled")
    replay = client.replay.get(run, circuit="transpiled")
    assert sent == run.graph
    assert replay.steps == ran.nodes
    assert client.replay.step(run, 1, circuit="transpiled").event == ran.nodes[1]
    assert run.layout is not None
    used = {qubit for node in ran.nodes for qubit in node.qubits or ()}
    assert {qubit for qubit in run.layout.initial if qubit is not None} <= used
    assert {node.gate for node in ran.nodes} <= {None, "RZ", "SX", "X", "CX", "ID"}
    assert "$" in client.executions.program(run, circuit="transpiled").program
    assert client.executions.program(run).program == program
    stored = client.executions.get(run)
    assert (stored.counts, stored.noise_config, stored.layout, stored.notes, stored.performance_stats) == (
        run.counts, run.noise_config, run.layout, run.notes, run.performance_stats
    )  # fmt: skip


def test_a_condition_names_the_measurements_behind_an_assigned_bit(client: Qloom) -> None:
    program = """OPENQASM 3.0; include "stdgates.inc"; qubit[2] q; bit[2] c;
h q[0]; c[0] = measure q[0]; c[1] = c[0]; if (c[1]) { x q[1]; } c = measure q;
"""
    run = client.executions.run(program=program, seed=1)
    (condition,) = [each.condition for each in run.events or () if each.condition is not None]
    assert condition.measurements == [2]
    assert set(run.counts) == {"00", "11"}
