"""The small pieces of the supervisor: Procfile, waits, logs, leftovers."""

import io
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from embedded import leftovers
from embedded.errors import EmbeddedError
from embedded.logs import PartLog
from embedded.process import Command, ManagedProcess, run_to_end
from embedded.procfile import read_procfile, with_workers_together
from embedded.supervisor import Backoff, BackoffPolicy
from embedded.terminal import Terminal
from tests.embedded.processes import PROJECT, is_alive, wait_for


def test_waits_double_up_to_the_longest_and_start_over_after_a_healthy_run() -> None:
    policy = BackoffPolicy(first_seconds=1, longest_seconds=5, healthy_seconds=60, quick_restarts=2)
    backoff = Backoff(policy)
    assert [backoff.after(0) for _ in range(5)] == [1, 1, 2, 4, 5]
    assert backoff.after(59.9) == 5
    assert backoff.after(60) == 1
    assert backoff.deaths_in_a_row == 1


def test_the_procfile_of_the_project_names_the_programs() -> None:
    programs = read_procfile(PROJECT / "Procfile")
    workers = ["worker", "worker_heavy", "worker_search"]
    assert list(programs) == ["web", "simulators", *workers, "beat", "flower"]
    assert programs["web"] == "gunicorn -c gunicorn.conf.py wsgi:app"


def test_workers_are_started_by_one_line() -> None:
    programs = read_procfile(PROJECT / "Procfile")
    together = with_workers_together(programs)
    assert together == {
        **{name: line for name, line in programs.items() if not name.startswith("worker_")},
        "worker": "python -m workers interactive heavy search",
    }
    assert list(together) == ["web", "simulators", "worker", "beat", "flower"]
    assert with_workers_together({"web": "gunicorn"}) == {"web": "gunicorn"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("web gunicorn", "line 1: expected 'name: command', found 'web gunicorn'"),
        ("# ok\n\nweb:", "line 3: expected"),
        ("web: a\nweb: b", "line 2: web is there already"),
    ],
)
def test_a_wrong_line_of_a_procfile_is_named(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "Procfile").write_text(text)
    with pytest.raises(EmbeddedError, match=message):
        read_procfile(tmp_path / "Procfile")


def test_a_missing_procfile_is_named(tmp_path: Path) -> None:
    with pytest.raises(EmbeddedError, match=r"cannot read .*Procfile: No such file"):
        read_procfile(tmp_path / "Procfile")


def test_a_log_keeps_the_run_before_and_stays_bounded(tmp_path: Path) -> None:
    path = tmp_path / "log" / "web.log"
    PartLog(path).write(b"first run\n")
    log = PartLog(path, max_bytes=100)
    assert (tmp_path / "log" / "web.log.1").read_text() == "first run\n"
    for number in range(50):
        log.write(b"line %d\n" % number)
    assert path.stat().st_size <= 100
    assert path.read_text().endswith("line 49\n")
    assert log.last_line() == "line 49"


def test_the_last_words_are_not_those_of_a_stack_trace(tmp_path: Path) -> None:
    log = PartLog(tmp_path / "java.log")
    assert log.last_line() == "it wrote nothing"
    for line in (b"java.net.BindException: in use\n", b"\tat java.base\n", b"\n"):
        log.write(line)
    assert log.last_line() == "java.net.BindException: in use"


def test_a_log_on_a_full_disk_loses_lines_but_goes_on(tmp_path: Path) -> None:
    seen: list[str] = []
    log = PartLog(tmp_path / "full.log", seen.append)
    (tmp_path / "full.log").symlink_to("/dev/full")
    log.write(b"still here\n")
    assert seen == ["still here"]
    assert log.lines() == ["still here", "(log file: No space left on device)"]


def test_lines_carry_the_name_of_their_part() -> None:
    stream = io.StringIO()
    Terminal(stream).part_line("worker", "ready")
    assert stream.getvalue() == "worker       | ready\n"


def test_a_command_ends_with_its_process_group(tmp_path: Path) -> None:
    log = PartLog(tmp_path / "log")
    command = Command(["sh", "-c", "sleep 600 & echo $!; wait"], tmp_path)
    process = ManagedProcess(command, log)
    wait_for(lambda: log.last_line().isdecimal(), "the child's start")
    child = psutil.Process(int(log.last_line()))
    process.send(signal.SIGKILL)
    assert process.wait(60)
    wait_for(lambda: not is_alive(child), "the child's end")
    assert process.how_it_ended() == "SIGKILL"


def test_a_program_that_does_not_exist_is_named(tmp_path: Path) -> None:
    log = PartLog(tmp_path / "log")
    assert run_to_end(Command(["no-such-program"], tmp_path), log, 60) == 1
    assert log.last_line().startswith("cannot run no-such-program: ")


def test_a_short_command_is_killed_when_it_takes_too_long(tmp_path: Path) -> None:
    assert run_to_end(Command(["sleep", "600"], tmp_path), PartLog(tmp_path / "log"), 0.2) == -signal.SIGKILL


STANDARD_SIGNALS = (1 << 31) - 1
"""1 to 31 as a mask; the ones above belong to the C library, and to whoever started the tests."""


def test_children_get_the_default_signals_back(tmp_path: Path) -> None:
    log = PartLog(tmp_path / "log")
    code = "print(*(line for line in open('/proc/self/status') if line.startswith('SigIgn')))"
    run_to_end(Command([sys.executable, "-S", "-c", code], tmp_path), log, 60)
    ignored = int(log.last_line().split()[1], 16)
    by_python = 1 << (signal.SIGPIPE - 1) | 1 << (signal.SIGXFSZ - 1)
    assert ignored & STANDARD_SIGNALS & ~by_python == 0


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    """A process that is nobody's part."""
    with subprocess.Popen(["sleep", "600"], start_new_session=True) as process:
        yield process
        process.kill()


def test_a_leftover_of_an_earlier_run_is_ended(tmp_path: Path, sleeper: subprocess.Popen[bytes]) -> None:
    record = tmp_path / "run" / "web"
    leftovers.remember(record, sleeper.pid)
    assert leftovers.end_leftover(record)
    assert not psutil.pid_exists(sleeper.pid)
    assert not record.exists()


def test_a_stranger_with_the_same_process_id_is_left_alone(
    tmp_path: Path, sleeper: subprocess.Popen[bytes]
) -> None:
    record = tmp_path / "web"
    record.write_text(f"{sleeper.pid} 1.0\n")
    assert not leftovers.end_leftover(record)
    assert sleeper.poll() is None
