"""The worker of the tests of jobs, for requests whose job has to end."""

from tests.jobs.conftest import idle_worker, worker

__all__ = ["idle_worker", "worker"]
