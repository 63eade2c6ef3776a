"""Calibrations of devices: the errors and times of each qubit and each gate. Plain values, without qiskit.

Errors of gates are average gate infidelities, as randomized benchmarking measures them (E. Magesan et al.,
Phys. Rev. Lett. 106 (2011) 180504). Times are microseconds.
"""

import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from statistics import median
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from app.errors import InvalidInputError
from app.timestamps import iso8601_with_offset

Operation = Literal["delay", "if_else", "reset"]
"""The operations that a device can have beside gates and measurements; ``if_else`` is classical feedback."""

ONE_QUBIT_GATES = frozenset("h id p r rx ry rz s sdg sx sxdg t tdg u u1 u2 u3 x y z".split())
TWO_QUBIT_GATES = frozenset(
    "ch cp crx cry crz cs csdg csx cu1 cu3 cx cy cz dcx ecr iswap rxx ryy rzx rzz swap".split()
)
"""The gates that a device may have, by their names in Qiskit."""

MAX_QUBITS = 1_000
"""The most qubits of a device: more than the largest published devices have."""

MAX_CALIBRATED_GATES = 20_000
"""The most entries of gates: 1,000 qubits with five gates on each and three neighbours have 8,000."""

MAX_CONTENT_BYTES = 8 * 1024 * 1024
"""The largest JSON of a calibration; content that inflates to more was not written by Qloom."""

MAX_TIME_US = 1e6
MIN_LIFETIME_US, MAX_LIFETIME_US = 0.001, 1e9

Rate = Annotated[float, Meta(ge=0, le=1)]
Lifetime = Annotated[float, Meta(ge=MIN_LIFETIME_US, le=MAX_LIFETIME_US)]
Time = Annotated[float, Meta(ge=0, le=MAX_TIME_US)]
Qubit = Annotated[int, Meta(ge=0, lt=MAX_QUBITS)]


