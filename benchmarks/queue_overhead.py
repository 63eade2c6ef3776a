"""Measures the cost of the queue: an empty job through the engine, beside a bare Celery task."""

from functools import partial
from uuid import UUID, uuid4

import msgspec
from celery import Celery
from redis import Redis

from app.circuits.spec import ExecutionSpec
from app.executions import repository
from app.jobs import service, waiting
from app.jobs.service import JobServices, Submission
from benchmarks import report
from benchmarks.client import timed
from benchmarks.machine import wait_for_quiet
from benchmarks.options import Options
from benchmarks.report import Times
from benchmarks.stack import Stack, started_servers

GOAL = 2.0
WARM_UP = 50
REPLY_SECONDS = 10
SPEC = msgspec.to_builtins(ExecutionSpec("bell", shots=1, seed=0))
WORKER = "celery --quiet -A {module}:celery worker -n {name}@bench -Q {queue} -P threads -c 2 -l INFO"
WITHOUT_CHATTER = " --without-gossip --without-mingle"


def run(options: Options) -> None:
    """Measure both in turn, so that both meet the same machine."""
    report.section("queue overhead: submit, notify, claim, empty run in a warm process, store, wake, read")
    with started_servers(graph=False) as stack:
        _start_worker(stack, "benchmarks.noop_worker", "noop", "interactive")
        _start_worker(stack, "benchmarks.bare_worker", "bare", "bare")
        from benchmarks import bare_worker  # reads REDIS_URL, which names the server only now

        bare = partial(_bare, bare_worker.celery, bare_worker.redis)
        ours = partial(_ours, stack, JobServices(stack.connections))
        for _ in range(WARM_UP):
            bare()
            ours()
        wait_for_quiet()
        bare_times, our_times = [], []
        for _ in range(options.repeats):
            bare_times.append(timed(bare)[0])
            our_times.append(timed(ours)[0])
    report.times("bare Celery task, RPUSH, BLPOP", Times(bare_times))
    report.times("empty job through the engine, every row written", Times(our_times))
    report.ratio("engine / bare, medians", Times(our_times).p50, Times(bare_times).p50, GOAL)


def _start_worker(stack: Stack, module: str, name: str, queue: str) -> None:
    stack.start_celery(name, WORKER.format(module=module, name=name, queue=queue) + WITHOUT_CHATTER)


def _bare(celery: Celery, redis: "Redis") -> None:
    key = f"bare:reply:{uuid4()}"
    celery.send_task("bare.reply", args=(key,), queue="bare")
    if redis.blpop([key], REPLY_SECONDS) is None:
        raise RuntimeError("the bare task did not reply")


def _ours(stack: Stack, jobs: JobServices) -> UUID:
    """Do what the web does for one request, without HTTP."""
    connections, job_id = stack.connections, uuid4()
    with connections.database.autocommit() as unit:
        service.check_admission(unit.session, jobs.notifier, connections.settings.max_queued_jobs)
        service.submit(unit, jobs.notifier, Submission("noop", SPEC), job_id)
    waiting.wait_for_end(connections.database, jobs.wake_ups, job_id, REPLY_SECONDS)
    with connections.database.reading() as session:
        if repository.find(session, job_id) is None:
            raise RuntimeError(f"the empty job was not done: {service.get(session, job_id).status}")
    return job_id
