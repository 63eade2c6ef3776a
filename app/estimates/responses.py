"""The response of an estimate."""

from typing import Annotated

import msgspec

from app.models import Queue
from app.rest.struct_schemas import described


class Estimate(msgspec.Struct, kw_only=True):
    """What an execution would take."""

    num_qubits: Annotated[int, described("The qubits that the circuit declares.")]
    num_qubits_used: Annotated[
        int, described("The qubits on which an operation acts; only these are simulated.")
    ]
    num_clbits: int
    depth: Annotated[
        int, described("Layers of operations. Measurements count, barriers do not; an `if` counts as one.")
    ]
    gates: Annotated[dict[str, int], described("The number of gates by their names in events.")]
    two_qubit_gates: int
    method: str
    method_reason: str
    memory_bytes: Annotated[
        int,
        described(
            "The size of the state that the method updates with each gate. A matrix product state is taken "
            "to have a bond dimension of 2^10 at most."
        ),
    ]
    log2_bond_dimension: Annotated[
        int | None,
        described(
            "Of a matrix product state: 2 to this is the most that its bond dimension can be. It is over "
            "max_log2_bond_dimension only where the method was asked for. Null for other methods."
        ),
    ]
    queue: Queue
    expected_seconds: Annotated[
        float | None,
        described(
            "The median time in a simulator of those of the newest 1,000 executions that had the same method "
            "and an estimated cost within a factor of two. Null if there are none."
        ),
    ]
