"""Sends parameter values as bindings of sweeps: the server parses one program once for all of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from qiskit.circuit import QuantumCircuit
from qiskit.primitives.containers.bindings_array import BindingsArray

from qloom.qiskit.backend import QloomBackend
from qloom.qiskit.programs import Program, to_template
from qloom.qiskit.running import Outcome, by_value, drawn_seed, seed_of

T = TypeVar("T")


@dataclass(frozen=True)
class Sweeper:
    """Runs circuits as sweeps with the same options, such as noise and method."""

    backend: QloomBackend
    options: dict[str, Any]

    @property
    def limits(self) -> dict[str, Any]:
        """The limits of the server; a server without sweeps has no limits for them."""
        return self.backend.limits

    @property
    def is_available(self) -> bool:
        """Whether the server has sweeps and takes them under this noise; it refuses the noise of a device."""
        return "device" not in (self.options["noise"] or {}) and "max_sweep_bindings" in self.limits

    def counts(
        self, circuit: QuantumCircuit, values: BindingsArray, shots: int, seed: int | None
    ) -> list[Outcome]:
        """Run a circuit for each binding, in the order of the array's elements."""
        program, columns = _template(circuit, values)

        def run(bindings: dict[str, Any], seed: int | None) -> list[Outcome]:
            found = self.backend.client.sweeps.counts(
                program.text, bindings or None, shots=shots, seed=seed, **self.options
            )
            return [
                Outcome(by_value(program, counts), shots, drawn_seed(found.sweep.seed, index))
                for index, counts in enumerate(found)
            ]

        outcomes = min(shots, 2**circuit.num_clbits)
        most = min(
            self.limits["max_sweep_outcomes"] // outcomes, self.limits["max_sweep_shots"] // max(1, shots)
        )
        return self._in_parts(run, columns, values.size, seed, int(most))

    def values(
        self,
        circuit: QuantumCircuit,
        values: BindingsArray,
        observables: Sequence[dict[str, float]],
        shots: int,
        seed: int | None,
    ) -> tuple["np.ndarray[Any, Any]", "np.ndarray[Any, Any]"]:
        """Estimate observables for each binding; values and errors have shape (bindings, observables).

        0 shots give exact values, whose errors are 0.
        """
        program, columns = _template(circuit, values, exact=shots == 0)
        found = np.zeros((2, values.size, len(observables)))
        for number, part in enumerate(self._shares(observables)):
            wanted = [terms for _, terms in part]

            def run(
                bindings: dict[str, Any], seed: int | None, wanted: list[dict[str, float]] = wanted
            ) -> list[Any]:
                swept = self.backend.client.sweeps.values(
                    program.text,
                    bindings or None,
                    observables=wanted,
                    shots=shots,
                    seed=seed,
                    **self.options,
                )
                return list(np.stack(swept.to_arrays(), axis=1))

            most = min(
                self.limits["max_sweep_values"] // len(wanted),
                self.limits["max_sweep_shots"] // max(1, shots),
            )
            rows = np.array(
                self._in_parts(run, columns, values.size, seed_of(seed, number, level=2), int(most))
            )
            for place, (index, _) in enumerate(part):
                found[0, :, index] += rows[:, 0, place]
                found[1, :, index] += rows[:, 1, place] ** 2  # other sweeps have other shots
        return found[0], np.sqrt(found[1])

    def _shares(self, observables: Sequence[dict[str, float]]) -> list[list[tuple[int, dict[str, float]]]]:
        """Return lists of observables, with their indices, that fit into one sweep; a long one is divided."""
        most, most_terms = int(self.limits["max_sweep_observables"]), int(self.limits["max_sweep_terms"])
        shares: list[list[tuple[int, dict[str, float]]]] = [[]]
        room = most_terms
        for index, observable in enumerate(observables):
            terms = list(observable.items())
            for begin in range(0, len(terms), most_terms):
                cut = dict(terms[begin : begin + most_terms])
                if shares[-1] and (len(cut) > room or len(shares[-1]) == most):
                    shares.append([])
                    room = most_terms
                shares[-1].append((index, cut))
                room -= len(cut)
        return shares

    def _in_parts(
        self,
        run: Callable[[dict[str, Any], int | None], list[T]],
        columns: dict[str, Any],
        size: int,
        seed: int | None,
        most: int,
    ) -> list[T]:
        """Run as many sweeps as the limits need; the bindings of later ones draw from another seed."""
        most = min(most, int(self.limits["max_sweep_bindings"]))
        if columns:
            most = min(most, int(self.limits["max_sweep_numbers"]) // len(columns))
        most = max(1, most)  # the server says which limit one binding is above
        found: list[T] = []
        for number, begin in enumerate(range(0, size, most)):
            part = {name: column[begin : begin + most].tolist() for name, column in columns.items()}
            found += run(part, seed_of(seed, number, level=3))
        return found


def _template(
    circuit: QuantumCircuit, values: BindingsArray, *, exact: bool = False
) -> tuple[Program, dict[str, Any]]:
    """Return a circuit as a program with inputs, and the values of each input, shape (bindings,).

    Values are found by the names of the parameters. A single binding has inputs too: so the server parses and
    transpiles the program once for all sweeps of an optimizer.

    Raises:
        ValueError: a value is no finite number.
    """
    program, inputs = to_template(circuit, exact=exact)
    by_parameter = {
        name: column
        for names, array in values.ravel().data.items()
        for name, column in zip(names, np.moveaxis(np.asarray(array), -1, 0), strict=True)
    }
    for name, column in by_parameter.items():
        if not (finite := np.isfinite(column)).all():
            index = np.unravel_index(int(np.argmin(finite)), values.shape)
            at = tuple(int(each) for each in index)
            raise ValueError(
                f"parameter {name} of circuit {circuit.name!r} is {column[finite.argmin()]} at {at}: "
                "values are finite numbers"
            )
    return program, {name: by_parameter[parameter.name] for name, parameter in inputs.items()}
