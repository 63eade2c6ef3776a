"""``python -m embedded`` with a small project: really started, stopped, killed and started again."""

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from app.key_format import new_key
from app.settings import SECTIONS
from embedded import environment
from tests.embedded.processes import PROJECT, Running, of_family, survivors, wait_for
from tests.embedded.small_project import PROCFILE, make_project, settings

pytestmark = pytest.mark.usefixtures("servers")

UP = "Ctrl-C stops everything"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project whose web, worker and Flower are small scripts."""
    return make_project(tmp_path / "project")


@contextmanager
def run_stack(project: Path, **more: str) -> Iterator[Running]:
    """Run the supervisor on the project."""
    with Running(["-m", "embedded", "--project", str(project)], settings(project, **more)) as running:
        yield running


def child(running: Running, words: str) -> psutil.Process:
    """Return the one process below the supervisor with these words in its command line."""
    found = [process for process in running.family()[1:] if words in " ".join(process.cmdline())]
    assert len(found) == 1, found
    return found[0]


def workers_below(supervisor: psutil.Process) -> list[psutil.Process]:
    """Return the worker's process, if it runs."""
    return [one for one in supervisor.children() if "worker.py" in " ".join(one.cmdline())]


def test_the_whole_stack_starts_and_runs_a_first_circuit(project: Path) -> None:
    with run_stack(project, DATABASE_URL="", NEO4J_URL="", RING_AGAIN_SECONDS="5") as running:
        running.wait_for_line(UP)
        text = "\n".join(running.lines)
        running.send(signal.SIGINT)
        assert running.wait() == 0
    for part in ("postgres", "valkey", "arcadedb", "web", "flower"):
        assert f"{part} is up" in text
    assert "migrate: schema is up to date on 127.0.0.1:" in text
    assert "workers: 2 workers are up" in text
    assert re.search(r"open the console at http://127\.0\.0\.1:\d+/console/; Ctrl-C stops everything", text)
    assert text.count("RING_AGAIN_SECONDS is no setting any more: ") == 1
    assert "first circuit (bell): 524 × 00, 500 × 11 (execution e1)" in text
    logs = {log.stem for log in (project / "var" / "log").glob("*.log")}
    assert {"postgres", "valkey", "arcadedb", "migrate", "worker", "workers"} <= logs


def test_in_production_the_first_circuit_has_the_given_key_or_is_left_out(project: Path) -> None:
    given = {"QLOOM_PROFILE": "production", "BOOTSTRAP_ADMIN_KEY": new_key()}
    for revoked, line in (
        ("", "first circuit (bell): 524 × 00, 500 × 11 (execution e1)"),
        (
            f"Bearer {given['BOOTSTRAP_ADMIN_KEY']}",
            "no first circuit was run: it needs an API key, and BOOTSTRAP_ADMIN_KEY has no valid one",
        ),
    ):
        with run_stack(project, REVOKED=revoked, **given) as running:
            running.wait_for_line(UP)
            assert line in "\n".join(running.lines)


def test_a_first_circuit_that_waits_for_other_jobs_stops_nothing(project: Path) -> None:
    with run_stack(project, IS_BUSY="1") as running:
        running.wait_for_line(UP)
        text = "\n".join(running.lines)
    assert "the first circuit is not waited for: there are other jobs (HTTP 202)" in text


def test_an_admin_key_that_was_revoked_is_replaced_at_the_next_start(project: Path) -> None:
    file = project / "var" / "admin-api-key"
    with run_stack(project) as running:
        running.wait_for_line(UP)
    old = file.read_text().strip()
    with run_stack(project, REVOKED=f"Bearer {old}") as running:
        running.wait_for_line(UP)
        text, new = "\n".join(running.lines), file.read_text().strip()
        kept = environment.read(project / "var")
    assert kept["BOOTSTRAP_ADMIN_KEY"] == new != old
    assert f"the admin API key in {file} was revoked or has expired; a new one replaces it" in text
    assert f"migrate: the admin key begins with {new[:10]}" in text
    assert (f"admin API key {new} (kept in {file})" in text, f"admin API key {old}" in text) == (True, False)


