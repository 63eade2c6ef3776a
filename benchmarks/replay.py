"""Reads of one large execution: replay, overview, one step, and the comparison of two."""

from functools import partial

import msgspec

from benchmarks import report
from benchmarks.client import Connection, checked, timed
from benchmarks.machine import CpuMeter, wait_for_quiet
from benchmarks.options import Options
from benchmarks.report import Goal, Times
from benchmarks.stack import Stack, started_servers

GATES = 9_900
REPEATS = 30
STEPS = 300
"""How many steps are read one after the other, as by somebody who goes through a run."""

STEP_GOAL_MS = 3.0
GOALS_MS = {"replay": 40.0, "overview": 40.0, "step, between these": STEP_GOAL_MS, "compare": 150.0}


def run(options: Options) -> None:
    """Store two large executions and a bell, and read them over HTTP; the bell shows what a request costs."""
    report.section("replay: two executions of 9,904 events, over HTTP on loopback, JSON included")
    with started_servers(graph=False) as stack:
        stack.start_web()
        stack.start_worker()
        first, second = (_execute(stack, f"random?gate_count={GATES}&seed={seed}") for seed in (1, 2))
        bell = _execute(stack, "bell")
        paths = {
            "overview of a bell, the baseline": f"/api/executions/{bell}",
            "replay": f"/api/replay/{first}",
            "overview": f"/api/executions/{first}",
            "step, between these": f"/api/replay/{first}/step/{GATES // 2}",
            "compare": f"/api/replay/compare/{first}/{second}",
        }
        wait_for_quiet()
        measured: dict[str, list[float]] = {name: [] for name in paths}
        with Connection(stack.web_port) as connection:
            for _ in range(min(options.repeats, REPEATS)):
                for name, path in paths.items():
                    milliseconds, response = timed(partial(connection.get, path))
                    checked(response)
                    measured[name].append(milliseconds)
            meter = CpuMeter(stack.parts())
            steps = Times(_steps_ms(connection, first))
            spent = meter.spent_seconds()
    baseline = Times(measured["overview of a bell, the baseline"])
    for name, durations in measured.items():
        taken = Times(durations)
        goal = Goal.at_most(taken.p50, GOALS_MS[name], "ms p50") if name in GOALS_MS else None
        report.times(name, taken, goal)
        if goal is not None:
            report.ratio(f"{name} / overview of a bell", taken.p50, baseline.p50)
    report.times("steps, one after the other", steps, Goal.at_most(steps.p50, STEP_GOAL_MS, "ms p50"))
    for part in ("web", "postgres"):
        report.figure(f"processor time of each: {part}", spent[part] / STEPS * 1_000, "ms")


def _steps_ms(connection: Connection, execution_id: str) -> list[float]:
    """Read steps from all over a run, in order; return how long each took."""
    paths = [f"/api/replay/{execution_id}/step/{number * GATES // STEPS}" for number in range(STEPS)]
    durations = []
    for path in paths:
        milliseconds, response = timed(partial(connection.get, path))
        checked(response)
        durations.append(milliseconds)
    return durations


def _execute(stack: Stack, path: str) -> str:
    with Connection(stack.web_port) as connection:
        body = checked(connection.post(f"/api/execute/{path}"))
    return str(msgspec.json.decode(body)["execution_id"])
