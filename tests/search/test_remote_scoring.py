"""From the web to a simulator and back through Redis: what is asked, what is answered, what goes wrong."""

from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Event, Lock, Thread
from typing import Any
from uuid import UUID, uuid4

import pytest
from msgspec import structs
from redis import Redis

from app.errors import InvalidInputError
from app.redis.bounded import BoundedRedis, Command, RedisAwayError
from app.redis.clients import command_client
from app.remote_calls import caller
from app.remote_calls.caller import Deadline, RemoteCaller, calls_list, encode
from app.remote_calls.presence import Presence, channel_of
from app.remote_calls.server import Responder
from app.search import remote_scoring, scoring, shares
from app.search.quantum import process
from app.search.quantum.problem import ScoringProblem, ScoringResult
from app.search.remote_scoring import RemoteScorer
from app.search.scoring import Outcome
from app.simulators.errors import ProcessLostError
from tests.search.fake_simulator import LONG_MS, Simulator, problem, scores
from tests.stack import wait_until


@dataclass
class Watch:
    """Says that a worker with two slots is alive, or none."""

    alive: bool = True

    def slots(self) -> int:
        """Return its slots."""
        return 2 if self.alive else 0


@dataclass
class InProcessMessages:
    """Calls ``respond`` with what is sent, in a thread as a worker would; may be broken or hang."""

    respond: Callable[[str], None]
    redis: BoundedRedis
    prefix: str
    is_broken: bool = False
    hangs: bool = False
    sent: list[str] = field(default_factory=list)
    threads: list[Thread] = field(default_factory=list)

    def send(self, call_id: UUID, name: str, put: Command, seconds: float) -> int:
        """Put the request and send; return how many others wait."""
        self.sent.append(name)
        if self.hangs:
            Event().wait(seconds)
        if self.is_broken or self.hangs:
            raise RedisAwayError("away")
        _, waiting = self.redis.ask(put, ("LLEN", calls_list(self.prefix)), seconds=seconds)
        self.threads.append(Thread(target=self.respond, args=(str(call_id),)))
        self.threads[-1].start()
        return int(waiting)

    def take_back(self, call_id: UUID, name: str, seconds: float) -> None:
        """Nothing waits here."""


@dataclass
class Path:
    """Both ends."""

    scorer: RemoteScorer
    responder: Responder[list[ScoringProblem], list[ScoringResult]]
    simulator: Simulator
    messages: InProcessMessages
    watch: Watch
    presence: Presence
    redis: "Redis"
    prefix: str

    def score(self, *problems: ScoringProblem, milliseconds: float = LONG_MS) -> list[Outcome]:
        """Have problems scored."""
        return self.scorer.score(list(problems), Deadline.after_ms(milliseconds))


@pytest.fixture
def path(redis_url: str) -> Iterator[Path]:
    """Both ends on the tests' Redis, under a prefix of their own."""
    prefix = f"{uuid4()}:"
    redis, calls = command_client(redis_url), BoundedRedis(redis_url)
    simulator, watch = Simulator(), Watch()
    responder = Responder(scoring.CALL, process.score, redis, prefix, simulator)  # type: ignore[arg-type]
    messages = InProcessMessages(responder.respond, calls, prefix)
    scorer = RemoteScorer(RemoteCaller(scoring.CALL, calls, messages, prefix, watch, 5))  # type: ignore[arg-type]
    presence = Presence(redis, prefix)
    presence.start()
    made = Path(scorer, responder, simulator, messages, watch, presence, redis, prefix)
    wait_until(lambda: takers(made), what="the subscription")
    yield made
    presence.stop()
    wait_until(lambda: not takers(made), what="the end of the subscription")
    for thread in messages.threads:
        thread.join()
    redis.close()
    calls.close()


def takers(path: Path) -> int:
    """Return how many workers take messages."""
    ((_, number),) = path.redis.pubsub_numsub(channel_of(path.prefix))  # type: ignore[no-untyped-call]
    return int(number)