def test_sigterm_ends_the_programs_before_the_servers_and_leaves_nothing(project: Path) -> None:
    with run_stack(project, WORKER_SLOTS="2") as running:
        running.wait_for_line(UP)
        assert any("first is ready with 2" in line and line.startswith("worker") for line in running.lines)
        processes = running.family()
        assert len(processes) == 5
        running.send(signal.SIGTERM)
        assert running.wait() == 0
        assert survivors(processes) == []
        assert running.lines[-1].endswith("everything has stopped")
    assert (project / "order").read_text() == "first ended while the broker answered\n"


def test_a_program_that_ignores_sigterm_is_killed_with_its_children(tmp_path: Path) -> None:
    project = make_project(tmp_path / "project", PROCFILE + "beat: python worker.py second stubborn\n")
    with run_stack(project) as running:
        running.wait_for_line(UP)
        wait_for(lambda: "sleep" in of_family(running.pid, psutil.Process.name), "a grandchild")
        processes = running.family()
        running.send(signal.SIGTERM)
        wait_for(lambda: any("stopping" in line for line in running.lines), "the stop")
        running.send(signal.SIGTERM)
        assert running.wait() == 0
        assert survivors(processes) == []


def test_nothing_survives_a_kill_of_the_supervisor_and_the_next_run_starts(project: Path) -> None:
    with run_stack(project) as running:
        running.wait_for_line(UP)
        processes = running.family()
        running.send(signal.SIGKILL)
        assert survivors(processes) == []
    with run_stack(project) as running:
        running.wait_for_line(UP)
        running.send(signal.SIGTERM)
        assert running.wait() == 0


def test_parts_that_are_killed_are_started_again(project: Path) -> None:
    with run_stack(project) as running:
        running.wait_for_line(UP)
        for part, words in (("worker", "worker.py"), ("valkey", "valkey-server")):
            killed = child(running, words)
            killed.kill()
            running.wait_for_line(f"{part} ended (SIGKILL)")
            running.wait_for_line(f"{part} was started again")
            wait_for(lambda words=words, old=killed: child(running, words).pid != old.pid, part)
        running.send(signal.SIGTERM)
        assert running.wait() == 0


def test_a_part_that_keeps_dying_waits_longer_each_time(project: Path) -> None:
    with run_stack(project) as running:
        running.wait_for_line(UP)
        (project / "worker.py").write_text("import sys; sys.exit('out of order')")
        child(running, "worker.py").kill()
        assert running.wait_for_line("worker ended (SIGKILL)").endswith("again in 0.5 s")
        for seconds in (0.5, 0.5, 0.5, 0.5, 1, 2):
            line = running.wait_for_line("worker ended (exit code 1)")
            assert line.endswith(f"out of order; again in {seconds} s")
        running.send(signal.SIGTERM)
        assert running.wait() == 0


def test_a_second_run_on_the_same_data_says_so_and_fails(project: Path) -> None:
    with run_stack(project) as running:
        running.wait_for_line(UP)
        with run_stack(project) as second:
            assert second.wait() == 1
            assert len(second.lines) == 1
            assert "already: stop that one, or set QLOOM_DATA_DIR" in second.lines[0]
        running.send(signal.SIGTERM)
        assert running.wait() == 0


