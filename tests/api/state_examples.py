"""The requests about states whose answers are examples: first as a job, then the answer."""

from collections.abc import Iterator

from tests.api.calls import Call

ASSERTIONS = [
    {"step": 1, "qubit": 0, "bloch": [1, 0, 0], "tolerance": 0.01},
    {"step": 2, "entangled": [0, 1]},
    {"step": 2, "equals": "psi_plus", "qubits": [0, 1]},
]
ASYNC = {"Prefer": "respond-async"}


def calls(noisy: str) -> Iterator[Call]:
    """All requests about a noisy bell."""
    one, replay = {"execution_id": noisy}, "/api/replay/{execution_id}"
    step = {**one, "step_index": 2}
    diagram = "/api/executions/{execution_id}/diagram"
    for status, headers in ((202, ASYNC), (200, {})):
        yield Call("GET", f"{replay}/states", status, one, {"from": 1, "to": 3}, headers=headers)
        yield Call(
            "GET", f"{replay}/step/{{step_index}}/state", status, step, {"pairs": "true"}, headers=headers
        )
        yield Call("GET", f"{replay}/fidelity", status, one, headers=headers)
        yield Call("POST", f"{replay}/assertions", status, one, body=ASSERTIONS, headers=headers)
        yield Call("GET", diagram, status, one, {"format": "text"}, headers=headers)
    yield Call("GET", diagram, 200, one, {"format": "svg", "color": "states"})
