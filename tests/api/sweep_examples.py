"""The requests of sweeps whose answers are examples."""

from collections.abc import Iterator

from tests.api.calls import Call
from tests.stack import Stack

PROGRAM = (
    'OPENQASM 3.0;\ninclude "stdgates.inc";\ninput float[64] theta;\nqubit[2] q;\nbit[2] c;\n'
    "ry(theta) q[0];\ncx q[0], q[1];\nc = measure q;\n"
)
COUNTS = {
    "program": PROGRAM,
    "name": "turned_pair",
    "bindings": {"theta": [0.0, 0.785, 1.571]},
    "shots": 1000,
    "seed": 7,
    "tags": ["example"],
}
VALUES = {**COUNTS, "observables": [{"ZZ": 1.0, "XX": 0.5}, {"IZ": 1.0}]}
ASYNC = {"Prefer": "respond-async"}


def calls(stack: Stack) -> Iterator[Call]:
    """Ask for sweeps, read them, and delete one."""
    base, one = "/api/sweeps", "/api/sweeps/{sweep_id}"
    counted, valued, doomed = (
        {"sweep_id": stack.post(base, json=body).json()["sweep_id"]} for body in (COUNTS, VALUES, COUNTS)
    )
    yield Call("POST", base, body=VALUES)
    yield Call("POST", base, 202, body=VALUES, headers=ASYNC)
    yield Call("GET", base, query={"limit": 1, "status": "SUCCEEDED", "tag": "example"})
    yield Call("GET", one, path_values=valued)
    yield Call("GET", f"{one}/request", path_values=valued)
    yield Call("GET", f"{one}/counts", path_values=counted, query={"from": 1, "to": 3})
    yield Call("GET", f"{one}/values", path_values=valued, query={"from": 1, "to": 3})
    for name in ("graphml", "dot", "json"):
        yield Call("GET", f"{one}/graph", path_values=counted, query={"format": name})
    yield Call("POST", f"{one}/executions", path_values=counted, body={"index": 1, "seed": 7})
    yield Call("POST", f"{one}/executions", 202, counted, body={"index": 1, "seed": 7}, headers=ASYNC)
    yield Call("DELETE", one, 204, doomed)
