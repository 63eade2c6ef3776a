"""``python -m tests.sandbox.pool``: runs the probe in a simulator process of a pool and prints its report."""

import json
import os
import struct
import sys
from pathlib import Path

from app.circuits.spec import ExecutionSpec, RunLimits
from app.executions.kind import simulate
from app.search.quantum import process as scoring
from app.search.quantum.problem import ScoringProblem
from app.settings import MIB
from app.simulators.pool import SimulatorPool

SPECS = (
    ExecutionSpec("bell", shots=10, seed=1),
    ExecutionSpec(
        "",
        shots=10,
        seed=1,
        program='OPENQASM 2.0; include "qelib1.inc"; qreg q[2]; creg c[2]; h q[0]; measure q->c;',
    ),
    ExecutionSpec(
        "",
        shots=10,
        seed=1,
        program='OPENQASM 3.0; include "stdgates.inc"; qubit[2] q; bit[2] c; h q[0]; c = measure q;',
    ),
)
ONE = struct.pack("!f", 1.0)
SCORING = ScoringProblem(dimension=1, query=ONE, candidates=ONE + ONE, tunneling=True)


class NobodyStops:
    """Stands for the job of a run that nobody stops."""

    read_progress = None

    def on_stop(self, stop: object) -> None:
        """Nobody does."""


def main(data_file: str, port: int, scratch: str) -> None:
    """Start a warm simulator, have it try everything, and then let it work."""
    source = Path(__file__).with_name("probe.py").read_text()
    pool = SimulatorPool(1, 6 * 1024 * MIB, jobs_per_process=10)
    pool.start()
    script = f"{source}\nreport = run({data_file!r}, {port}, {scratch!r})\n"
    with pool.acquire() as simulator:
        # by built-in functions, since the process finds no module of the tests
        expression = f"[space := {{'__name__': 'probe'}}, exec({script!r}, space), space['report']][-1]"
        report = simulator._pool.schedule(eval, args=(expression,)).result(60)
        shots = [
            sum(simulate(simulator, spec, RunLimits(), None, 60, NobodyStops())["counts"].values())
            for spec in SPECS
        ]
        scores = len(simulator.call(scoring.score, [SCORING], timeout_seconds=60))
    pool.stop()
    sys.stdout.write(json.dumps({**report, "user": os.geteuid(), "shots": shots, "scores": scores}) + "\n")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3])
