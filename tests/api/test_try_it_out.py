"""Every operation with what ``/docs`` fills in succeeds, in the order in which ``/docs`` shows them."""

import pytest
import requests

from tests.api.conftest import Qloom
from tests.api.filled import CANCEL, SLOW, Filled, in_order, known_ids, resolvable, wait_for_the_group
from tests.stack import Stack

pytestmark = pytest.mark.xdist_group("api")

JSON = "application/json"


def send(stack: Stack, filled: Filled, ids: dict[str, dict[str, str]]) -> requests.Response:
    """Send a request as Swagger UI does, with ids of things that exist."""
    known = {**filled.path_values, **ids[""], **ids.get(filled.name, {})}
    if filled.name in CANCEL:
        known["job_id"] = stack.submit(SLOW)
    body = resolvable(filled.body)
    content = {} if filled.media_type is None else {"Content-Type": filled.media_type}
    return requests.request(
        filled.method,
        stack.url + filled.path.format(**{name: known[name] for name in filled.path_values}),
        params={
            name: str(value).lower() if isinstance(value, bool) else value
            for name, value in filled.query.items()
        },
        headers={**stack.admin_headers, **filled.headers, **content},
        **({"json": body} if filled.media_type == JSON else {"data": body}),
        timeout=60,
    )


def test_every_operation_succeeds_with_what_is_filled_in(qloom: Qloom) -> None:
    stack = qloom.stack
    stack.delete("/v2/vectors?confirm=all", headers=stack.admin_headers)  # others may have another dimension
    ids = known_ids(stack)
    answered = {}
    for filled in in_order(stack.get("/openapi.json").json()):
        answer = send(stack, filled, ids)
        answered[filled.name] = answer.status_code
        assert answer.ok, f"{filled.method} {filled.path}: {answer.text}"
        if filled.name == "post_v2_entanglement_groups":
            wait_for_the_group(stack)
    assert len(answered) > 60
    accepted = {name for name, status in answered.items() if status == 202}
    assert all(name.endswith(("_retry", "_test", "_redeliver", "_import")) for name in accepted), accepted
