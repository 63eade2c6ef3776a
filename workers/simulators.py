"""Runs the host of simulator processes: ``python -m workers.simulators``.

Workers do without it. Where it runs, those of one machine have one copy of Qiskit in memory, not one each.
"""

import os
import signal
import sys
from pathlib import Path

from app.sandbox import process as sandbox

FOLDER = "QLOOM_DATA_DIR"


def main() -> None:
    """Begin anew in an environment without secrets, then serve the workers whose data folder is the same."""
    if sys.argv[1:]:
        from app.search.quantum.process import WARM_UP
        from app.simulators import host
        from app.simulators.pool import preloaded

        host.run(Path(sys.argv[1]), preloaded(WARM_UP.modules))
    _check_settings()
    if sys.platform != "linux" or not os.environ.get(FOLDER):
        signal.pause()  # there is nothing to do; each worker starts its own
    # OpenMP reads once how many threads there may be; Aer is told for each worker how many of them it uses
    os.environ |= {
        "SANDBOX_PYTHON": sys.executable,
        "OMP_NUM_THREADS": str(os.cpu_count() or 1),
        "OPENBLAS_NUM_THREADS": "1",
    }
    command = [str(sandbox.PYTHON), "-m", "workers.simulators", os.environ[FOLDER]]
    os.execv(command[0], command)  # noqa: S606 - no shell is meant


def _check_settings() -> None:
    from app.settings import Settings, SettingsError  # the process that stays needs none

    try:
        Settings.from_env()
    except SettingsError as error:
        raise SystemExit(f"The simulators cannot start: {error}") from error


if __name__ == "__main__":
    main()
