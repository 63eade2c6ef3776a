"""Write ``app/devices/snapshots``: the calibrations of devices in IBM's package ``qiskit-ibm-runtime``.

The package has them under the Apache License 2.0, as ``fake_provider``. It is no dependency of Qloom: run
this in an environment that has it, Qiskit, Aer and msgspec, from the folder of the project::

    PYTHONPATH=. python deploy/device_snapshots.py

Each device is checked: what the calibration gives must be the noise that Aer's ``NoiseModel.from_backend``
finds for IBM's own object.
"""

import sys
import warnings
from collections.abc import Iterator
from datetime import UTC
from pathlib import Path
from typing import Any

import msgspec
from qiskit_aer.noise import NoiseModel

from app.circuits import devices
from app.circuits.device_target import noise_of
from app.circuits.devices import Calibration, GateCalibration, QubitCalibration

FOLDER = Path(__file__).resolve().parent.parent / "app" / "devices" / "snapshots"
LEFT_OUT = frozenset({"fractional", "kyoto"})
"""The first is a made-up device; of the other no two-qubit gate worked on the day of its snapshot."""

DIGITS = 12
"""Significant digits that are kept: more than a calibration has."""

SHORTEST_DT_SECONDS = 1e-12
"""One snapshot has its dt in a wrong unit; a dt below a picosecond is left out."""


def backends() -> Iterator[tuple[str, Any]]:
    """Yield IBM's objects by the names that the devices have here."""
    from qiskit_ibm_runtime import fake_provider

    for name in sorted(vars(fake_provider)):
        short = name.removeprefix("Fake").removesuffix("V2").removesuffix("Backend").lower()
        if name.startswith("Fake") and not name.startswith("FakeProvider") and short not in LEFT_OUT:
            yield short, getattr(fake_provider, name)()


def calibration_of(backend: Any) -> Calibration:
    """Return the calibration in IBM's object; T2 is bounded by 2 T1, as Aer bounds it."""
    target = backend.target
    names = [name for name in target.operation_names if name not in ("measure", "reset", "delay")]
    gates = {
        name: tuple(
            GateCalibration(qubits, _rounded(known.error or 0.0), _rounded((known.duration or 0.0) * 1e6))
            for qubits, known in sorted(target[name].items())
        )
        for name in sorted(names)
        if name in devices.ONE_QUBIT_GATES | devices.TWO_QUBIT_GATES
    }
    operations = [name for name in ("delay", "if_else", "reset") if name in target.operation_names]
    has_dt = target.dt is not None and target.dt > SHORTEST_DT_SECONDS
    return Calibration(
        calibrated_at=backend.properties().last_update_date.astimezone(UTC).replace(microsecond=0),
        qubits=tuple(_qubit(target, index) for index in range(target.num_qubits)),
        gates=gates,
        operations=tuple(operations),  # type: ignore[arg-type]
        dt_ns=_rounded(target.dt * 1e9) if has_dt else None,
    )


def _qubit(target: Any, index: int) -> QubitCalibration:
    known, reset = target.qubit_properties[index], None
    if "reset" in target.operation_names:
        reset = target["reset"].get((index,))
    relaxes = known.t1 is not None and known.t2 is not None
    return QubitCalibration(
        readout_error=_rounded(target["measure"][(index,)].error),
        t1=_rounded(known.t1 * 1e6) if relaxes else None,
        t2=min(_rounded(known.t2 * 1e6), 2 * _rounded(known.t1 * 1e6)) if relaxes else None,
        reset_time=_rounded((reset.duration or 0.0) * 1e6) if reset is not None else 0.0,
    )


def check(backend: Any, content: bytes) -> None:
    """Compare the errors of a calibration with those of Aer's model of the whole device.

    Raises:
        ValueError: they differ.
    """
    calibration = devices.unpack(content)
    usable = calibration.connected_qubits()
    ours, theirs = noise_of(content, tuple(usable)), NoiseModel.from_backend(backend)
    for name, places in ours._local_quantum_errors.items():
        for place, error in places.items():
            there = tuple(usable[qubit] for qubit in place)
            if name == "reset" and there not in theirs._local_quantum_errors.get(name, {}):
                continue
            expected = theirs._local_quantum_errors[name][there]
            if not _is_close(error, expected):
                raise ValueError(f"{name} on {there}")
    for place, error in ours._local_readout_errors.items():
        expected = theirs._local_readout_errors[(usable[place[0]],)]
        if abs(error.probabilities - expected.probabilities).max() > 1e-9:
            raise ValueError(f"readout of {place}")


def _is_close(one: Any, other: Any) -> bool:
    from qiskit.quantum_info import SuperOp

    return bool(abs(SuperOp(one).data - SuperOp(other).data).max() < 1e-9)


def _rounded(value: float) -> float:
    return float(f"{value:.{DIGITS}g}")


def main() -> None:
    """Write one file for each device, and the list of all."""
    warnings.simplefilter("ignore")
    FOLDER.mkdir(exist_ok=True)
    summaries = []
    for name, backend in backends():
        calibration = calibration_of(backend)
        devices.check(calibration)
        content = devices.pack(calibration)
        if "--unchecked" not in sys.argv:
            check(backend, content)
        (FOLDER / f"{name}.json.zlib").write_bytes(content)
        summaries.append(devices.summary(name, "snapshot", content))
    lines = b",\n".join(map(msgspec.json.encode, summaries))
    (FOLDER / "index.json").write_bytes(b"[\n" + lines + b"\n]\n")


if __name__ == "__main__":
    main()