def count_looks(path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Return a list that gets an entry each time that the caller looks whether its request was taken."""
    looked: list[Any] = []
    ask = BoundedRedis.ask

    def counted(redis: BoundedRedis, *commands: Any, seconds: float) -> list[Any]:
        if commands[0][0] == "EXISTS":
            looked.append(commands)
        return ask(redis, *commands, seconds=seconds)

    monkeypatch.setattr(BoundedRedis, "ask", counted)
    return looked


def test_several_problems_are_one_message_and_come_back_in_order(path: Path) -> None:
    assert scores(path.score(problem(3), problem(1), problem(2))) == [3, 1, 2]
    assert path.simulator.calls == [3]
    assert path.messages.sent == [scoring.CALL.name]


def test_large_problems_go_in_several_messages(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shares, "MAX_MESSAGE_BYTES", 20)
    assert scores(path.score(problem(3), problem(4), problem(1), problem(1))) == [3, 4, 1, 1]
    assert sorted(path.simulator.calls) == [1, 1, 2]


def test_costly_problems_take_turns_with_those_of_other_requests(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While one request has 20 parts, there are never more than two of them before another's."""
    monkeypatch.setattr(shares, "MAX_PART_MS", 1e-9)
    order: list[str] = []
    taken = Lock()

    def respond(call_id: str) -> None:
        with taken:
            order.append(call_id)
            path.responder.respond(call_id)
            if len(order) == 5:
                other.start()

    path.messages.respond = respond
    waiting: list[int] = []
    send = path.messages.send

    def counted(call_id: UUID, name: str, put: Command, seconds: float) -> int:
        waiting.append(len(path.messages.sent) - len(order))
        return send(call_id, name, put, seconds)

    monkeypatch.setattr(path.messages, "send", counted)
    others: list[Any] = []
    other = Thread(target=lambda: others.append(path.score(problem(7))))
    assert scores(path.score(*(problem(each + 1) for each in range(20)))) == [*range(1, 21)]
    other.join()
    assert scores(others[0]) == [7]
    assert path.simulator.calls == [1] * 21
    assert max(waiting) <= remote_scoring.MAX_PARTS_AT_ONCE, "messages before one that is sent"


def test_a_message_is_taken_once_and_nothing_is_left(path: Path) -> None:
    path.score(problem())
    path.messages.threads[0].join()
    assert list(path.redis.scan_iter(path.prefix + "*")) == []


def test_an_answer_that_nobody_waits_for_expires(path: Path) -> None:
    key, reply_key = scoring.CALL.keys(path.prefix, "x")
    path.redis.set(key, encode([problem()]), px=LONG_MS)
    path.responder.respond("x")
    assert 0 < path.redis.pttl(reply_key) <= 10_000  # type: ignore[operator]


def test_a_problem_whose_time_is_up_is_not_scored(path: Path) -> None:
    path.responder.respond("expired")
    assert path.simulator.calls == []


def test_out_of_time_there_is_no_answer(path: Path) -> None:
    path.messages.respond = lambda _id: None
    assert scores(path.score(problem(), milliseconds=30)) == ["timeout"]
    assert scores(path.score(problem(), milliseconds=0)) == ["timeout"]
    path.messages.hangs = True
    assert scores(path.score(problem(), milliseconds=30)) == ["timeout"], "Redis is only slow"


def test_what_no_worker_takes_is_taken_back(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shares, "MAX_PART_MS", 1e-9)
    path.messages.respond = lambda _id: None
    path.presence.stop()
    wait_until(lambda: not takers(path), what="the end of the subscription")
    assert path.score(*[problem()] * 20) == [scoring.NOT_TAKEN] * 20
    assert len(path.messages.sent) == 1, "no other part is sent"
    assert list(path.redis.scan_iter(path.prefix + "*")) == []


def test_where_scores_are_required_a_worker_that_starts_is_waited_for(path: Path) -> None:
    path.presence.stop()
    wait_until(lambda: not takers(path), what="the end of the subscription")
    begins = Event()

    def respond(call_id: str) -> None:
        begins.wait(caller.TAKE_SECONDS + 0.2)
        path.responder.respond(call_id)

    path.messages.respond = respond
    assert scores(path.scorer.score([problem(2)], Deadline.after_ms(LONG_MS), is_required=True)) == [2]


def test_a_busy_worker_is_waited_for(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(caller, "TAKE_SECONDS", 0.02)
    looked = count_looks(path, monkeypatch)

    def respond(call_id: str) -> None:
        wait_until(lambda: len(looked) >= 3, what="the caller looking")
        path.responder.respond(call_id)

    path.messages.respond = respond
    assert scores(path.score(problem(2))) == [2]


def test_a_slow_run_is_waited_for_though_its_worker_takes_no_more(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(caller, "TAKE_SECONDS", 0.02)
    looked = count_looks(path, monkeypatch)
    score = path.simulator.call

    def slow(*arguments: Any, **options: Any) -> list[ScoringResult]:
        path.presence.stop()
        wait_until(lambda: looked and not takers(path), what="the caller looking")
        return score(*arguments, **options)

    monkeypatch.setattr(path.simulator, "call", slow)
    assert scores(path.score(problem(2))) == [2]
    assert len(looked) == 1, "what was taken is not looked for again"


def test_a_costly_pool_is_sent_only_with_time_for_it_on_a_busy_machine(path: Path) -> None:
    """A worker goes on with what it has begun, and what nobody waits for would keep others from its slot."""
    walk = structs.replace(problem(1_000), tunneling=True)
    enough = remote_scoring.SLOWEST_FACTOR * shares.cost_ms(walk)
    assert scores(path.score(walk, problem(2), milliseconds=0.9 * enough)) == ["timeout", 2]
    assert path.simulator.calls == [1]
    assert scores(path.score(walk, problem(2))) == [1_000, 2]
    assert path.simulator.calls == [1, 1, 1]


def test_a_costly_pool_that_came_late_may_keep_a_worker_busy(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path.messages.respond = lambda _id: None
    assert path.score(problem(), milliseconds=30) == [scoring.OUT_OF_TIME], "it would be over soon"
    monkeypatch.setattr(shares, "MAX_PART_MS", 1e-9)
    assert path.score(problem(), milliseconds=2_000) == [scoring.LATE]
    assert path.score(problem(), milliseconds=0) == [scoring.OUT_OF_TIME], "it was not sent"


def test_costly_pools_of_several_requests_leave_a_slot_to_others(path: Path) -> None:
    walk = structs.replace(problem(1_000), tunneling=True)
    running: list[str] = []
    another_began, found_another = Event(), []

    def respond(call_id: str) -> None:
        running.append(call_id)
        if len(running) > 1:
            another_began.set()
        found_another.append(another_began.wait(0.1))
        running.remove(call_id)
        path.responder.respond(call_id)

    path.messages.respond = respond
    with ThreadPoolExecutor() as requests:
        outcomes = list(requests.map(lambda _: scores(path.score(walk)), range(4)))
    assert outcomes == [[1_000]] * 4
    assert found_another == [False] * 4
    path.messages.respond = path.responder.respond


def test_a_full_queue_takes_no_more(path: Path) -> None:
    path.messages.respond = lambda _id: None
    path.redis.rpush(calls_list(path.prefix), *range(5))
    assert scores(path.score(problem())) == ["queue_full"]
    assert list(path.redis.scan_iter(path.prefix + "*")) == [calls_list(path.prefix).encode()], "no request"


def test_what_was_taken_from_a_full_queue_is_answered(path: Path) -> None:
    path.redis.rpush(calls_list(path.prefix), *range(5))
    send = path.messages.send

    def taken_at_once(*arguments: Any) -> int:
        waiting = send(*arguments)
        path.messages.threads[-1].join()
        return waiting

    path.messages.send = taken_at_once  # type: ignore[method-assign]
    assert scores(path.score(problem(3))) == [3]


def test_nobody_is_asked_where_nobody_is_alive(path: Path) -> None:
    path.watch.alive = False
    assert scores(path.score(problem())) == ["no_worker"]
    walk = structs.replace(problem(1_000), tunneling=True)
    assert scores(path.score(walk, milliseconds=1)) == ["no_worker"], "a costly one"
    assert path.messages.sent == []


def test_a_message_that_is_not_taken_is_a_failure(path: Path) -> None:
    path.messages.is_broken = True
    assert scores(path.score(problem())) == ["queue_unavailable"]


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ProcessLostError("exit code -9"), "simulator_lost"),
        (TimeoutError(), "timeout"),
        (CancelledError(), "simulator_lost"),
        (InvalidInputError("no state"), "scoring_failed"),
        (ValueError("a fault"), "scoring_failed"),
    ],
)
def test_what_goes_wrong_in_a_simulator_is_told(path: Path, error: BaseException, code: str) -> None:
    path.simulator.error = error
    assert scores(path.score(problem(), problem())) == [code, code]


def test_without_redis_there_is_no_answer(path: Path) -> None:
    calls = BoundedRedis("redis://127.0.0.1:1/0")
    away = RemoteCaller(scoring.CALL, calls, path.messages, path.prefix, path.watch, 5)  # type: ignore[arg-type]
    scorer = RemoteScorer(away)
    assert scores(scorer.score([problem()], Deadline.after_ms(LONG_MS))) == ["queue_unavailable"]
    calls.close()
