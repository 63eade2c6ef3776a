"""The OpenAPI description held against the whole stack, whose workers really answer."""

import os
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance

from tests.api import contract
from tests.api.conftest import Qloom
from tests.descriptions import forget_keys

pytestmark = pytest.mark.xdist_group("api")

MAX_EXAMPLES = int(os.environ.get("SCHEMATHESIS_MAX_EXAMPLES", "12"))
"""Cases for each operation and mode; more of them find more, and cost minutes."""

AFFORDABLE = {"num_qubits": 8, "gate_count": 100, "shots": 2_000, "wait": 1}
"""What legal requests are cut down to: the description allows simulations of many minutes."""

IDS = {"execution_id", "job_id"}


def cut_down(case: schemathesis.Case) -> None:
    """Make a legal request affordable."""
    for place in (case.query, case.body):
        if isinstance(place, dict):
            for name, most in AFFORDABLE.items():
                if isinstance(place.get(name), int):
                    place[name] = min(place[name], most)


def try_operation(operation: Any, mode: GenerationMode, known_id: str, headers: dict[str, str]) -> None:
    """Send an operation's cases and hold each answer against the description.

    Legal requests name an execution that is there; what is not there, the negative ones name.
    """

    @settings(
        max_examples=MAX_EXAMPLES,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        derandomize=True,
        database=None,
    )
    @given(operation.as_strategy(generation_mode=mode))
    def check(case: schemathesis.Case) -> None:
        if mode is GenerationMode.POSITIVE:
            cut_down(case)
            case.path_parameters.update(dict.fromkeys(IDS & set(case.path_parameters), known_id))
        # what fits the schema may be refused all the same: a program that does not parse, for instance
        answer = case.call(headers=headers, timeout=60)
        case.validate_response(answer, excluded_checks=[positive_data_acceptance], headers=headers)

    try:
        check()
    except Unsatisfiable:  # any text is an id: no request can be wrong
        assert mode is GenerationMode.NEGATIVE


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
def test_every_route_does_what_its_description_says(qloom: Qloom, mode: GenerationMode) -> None:
    stack = qloom.stack
    existing, to_delete = (
        str(contract.execution(stack.post("/api/execute/bell")).execution_id) for _ in range(2)
    )
    schema = schemathesis.openapi.from_url(f"{stack.url}/openapi.json").exclude(path_regex="^/ws/")
    forget_keys(schema.raw_schema)
    tried = 0
    for result in schema.get_all_operations():
        operation = result.ok()
        if mode is GenerationMode.NEGATIVE and not [*operation.iter_parameters(), *operation.body]:
            continue  # nothing can be wrong in a request that says nothing
        known_id = to_delete if operation.method.upper() == "DELETE" else existing
        try_operation(operation, mode, known_id, stack.admin_headers)
        tried += 1
    assert tried >= 10
    assert "Traceback" not in qloom.logs()
    contract.execution(stack.post("/api/execute/bell"))
