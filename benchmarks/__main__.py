"""``python -m benchmarks [NAME ...]``: run the named benchmarks, or all."""

import argparse
from collections.abc import Callable

from benchmarks import (
    bell,
    burst,
    console,
    digits,
    health,
    keys,
    large,
    memory,
    noise,
    partners,
    python_client,
    queue_overhead,
    reads,
    replay,
    request_path,
    scaling,
    scoring,
    stalls,
    states,
    sweeps,
    vectors,
    web_process,
    webhooks_cost,
)
from benchmarks.options import Options

BENCHMARKS: dict[str, Callable[[Options], None]] = {
    "queue_overhead": queue_overhead.run,
    "bell": bell.run,
    "burst": burst.run,
    "scaling": scaling.run,
    "sweeps": sweeps.run,
    "client": python_client.run,
    "large": large.run,
    "reads": reads.run,
    "replay": replay.run,
    "states": states.run,
    "console": console.run,
    "noise": noise.run,
    "scoring": scoring.run,
    "digits": digits.run,
    "vectors": vectors.run,
    "partners": partners.run,
    "keys": keys.run,
    "webhooks_cost": webhooks_cost.run,
    "health": health.run,
    "web_process": web_process.run,
    "memory": memory.run,
    "stalls": stalls.run,
    "request_path": request_path.run,
}


def main() -> None:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of: {', '.join(BENCHMARKS)} (all)")
    parser.add_argument("--repeats", type=int, default=200, help="how often a short thing is measured")
    parser.add_argument(
        "--stored",
        type=int,
        nargs="+",
        default=[1_000, 100_000],
        help="numbers of stored executions with which an execution of bell is measured, ascending",
    )
    parser.add_argument("--load-seconds", type=float, default=20.0, help="length of the load test")
    parser.add_argument("--clients", type=int, default=16, help="clients of the load test")
    arguments = parser.parse_args()
    unknown = sorted(set(arguments.names) - set(BENCHMARKS))
    if unknown:
        parser.error(f"unknown: {', '.join(unknown)}; there are: {', '.join(BENCHMARKS)}")
    options = Options(arguments.repeats, arguments.stored, arguments.load_seconds, arguments.clients)
    for name in arguments.names or BENCHMARKS:
        BENCHMARKS[name](options)


if __name__ == "__main__":
    main()