class QubitCalibration(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One qubit; without ``t1`` and ``t2`` it does not relax.

    Attributes:
        readout_error: how likely a measured bit is flipped; 1 marks a qubit that cannot be measured.
        prob_meas1_prep0, prob_meas0_prep1: the same for each prepared state, instead of ``readout_error``.
        reset_time: how long a reset takes; the qubit relaxes meanwhile.
    """

    readout_error: Rate | None = None
    prob_meas1_prep0: Rate | None = None
    prob_meas0_prep1: Rate | None = None
    t1: Lifetime | None = None
    t2: Lifetime | None = None
    reset_time: Time = 0.0

    @property
    def flips(self) -> tuple[float, float]:
        """Return the probabilities of reading 1 after preparing 0, and 0 after preparing 1."""
        if self.prob_meas1_prep0 is not None and self.prob_meas0_prep1 is not None:
            return self.prob_meas1_prep0, self.prob_meas0_prep1
        error = 1.0 if self.readout_error is None else self.readout_error
        return error, error

    @property
    def mean_readout_error(self) -> float:
        """Return the flip probability, averaged over the two states."""
        return sum(self.flips) / 2


class GateCalibration(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One gate on one qubit, or on two in this order; the error 1 marks a gate that does not work."""

    qubits: Annotated[tuple[Qubit, ...], Meta(min_length=1, max_length=2)]
    error: Rate = 0.0
    time: Time = 0.0


class Calibration(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A device on one day.

    Attributes:
        gates: for each gate (by Qiskit's name) the qubits that have it, with its error and its time.
        dt_ns: the unit ``dt`` of delays in nanoseconds; without it delays in ``dt`` are refused.
    """

    calibrated_at: Annotated[datetime, Meta(tz=True)]
    qubits: Annotated[tuple[QubitCalibration, ...], Meta(min_length=1, max_length=MAX_QUBITS)]
    gates: dict[str, tuple[GateCalibration, ...]]
    operations: tuple[Operation, ...] = ("delay", "if_else", "reset")
    dt_ns: Annotated[float, Meta(gt=0, le=1_000)] | None = None

    @property
    def moment(self) -> str:
        """Return the date and time of the calibration in RFC 3339's form."""
        return iso8601_with_offset(self.calibrated_at)

    def working_gates(self) -> Iterator[tuple[str, GateCalibration]]:
        """Yield the gates that work, each with its name."""
        for name, gates in self.gates.items():
            for gate in gates:
                if gate.error < 1:
                    yield name, gate

    def connected_qubits(self) -> list[int]:
        """Return the qubits that can be used: the largest connected group of those that work.

        A qubit works if it can be measured and has every one-qubit gate that most qubits of the device have.
        """
        neighbours: dict[int, set[int]] = {qubit: set() for qubit in self._working_qubits()}
        for _, gate in self.working_gates():
            if len(gate.qubits) == 2 and all(qubit in neighbours for qubit in gate.qubits):
                first, second = gate.qubits
                neighbours[first].add(second)
                neighbours[second].add(first)
        largest: list[int] = []
        seen: set[int] = set()
        for qubit in neighbours:
            if qubit not in seen:
                group = _reached(qubit, neighbours)
                seen.update(group)
                largest = max(largest, group, key=len)
        return sorted(largest)

    def _working_qubits(self) -> list[int]:
        own: list[set[str]] = [set() for _ in self.qubits]
        for name, gate in self.working_gates():
            if len(gate.qubits) == 1:
                own[gate.qubits[0]].add(name)
        common = {name for name in set().union(*own) if 2 * sum(name in each for each in own) > len(own)}
        return [
            index
            for index, qubit in enumerate(self.qubits)
            if qubit.mean_readout_error < 1 and common <= own[index]
        ]


class DeviceSummary(msgspec.Struct, frozen=True):
    """A device in a list. Medians are over working qubits and gates; gates without an error do not count."""

    name: str
    source: Annotated[
        Literal["snapshot", "own"], Meta(description="own: a calibration that was put here by its name.")
    ]
    calibration: Annotated[str, Meta(description="Names the calibration: the SHA-256 of its content.")]
    calibrated_at: Annotated[str, Meta(extra_json_schema={"format": "date-time"})]
    num_qubits: int
    num_usable_qubits: Annotated[int, Meta(description="The largest group of connected qubits that work.")]
    num_edges: Annotated[int, Meta(description="Pairs of qubits with a two-qubit gate that works.")]
    basis_gates: list[str]
    operations: list[Operation]
    median_t1: Annotated[float | None, Meta(description="Microseconds.")]
    median_t2: Annotated[float | None, Meta(description="Microseconds.")]
    median_readout_error: float | None
    median_single_gate_error: float | None
    median_two_gate_error: float | None


def summary(name: str, source: Literal["snapshot", "own"], content: bytes) -> DeviceSummary:
    """Return the summary of a device from its content (``pack``)."""
    calibration = unpack(content)
    working = list(calibration.working_gates())
    edges = {frozenset(gate.qubits) for _, gate in working if len(gate.qubits) == 2}
    return DeviceSummary(
        name=name,
        source=source,
        calibration=identity(content),
        calibrated_at=calibration.moment,
        num_qubits=len(calibration.qubits),
        num_usable_qubits=len(calibration.connected_qubits()),
        num_edges=len(edges),
        basis_gates=sorted({name for name, _ in working}),
        operations=sorted(calibration.operations),
        median_t1=_median([qubit.t1 for qubit in calibration.qubits if qubit.t1 is not None]),
        median_t2=_median([qubit.t2 for qubit in calibration.qubits if qubit.t2 is not None]),
        median_readout_error=median_readout_error(calibration),
        median_single_gate_error=median_gate_error(calibration, 1),
        median_two_gate_error=median_gate_error(calibration, 2),
    )


def median_gate_error(calibration: Calibration, num_qubits: int) -> float | None:
    """Return the median error of the gates on so many qubits that work and are not perfect."""
    working = calibration.working_gates()
    return _median([gate.error for _, gate in working if len(gate.qubits) == num_qubits and gate.error > 0])


def median_readout_error(calibration: Calibration) -> float | None:
    """Return the median readout error of the qubits that can be measured."""
    errors = [qubit.mean_readout_error for qubit in calibration.qubits]
    return _median([error for error in errors if error < 1])


def pack(calibration: Calibration) -> bytes:
    """Return the content of a calibration: its JSON, deflated."""
    return zlib.compress(msgspec.json.encode(calibration, order="deterministic"), 9)


def unpack(content: bytes) -> Calibration:
    """Return the calibration of a content."""
    return msgspec.json.decode(_inflated(content), type=Calibration)


def identity(content: bytes) -> str:
    """Return the name of a calibration: the SHA-256 of its JSON, in hexadecimal digits."""
    return sha256(_inflated(content)).hexdigest()


def check(calibration: Calibration) -> None:
    """Refuse a calibration that no device can have.

    Raises:
        InvalidInputError: with the place in the body.
    """
    try:
        calibration.calibrated_at.astimezone(UTC)
    except OverflowError as error:
        message = "the date and time must lie between the years 1 and 9999 in UTC"
        raise InvalidInputError(message, ("body", "calibrated_at")) from error
    for index, qubit in enumerate(calibration.qubits):
        _check_qubit(qubit, ("body", "qubits", index))
    if sum(map(len, calibration.gates.values())) > MAX_CALIBRATED_GATES:
        raise InvalidInputError(f"a device has at most {MAX_CALIBRATED_GATES} gates", ("body", "gates"))
    for name in calibration.gates:
        _check_gates(calibration, name)
    if len(set(calibration.operations)) < len(calibration.operations):
        raise InvalidInputError("an operation is named twice", ("body", "operations"))
    if not calibration.connected_qubits():
        message = "no qubit works: each needs a readout_error below 1 and the one-qubit gates of the others"
        raise InvalidInputError(message, ("body", "qubits"))


def _check_qubit(qubit: QubitCalibration, place: tuple[str | int, ...]) -> None:
    pair = (qubit.prob_meas1_prep0, qubit.prob_meas0_prep1)
    if (pair[0] is None) != (pair[1] is None):
        raise InvalidInputError("prob_meas1_prep0 and prob_meas0_prep1 go together", place)
    if (qubit.readout_error is None) == (pair[0] is None):
        message = "give either readout_error, or prob_meas1_prep0 and prob_meas0_prep1"
        raise InvalidInputError(message, place)
    if (qubit.t1 is None) != (qubit.t2 is None):
        raise InvalidInputError("t1 and t2 go together; a qubit without them does not relax", place)
    if qubit.t1 is not None and qubit.t2 is not None and qubit.t2 > 2 * qubit.t1:
        message = f"t2 is {qubit.t2:g} µs, but relaxation alone limits it to 2 * t1, here {2 * qubit.t1:g} µs"
        raise InvalidInputError(message, (*place, "t2"))


def _check_gates(calibration: Calibration, name: str) -> None:
    place = ("body", "gates", name)
    if name not in ONE_QUBIT_GATES | TWO_QUBIT_GATES:
        known = ", ".join(sorted(ONE_QUBIT_GATES | TWO_QUBIT_GATES))
        raise InvalidInputError(f"no such gate; permitted: {known}", place)
    num_qubits = 1 if name in ONE_QUBIT_GATES else 2
    seen: set[tuple[int, ...]] = set()
    for index, gate in enumerate(calibration.gates[name]):
        here = (*place, index, "qubits")
        if len(gate.qubits) != num_qubits or len(set(gate.qubits)) < num_qubits:
            what = "one qubit" if num_qubits == 1 else "two different qubits"
            raise InvalidInputError(f"{name} acts on {what}", here)
        if max(gate.qubits) >= len(calibration.qubits):
            message = f"there is no qubit {max(gate.qubits)}; they are 0 to {len(calibration.qubits) - 1}"
            raise InvalidInputError(message, here)
        if gate.qubits in seen:
            message = f"{name} on {list(gate.qubits)} is given twice"
            raise InvalidInputError(message, here)
        seen.add(gate.qubits)


def _reached(start: int, neighbours: dict[int, set[int]]) -> list[int]:
    found, waiting = {start}, [start]
    while waiting:
        new = neighbours[waiting.pop()] - found
        found |= new
        waiting.extend(new)
    return list(found)


def _median(values: list[float]) -> float | None:
    return median(values) if values else None


def _inflated(content: bytes) -> bytes:
    return zlib.decompressobj().decompress(content, MAX_CONTENT_BYTES)
