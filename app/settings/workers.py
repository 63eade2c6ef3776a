"""The settings of the workers."""

from dataclasses import dataclass

from app.settings.declaration import MIB, Section, count, seconds, text

TICKS_IN_A_LEASE = 8
"""A lease is extended eight times in its length, so that a tick that is late loses no job."""

QUERIES_SHARE = 50
"""A queue of 10,000 jobs has room for 200 vector queries: somebody waits for the answer of each."""


@dataclass(frozen=True, kw_only=True)
class WorkerSettings(Section):
    """Workers"""

    worker_slots: int = count(2, "Simulations that a worker of the queue `interactive` runs at once.")
    worker_heavy_slots: int = count(1, "Simulations that a worker of the queue `heavy` runs at once.")
    worker_search_slots: int = count(2, "Vector queries that a worker of the queue `search` scores at once.")
    worker_grace_seconds: float = seconds(
        10, "Seconds that a worker's jobs may go on after SIGTERM. Then they go back to the queue."
    )
    lease_seconds: float = seconds(
        4, "Seconds without a sign of life of a worker after which its jobs are given to other workers."
    )
    max_queued_jobs: int = count(
        10_000,
        "Jobs that may wait; above that, 503. A fiftieth of them may be vector queries; above "
        "that, queries are ranked classically.",
    )
    heavy_cost_bytes: int = count(
        2_000_000_000,
        "Bytes (state × gates × passes) that a run in the queue `interactive` may process; larger runs go to "
        "`heavy`. 2 GB take about a second of one core.",
    )
    max_interactive_seconds: float = seconds(
        10, "Seconds that a run may take in the queue `interactive`. Then it moves to `heavy` too."
    )
    simulator_memory_bytes: int = count(
        6 * 1024 * MIB, "Bytes of address space of one simulator process.", least=2 * 1024 * MIB
    )
    aer_device: str = text(
        "CPU", "`CPU`, or `GPU` on a host where `qiskit-aer-gpu` is installed in place of `qiskit-aer`."
    )

    @property
    def lease_tick_seconds(self) -> float:
        """How often leases are extended, and dead workers' jobs recovered."""
        return self.lease_seconds / TICKS_IN_A_LEASE

    @property
    def max_waiting_queries(self) -> int:
        """How many vector queries may wait in the queue; above, they are ranked classically."""
        return max(1, self.max_queued_jobs // QUERIES_SHARE)
