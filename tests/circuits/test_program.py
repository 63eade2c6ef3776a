"""Parsing: what is refused with which sentence, what must work, and what the process limit is for."""

import multiprocessing
import pickle
import signal
import time
from multiprocessing.context import SpawnContext
from pathlib import Path

import pytest

from app.circuits import runner
from app.circuits.parse_guard import parse_guard
from app.circuits.spec import ExecutionSpec, Phase, RunLimits
from app.errors import AppError, InvalidInputError, InvalidProgramError, LimitExceededError
from tests.circuits.conftest import Run
from tests.circuits.programs import DYNAMIC, QASM2, QASM3

MEASURE_2 = "measure q -> c;"
BITS_2 = "qreg q[2]; creg c[2]; "
BITS_3 = "qubit[2] q; bit[2] c; "


@pytest.mark.parametrize(
    ("program", "line", "column", "sentence"),
    [
        (QASM2 + "qreg q[2];\nh q[0]\ncx q[0],q[1];", 5, 1, "needed ';'"),
        (QASM2 + "qreg q[1];\nnope q[0];", 4, 1, "'nope' is not defined"),
        (QASM3 + "qubit[2] q\nh q;", 4, 1, "syntax error at 'h'"),
        (QASM3 + "qubit q;\n nope q;", 4, 2, "gate 'nope' is not defined"),
        (QASM3 + "qubit q;\n`", 4, 1, "token recognition error"),
        (QASM3 + "qubit q; bit[1] c;\nif (c[1] == 1) x q;", 4, 5, "index 1 of c is out of range"),
    ],
)
def test_a_syntax_error_carries_line_and_column(
    run: Run, program: str, line: int, column: int, sentence: str
) -> None:
    with pytest.raises(InvalidProgramError) as caught:
        run(program=program)
    assert (caught.value.line, caught.value.column) == (line, column)
    assert sentence in caught.value.message


@pytest.mark.parametrize(
    ("program", "sentence"),
    [
        (QASM2 + "qreg q[1]; x q;", "measures nothing"),
        (QASM2 + "qreg q[1]; creg c[1]; opaque magic a; magic q[0]; measure q -> c;", "'magic' is opaque"),
        (QASM3 + "qubit q; bit c; x q; break; c = measure q;", "'break' statement outside loop"),
        (
            QASM3 + "input float a; qubit q; bit c; rx(a) q; c = measure q;",
            "the program's inputs have no value: a; POST /api/sweeps takes the values",
        ),
        (QASM3 + "qubit q; bit c; rx(" + "1+" * 3000 + "1) q; c = measure q;", "too deeply"),
        (QASM3 + "qubit q; bit c; rx(1/0) q; c = measure q;", "line 3, column 20: division by zero"),
    ],
)
def test_what_cannot_run_is_refused_with_a_clear_sentence(run: Run, program: str, sentence: str) -> None:
    with pytest.raises(InvalidProgramError, match=sentence):
        run(program=program)


@pytest.mark.parametrize(
    ("program", "limit"),
    [
        (
            QASM3 + "qubit q; bit c; for int i in [0:1000000] { x q; } c = measure q;",
            "max_operations_qasm3",
        ),
        (
            QASM3 + "qubit q; bit c; for int i in [1:99] { for int j in [1:99] { x q; } } c = measure q;",
            "max_operations_qasm3",
        ),
        (
            QASM2 + BITS_2 + "gate g a {" + "x a;" * 99 + "}\n" + "g q;\n" * 99 + MEASURE_2,
            "max_operations",
        ),
    ],
)
def test_what_expands_over_the_operation_limit_names_it(run: Run, program: str, limit: str) -> None:
    with pytest.raises(LimitExceededError) as caught:
        run(program=program)
    assert caught.value.limit == limit


def test_a_file_of_this_machine_never_shows(run: Run, tmp_path: Path) -> None:
    secret = tmp_path / "secret.inc"
    secret.write_text("hidden words;")
    for program in (f'OPENQASM 2.0;\ninclude "{secret}";', f'OPENQASM 3.0;\ninclude "{secret}";'):
        with pytest.raises(InvalidProgramError) as caught:
            run(program=program)
        assert "hidden" not in caught.value.message
        assert str(tmp_path) not in caught.value.message


def test_a_program_without_measurement_runs_when_all_is_measured(run: Run) -> None:
    result = run(program=QASM2 + "qreg q[2]; x q[1];", measure="all")
    assert result["counts"] == {"10": 1024}


@pytest.mark.parametrize("program", [QASM2 + "creg c[1];", QASM3 + "bit c;", QASM3])
def test_a_program_without_qubits_is_refused(run: Run, program: str) -> None:
    with pytest.raises(InvalidProgramError, match="has no qubits"):
        run(program=program, measure="all")


def test_the_users_own_text_comes_back_with_its_language(run: Run) -> None:
    result = run(program=DYNAMIC, circuit="mine")
    assert (result["program"], result["language"], result["circuit_name"]) == (
        DYNAMIC,
        "OpenQASM 3.0",
        "mine",
    )


def test_classical_control_acts_on_what_was_measured(run: Run) -> None:
    two = QASM2 + BITS_2 + "x q[0]; measure q[0] -> c[0]; if (c == 1) x q[1]; measure q -> c;"
    three = QASM3 + BITS_3 + "x q[0]; c[0] = measure q[0]; if (c[0]) { x q[1]; } c = measure q;"
    assert run(program=two)["counts"] == run(program=three)["counts"] == {"11": 1024}


