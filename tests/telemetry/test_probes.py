"""Probes run in parallel, within a bound, and each only once at a time."""

from threading import Event, Thread

import pytest

from app.telemetry.probes import Prober

LONG = 30.0


def test_answers_come_by_name() -> None:
    assert Prober().ask({"one": lambda: 1, "none": lambda: None}) == {"one": 1, "none": None}


def test_a_probe_that_hangs_is_left_out_and_the_others_answer() -> None:
    hangs = Event()
    prober = Prober()
    try:
        assert prober.ask({"hanging": hangs.wait, "well": lambda: True}, seconds=2) == {"well": True}
    finally:
        hangs.set()


def test_whoever_asks_while_a_probe_hangs_waits_for_that_one() -> None:
    hangs, prober, begun = Event(), Prober(), []

    def probe() -> bool:
        begun.append(True)
        return hangs.wait(LONG)

    for _ in range(3):
        assert prober.ask({"hanging": probe}, seconds=0.05) == {}
    assert len(begun) == 1
    responses: list[dict[str, object]] = []
    waiting = Thread(target=lambda: responses.append(prober.ask({"hanging": probe}, seconds=LONG)))
    waiting.start()
    hangs.set()
    waiting.join(LONG)
    assert responses == [{"hanging": True}]
    assert prober.ask({"hanging": probe}, seconds=LONG) == {"hanging": True}
    assert len(begun) >= 2, "once it has answered, it is asked anew"


def test_a_probe_with_a_fault_is_logged_and_has_no_answer(caplog: pytest.LogCaptureFixture) -> None:
    def fault() -> None:
        raise RuntimeError("a fault")

    assert Prober().ask({"bad": fault}) == {}
    assert "The probe of bad failed" in caplog.text
