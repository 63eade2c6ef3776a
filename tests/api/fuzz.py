"""The fuzz: requests drawn from the OpenAPI description, sent to the whole stack.

``make fuzz`` sends thousands; the name of this file keeps it out of ``make test``, where ``test_openapi``
sends some hundreds. Rounds over all operations go on until ``FUZZ_CASES`` requests were sent; ``FUZZ_SEED``
repeats what was drawn.
"""

import os
import sys
import traceback
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance

from tests.api import contract
from tests.api.conftest import Qloom
from tests.descriptions import forget_keys
from tests.stack import Stack

CASES = int(os.environ.get("FUZZ_CASES", "10000"))
SEED = int(os.environ.get("FUZZ_SEED", "1"))

CASES_PER_ROUND = 50
"""Of each operation and mode: several rounds, so that later ones meet what earlier ones have left."""

AFFORDABLE = {"num_qubits": 8, "gate_count": 100, "shots": 2_000, "wait": 1}
"""What legal requests are cut down to: the description allows simulations of many minutes."""

MULTI_STATUS = 207
UNAVAILABLE = 503
ANSWER_SECONDS = 60
NEVER = 0
EXCLUDED = [
    # what fits the schema may be refused all the same: a program that does not parse, for instance
    positive_data_acceptance,
    # a documented 503 is an answer: told apart in ``Fuzz.check``
    not_a_server_error,
]

VALUES_THERE = {"vector": [0.3, 0.7], "entity_ids": ["v3", "v4"], "ids": ["v5", "v6"], "id": "v7"}
"""What bodies are to hold, so that some get past the checks of dimensions and ids."""


def cut_down(case: schemathesis.Case) -> None:
    """Make a legal request affordable."""
    for place in (case.query, case.body):
        if isinstance(place, dict):
            for name, most in AFFORDABLE.items():
                if isinstance(place.get(name), int):
                    place[name] = min(place[name], most)


def use_what_is_there(body: object) -> None:
    """Put values into a body that fit what is stored, wherever it has others under the same names."""
    if isinstance(body, list):
        for each in body:
            use_what_is_there(each)
    elif isinstance(body, dict):
        for name, value in body.items():
            if name in VALUES_THERE:
                body[name] = VALUES_THERE[name]
            else:
                use_what_is_there(value)


@dataclass
class Furniture:
    """Things that are there, whose ids legal requests name; made anew after requests that may remove them."""

    stack: Stack
    webhook_id: str = ""

    def ids(self) -> dict[str, str]:
        """The id for each parameter of a path."""
        vectors = [
            {
                "id": f"v{place}",
                "vector": [1.0, place / 8],
                "metadata": {"n": place, "tag": "a"},
                "contexts": [{"name": "a", "weight": 0.5}, {"name": "b", "weight": 0.5}],
            }
            for place in range(8)
        ]
        self._post("/v2/vectors/batch?upsert=true", {"vectors": vectors})
        group = {"group_id": "g", "entity_ids": ["v0", "v1", "v2"], "correlation_strength": 0.8}
        self._post("/v2/entanglement/groups", group, accepted=(201, 409))
        key = self._post("/v2/keys", {"name": "fuzz", "role": "reader"})
        execution = str(contract.execution(self.stack.post("/api/execute/bell")).execution_id)
        another = str(contract.execution(self.stack.post("/api/execute/ghz")).execution_id)
        webhook = {"url": f"{self.stack.url}/healthz", "events": ["vector.*"], "enabled": True}
        place = f"{self.stack.url}/v2/webhooks/{self.webhook_id}"
        if not requests.put(place, json=webhook, headers=self.stack.admin_headers, timeout=ANSWER_SECONDS).ok:
            self.webhook_id = self._post("/v2/webhooks", webhook)["id"]
        delivery = self._post(f"/v2/webhooks/{self.webhook_id}/test", None)
        return {
            **dict.fromkeys(("execution_id", "job_id", "exec_id_a"), execution),
            "exec_id_b": another,
            "vector_id": "v0",
            "entity_id": "v1",
            "group_id": "g",
            "key_id": key["id"],
            "webhook_id": self.webhook_id,
            "delivery_id": delivery["id"],
        }

    def _post(self, path: str, body: object, accepted: tuple[int, ...] = (200, 201, 202)) -> dict[str, Any]:
        answer = self.stack.post(path, json=body, headers=self.stack.admin_headers)
        assert answer.status_code in accepted, answer.text
        document: dict[str, Any] = answer.json()
        return document


