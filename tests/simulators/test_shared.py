"""What the forkserver does before it forks simulator processes."""

import subprocess
import sys

IN_A_FRESH_PROCESS = """
import os, sys
from pathlib import Path
import app.simulators.shared
from app.circuits import runner

threads = len(list(Path("/proc/self/task").iterdir()))
before = set(sys.modules)
if os.fork() == 0:
    runner.warm_up()
    print(threads, sorted(set(sys.modules) - before), flush=True)
    os._exit(0)
os.wait()
"""


def test_the_forkserver_has_one_thread_and_its_children_load_nothing_more() -> None:
    """A process with threads may not fork; what a child loads is in the memory of that child only."""
    environment = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    ran = subprocess.run(
        [sys.executable, "-c", IN_A_FRESH_PROCESS],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout.split(maxsplit=1) == ["1", "[]\n"], ran.stderr