def test_gates_that_qelib1_lacks_but_programs_use_are_known(run: Run) -> None:
    program = QASM2 + BITS_2 + "x q[0]; swap q[0],q[1]; sx q[0]; sxdg q[0]; rzz(0.1) q[0],q[1]; " + MEASURE_2
    assert run(program=program)["counts"] == {"10": 1024}


@pytest.mark.parametrize("name", ["h", "swap", "ch", "iswap"])
def test_a_programs_own_definition_wins_over_a_standard_gate_of_its_name(run: Run, name: str) -> None:
    """Importer, transpiler and simulator all go by names: each would take the standard gate instead."""
    operands = ("a", "q[0]") if name == "h" else ("a, b", "q[0], q[1]")
    definition = f"gate {name} {operands[0]} {{ U(pi, 0, pi) a; }}\n"
    calls = f"{name} {operands[1]};"
    two = "OPENQASM 2.0;\n" + BITS_2 + definition + calls + MEASURE_2
    three = "OPENQASM 3.0;\n" + definition + BITS_3 + calls + "c = measure q;"
    assert run(program=two)["counts"] == run(program=three)["counts"] == {"01": 1024}


def test_over_the_ceiling_nothing_is_simulated(limits: RunLimits) -> None:
    phases: list[Phase] = []
    spec = ExecutionSpec("ghz", shots=10, seed=1, parameters={"num_qubits": 20}, method="statevector")
    result = runner.run(spec, limits, 1e6, phases.append)
    assert result == {"over_ceiling": 16 * 2**20 * 40.0 + 128 * 20 * 10}
    assert phases == [Phase.PARSING]


def test_the_phases_are_told_in_order(limits: RunLimits) -> None:
    phases: list[Phase] = []
    runner.run(ExecutionSpec("bell", shots=1, seed=1), limits, None, phases.append)
    assert phases == [Phase.PARSING, Phase.SIMULATING]


@pytest.mark.parametrize(
    "error",
    [
        AppError("it failed"),
        InvalidInputError("bad", ("query", "shots")),
        InvalidProgramError("line 3, column 4: bad", 3, 4),
        LimitExceededError("too many", "max_shots"),
    ],
)
def test_errors_cross_process_boundaries_whole(error: AppError) -> None:
    copy = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes
    assert type(copy) is type(error)
    assert vars(copy) == vars(error)


def test_the_spec_and_the_limits_cross_process_boundaries(limits: RunLimits) -> None:
    spec = ExecutionSpec("bell", shots=1, seed=2)
    assert pickle.loads(pickle.dumps((spec, limits))) == (spec, limits)  # noqa: S301 - our own bytes


def test_a_parser_that_hangs_is_killed_by_the_timer() -> None:
    context = multiprocessing.get_context("spawn")
    process = context.Process(target=_hang_while_parsing)
    process.start()
    process.join(60)
    assert process.exitcode == -signal.SIGPROF


def test_a_parser_that_waits_for_the_processor_of_a_busy_machine_is_not_killed() -> None:
    context = multiprocessing.get_context("spawn")
    process = context.Process(target=_wait_while_parsing)
    process.start()
    process.join(60)
    assert process.exitcode == 0


def _wait_while_parsing() -> None:
    with parse_guard(0.2, 1024):
        time.sleep(0.5)


def _hang_while_parsing() -> None:
    """Python's own handlers are installed, as in a worker's child: the guard must overrule them."""
    signal.signal(signal.SIGPROF, lambda _number, _frame: None)
    with parse_guard(0.2, 1024):
        while True:
            sum(range(10**6))


def test_a_parser_that_eats_memory_meets_its_bound_and_the_bound_ends_with_it() -> None:
    context = multiprocessing.get_context("spawn")
    assert _answer_of_child(context) == ["refused", "allowed"]


def _answer_of_child(context: SpawnContext) -> list[str]:
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_eat_memory, args=(sender,))
    process.start()
    answer = receiver.recv() if receiver.poll(60) else []
    process.join(30)
    return list(answer)


def _eat_memory(sender: "multiprocessing.connection.Connection[list[str], list[str]]") -> None:
    answer = []
    try:
        with parse_guard(10, 16):
            bytearray(64 * 1024 * 1024)
    except MemoryError:
        answer.append("refused")
    answer.append("allowed" if len(bytearray(64 * 1024 * 1024)) else "")
    sender.send(answer)


def test_the_guard_leaves_timer_and_handler_as_they_were() -> None:
    handler, timer = signal.getsignal(signal.SIGPROF), signal.getitimer(signal.ITIMER_PROF)
    with parse_guard(60, 1024):
        assert signal.getsignal(signal.SIGPROF) is signal.SIG_DFL
    assert signal.getsignal(signal.SIGPROF) is handler
    assert signal.getitimer(signal.ITIMER_PROF) == timer == (0.0, 0.0)


def test_the_guard_leaves_a_timer_that_runs_the_rest_of_its_time() -> None:
    handler = signal.signal(signal.SIGPROF, lambda _number, _frame: None)
    signal.setitimer(signal.ITIMER_PROF, 1_000)
    try:
        with parse_guard(60, 1024):
            assert signal.getitimer(signal.ITIMER_PROF)[0] < 61
        assert 60 < signal.getitimer(signal.ITIMER_PROF)[0] < 1_001
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, handler)
