"""``python -m tests.sandbox.pool``: runs the probe in a simulator process of a pool and prints its report."""

import json
import os
import sys
from pathlib import Path

from app.circuits.spec import ExecutionSpec, RunLimits
from app.settings import MIB
from workers.simulators import SimulatorBench

BELL = ExecutionSpec("bell", shots=10, seed=1)


class NobodyStops:
    """Stands for the job of a run that nobody stops."""

    read_progress = None

    def on_stop(self, stop: object) -> None:
        """Nobody does."""


def main(data_file: str, port: int, scratch: str) -> None:
    """Start a warm simulator, have it try everything, and then let it run a circuit."""
    source = Path(__file__).with_name("probe.py").read_text()
    bench = SimulatorBench(1, RunLimits(), 6 * 1024 * MIB, jobs_per_process=10)
    bench.start()
    script = f"{source}\nreport = run({data_file!r}, {port}, {scratch!r})\n"
    with bench.lend() as simulator:
        # by built-in functions, since the process finds no module of the tests
        expression = f"[space := {{'__name__': 'probe'}}, exec({script!r}, space), space['report']][-1]"
        report = simulator._pool.schedule(eval, args=(expression,)).result(60)
        counts = simulator.run(BELL, None, 60, NobodyStops())["counts"]
    bench.stop()
    sys.stdout.write(json.dumps({**report, "user": os.geteuid(), "counts": counts}) + "\n")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3])
