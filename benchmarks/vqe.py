"""A VQE of 100 iterations × 3 observables: ``python benchmarks/vqe.py PRECISION [URL KEY]`` prints JSON.

With an address it runs on that Qloom, by the Python client; without one, in this process on Aer's
EstimatorV2. It is a script of its own because the client has a virtual environment of its own.
"""

import json
import sys
import time
from contextlib import suppress
from typing import Any

import numpy as np
from qiskit.circuit.library import efficient_su2
from qiskit.quantum_info import SparsePauliOp
from scipy.optimize import minimize  # type: ignore[import-untyped]  # it ships no types

QUBITS, ITERATIONS, CALLS = 4, 100, 200
STRENGTHS = {"ZZ": -1.0, "X": -0.6, "Z": -0.2}
"""A transverse-field Ising chain of four qubits with a field along it."""


def observables() -> list[SparsePauliOp]:
    """The three parts of the energy."""
    return [
        SparsePauliOp.from_sparse_list(
            [
                (letters, list(range(at, at + len(letters))), factor)
                for at in range(QUBITS - len(letters) + 1)
            ],
            num_qubits=QUBITS,
        )
        for letters, factor in STRENGTHS.items()
    ]


class _Enough(Exception):
    """All iterations are done."""


def vqe(estimator: Any, precision: float) -> tuple[float, float]:
    """Return the seconds of all iterations, and how far the best energy is above the ground state's.

    Raises:
        RuntimeError: the optimizer did not come near the ground state, so nothing was measured.
    """
    ansatz, parts = efficient_su2(QUBITS, su2_gates=["ry"], reps=2), observables()
    ground = float(np.linalg.eigvalsh(sum(part.to_matrix() for part in parts))[0])
    energies: list[float] = []

    def energy(values: Any) -> float:
        if len(energies) == ITERATIONS + 1:
            raise _Enough
        (found,) = estimator.run([(ansatz, parts, values)], precision=precision).result()
        energies.append(float(found.data.evs.sum()))
        return energies[-1]

    begin = np.full(ansatz.num_parameters, 0.1)
    energy(begin)  # what is done once is not measured
    started = time.perf_counter()
    with suppress(_Enough):
        while True:
            begin = minimize(energy, begin, method="COBYLA").x
    seconds = time.perf_counter() - started
    above = min(energies) - ground
    if not abs(above) < 0.5:
        raise RuntimeError(f"the best energy is {above:.3f} above the ground state's")
    return seconds, above


def main() -> None:
    """Run the one or the other."""
    precision = float(sys.argv[1])
    if len(sys.argv) == 2:
        from qiskit_aer.primitives import EstimatorV2 as AerEstimator

        seconds, above = vqe(AerEstimator(options={"default_precision": precision}), precision)
        print(json.dumps({"seconds": seconds, "above": above}))
        return
    from qloom import Qloom  # type: ignore[import-not-found]  # only in .client-bench
    from qloom.qiskit import EstimatorV2  # type: ignore[import-not-found]

    with Qloom(*sys.argv[2:4]) as client:
        seconds, above = vqe(EstimatorV2(client, options={"seed_simulator": 1}), precision)
        calls = []
        for _ in range(CALLS):
            started = time.perf_counter()
            client.is_alive()
            calls.append((time.perf_counter() - started) * 1000)
    print(json.dumps({"seconds": seconds, "above": above, "calls": calls}))


if __name__ == "__main__":
    main()
