"""The response of an estimate."""

from typing import Annotated

import msgspec

from app.models import Queue
from app.rest.struct_schemas import described


class Estimate(msgspec.Struct, kw_only=True):
    """What an execution would take."""

    num_qubits: Annotated[int, described("Those that the circuit declares.")]
    num_qubits_used: Annotated[int, described("Those that an operation acts on; only they are simulated.")]
    num_clbits: int
    depth: Annotated[
        int, described("Layers of operations. Measurements count, barriers do not; an `if` counts as one.")
    ]
    gates: Annotated[dict[str, int], described("How many there are, by the names that events have.")]
    two_qubit_gates: int
    method: str
    method_reason: str
    memory_bytes: Annotated[int, described("Of the state that the method updates with each gate.")]
    queue: Queue
    expected_seconds: Annotated[
        float | None,
        described(
            "The median time in a simulator of those of the newest 1,000 executions that had the same method "
            "and an estimated cost within a factor of two. Null if there are none."
        ),
    ]