@dataclass
class Fuzz:
    """What was tried so far, and what was wrong."""

    stack: Stack
    cases_per_round: int = CASES_PER_ROUND
    statuses: Counter[int] = field(default_factory=Counter)
    unavailable: Counter[str] = field(default_factory=Counter)
    failures: dict[str, str] = field(default_factory=dict)

    def try_operation(self, operation: Any, mode: GenerationMode, ids: dict[str, str], drawn: int) -> None:
        """Send some requests of an operation; the first failure is kept and ends them."""

        @seed(drawn)
        @settings(
            max_examples=self.cases_per_round,
            suppress_health_check=list(HealthCheck),
            database=None,
            phases=[Phase.generate],
        )
        @given(operation.as_strategy(generation_mode=mode), st.booleans())
        def send(case: schemathesis.Case, names_what_is_there: bool) -> None:
            if mode is GenerationMode.POSITIVE:
                cut_down(case)
                if names_what_is_there:
                    there = {name: ids[name] for name in case.path_parameters if name in ids}
                    case.path_parameters.update(there)
                    use_what_is_there(case.body)
            self.check(case)

        name = f"{operation.method.upper()} {operation.path} ({mode.value}, seed {drawn})"
        try:
            send()
        except Unsatisfiable:  # any text is an id: no request can be wrong
            if mode is not GenerationMode.NEGATIVE:
                self.failures[name] = "no request can be drawn"
        except BaseExceptionGroup as group:
            self.failures[name] = "".join(traceback.format_exception(group))
        except Exception:  # noqa: BLE001 any failure is one to report, after the others were looked for
            self.failures[name] = traceback.format_exc()

    def check(self, case: schemathesis.Case) -> None:
        """Send one request and hold its answer against the description."""
        answer = case.call(headers=self.stack.admin_headers, timeout=ANSWER_SECONDS)
        self.statuses[answer.status_code] += 1
        if answer.status_code == UNAVAILABLE:
            self.unavailable[f"{case.method} {case.path}"] += 1
        described = case.operation.definition.raw["responses"]
        is_told = answer.status_code == UNAVAILABLE and str(UNAVAILABLE) in described
        assert answer.status_code < 500 or is_told, f"{answer.status_code}: {case.as_curl_command()}"
        excluded = [*EXCLUDED]
        if answer.status_code == MULTI_STATUS and answer.json()["failed"]:
            excluded.append(negative_data_rejection)  # the item that is wrong was refused by itself
        case.validate_response(answer, excluded_checks=excluded, headers=self.stack.admin_headers)

    def report(self) -> str:
        """What was sent and answered."""
        statuses = ", ".join(f"{count} × {status}" for status, count in sorted(self.statuses.items()))
        lines = [f"{self.statuses.total()} requests: {statuses}"]
        lines += [f"503 from {operation}: {count}" for operation, count in sorted(self.unavailable.items())]
        lines += [f"\n{name}\n{failure}" for name, failure in self.failures.items()]
        return "\n".join(lines)


def run(qloom: Qloom, cases: int, cases_per_round: int) -> Iterator[Fuzz]:
    """Send rounds of requests until there were so many, or one failed; give the state after each round."""
    stack = qloom.stack
    furniture = Furniture(stack)
    schema = schemathesis.openapi.from_url(f"{stack.url}/openapi.json").exclude(path_regex="^/ws/")
    forget_keys(schema.raw_schema)
    operations = [result.ok() for result in schema.get_all_operations()]
    fuzz = Fuzz(stack, cases_per_round)
    drawn = SEED
    while fuzz.statuses.total() < cases and not fuzz.failures:
        ids = furniture.ids()
        for operation in operations:
            for mode in GenerationMode:
                if mode is GenerationMode.NEGATIVE and not [*operation.iter_parameters(), *operation.body]:
                    continue  # nothing can be wrong in a request that says nothing
                fuzz.try_operation(operation, mode, ids, drawn)
            if operation.method.upper() != "GET":
                ids = furniture.ids()
        drawn += 1
        yield fuzz
    assert not fuzz.failures, fuzz.report()
    assert "Traceback" not in qloom.logs()
    contract.execution(stack.post("/api/execute/bell"))


@pytest.mark.timeout(NEVER)
def test_no_request_of_thousands_is_answered_otherwise_than_described(
    qloom: Qloom, capsys: pytest.CaptureFixture[str]
) -> None:
    for number, fuzz in enumerate(run(qloom, CASES, CASES_PER_ROUND)):
        with capsys.disabled():
            sys.stdout.write(f"\nround with seed {SEED + number}: {fuzz.report()}\n")