@pytest.mark.parametrize("name", ["PORT", "FLOWER_PORT", "VALKEY_PORT"])
def test_a_taken_port_ends_the_start_with_one_line_that_names_its_setting(project: Path, name: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with run_stack(project, **{name: str(port)}) as running:
            assert running.wait() == 1
    assert len(running.lines) == 1
    assert f"port {port} for" in running.lines[0]
    assert running.lines[0].endswith(f"is taken: set {name} to another one")


def test_a_server_that_dies_at_start_ends_the_start_with_its_last_words(project: Path) -> None:
    manifest = project / "var" / "valkey" / "appendonlydir" / "appendonly.aof.manifest"
    manifest.parent.mkdir(parents=True)
    manifest.write_text("not a manifest")
    with run_stack(project) as running:
        assert running.wait() == 1
    assert "valkey ended at start (exit code 1): " in running.lines[-1]
    assert "QLOOM_DATA_DIR" in running.lines[-1]


def test_a_failed_migration_ends_the_start_with_its_last_words(project: Path) -> None:
    with run_stack(project, BROKEN_MIGRATION="1") as running:
        assert running.wait() == 1
    assert "migrate failed (exit code 1): relation does not exist (log: " in running.lines[-1]


def test_a_program_that_cannot_run_ends_the_start(tmp_path: Path) -> None:
    project = make_project(tmp_path / "project", "web: python no_such_file.py\n")
    with run_stack(project) as running:
        assert running.wait() == 1
    assert "web ended at start (exit code 2): " in running.lines[-1]
    assert "no_such_file.py" in running.lines[-1]


def test_a_stop_while_starting_stops_what_was_started(tmp_path: Path) -> None:
    project = make_project(tmp_path / "project", "web: sleep 600\n")
    with run_stack(project) as running:
        running.wait_for_line("migrate: ")
        wait_for(lambda: "sleep" in of_family(running.pid, psutil.Process.name), "the web")
        processes = running.family()
        running.send(signal.SIGINT)
        assert running.wait() == 0
        assert survivors(processes) == []


def test_settings_are_read_from_the_env_file_unless_the_environment_has_them(project: Path) -> None:
    (project / ".env").write_text("WORKER_NAME=from-the-file\nWORKER_SLOTS=7\n")
    with run_stack(project, WORKER_SLOTS="3") as running:
        running.wait_for_line(UP)
        assert any("from-the-file is ready with 3" in line for line in running.lines)


def test_it_runs_on_when_nobody_reads_its_output(project: Path) -> None:
    code = (
        "import subprocess, sys\n"
        "reader = subprocess.Popen(sys.argv[1:], stdout=subprocess.PIPE, text=True)\n"
        "while 'Ctrl-C' not in reader.stdout.readline(): pass\n"
        "reader.stdout.close()\n"
        "print('deaf to', reader.pid, flush=True)\n"
        "print('ended with', reader.wait(), flush=True)\n"
    )
    command = [sys.executable, "-m", "embedded", "--project", str(project)]
    with Running(["-c", code, *command], settings(project)) as running:
        supervisor = psutil.Process(int(running.wait_for_line("deaf to").split()[-1]))
        [worker] = workers_below(supervisor)
        worker.kill()
        wait_for(lambda: not worker.is_running() and workers_below(supervisor) != [], "the restart")
        supervisor.terminate()
        running.wait_for_line("ended with 0")


def command_line(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the operators' command line as ``make cli`` does, without a setting but the data folder."""
    names = {declared.name for section in SECTIONS for _, declared in section.declarations()}
    environment = {name: value for name, value in os.environ.items() if name not in names}
    return subprocess.run(
        [sys.executable, "-m", "embedded.cli", *arguments],
        cwd=PROJECT,
        env={**environment, "QLOOM_DATA_DIR": str(project / "var")},
        capture_output=True,
        text=True,
        timeout=200,
    )


def test_the_command_line_uses_the_settings_of_the_running_stack(project: Path) -> None:
    kept = project / "var" / "environment"
    with run_stack(project, DATABASE_URL="", REDIS_KEY_PREFIX="it's a prefix $HOME:") as running:
        running.wait_for_line(f'make cli ARGS="workers"; it uses the settings in {kept}')
        assert kept.stat().st_mode & 0o777 == 0o600
        assert environment.read(project / "var")["REDIS_KEY_PREFIX"] == "it's a prefix $HOME:"
        migrated = command_line(project, "migrate")
        assert "The schema is up to date." in migrated.stdout, migrated.stderr
        created = command_line(project, "keys", "create", "--name", "ops", "--role", "admin")
        assert created.returncode == 0, created.stderr
        running.send(signal.SIGTERM)
        assert running.wait() == 0
    assert not kept.exists()
    refused = command_line(project, "workers")
    assert refused.returncode == 1
    assert refused.stderr.startswith(
        f"Error: Qloom does not run on {project / 'var'}: start it with make run"
    )
    assert refused.stderr.count("\n") == 1
