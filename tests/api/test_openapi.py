"""The OpenAPI description held against the whole stack, whose workers really answer: a bounded fuzz."""

import pytest

from tests.api import fuzz
from tests.api.conftest import Qloom

pytestmark = pytest.mark.xdist_group("api")

CASES = 500
CASES_OF_AN_OPERATION = 4
"""Legal ones, and as many wrong ones: one round over all operations is some 650 requests."""

ROUND_SECONDS = 900
"""On a busy machine the requests take more than the five minutes of other tests."""


@pytest.mark.timeout(ROUND_SECONDS)
def test_every_route_does_what_its_description_says(qloom: Qloom) -> None:
    tried = [each.statuses.total() for each in fuzz.run(qloom, CASES, CASES_OF_AN_OPERATION)]
    assert tried[-1] >= CASES
