"""A plugin of pytest: Qiskit's own tests of its primitives run on Qloom.

``QLOOM_STANDS_FOR`` says what Qloom takes the place of: ``backends``, under Qiskit's ``BackendSamplerV2`` and
``BackendEstimatorV2``, or ``primitives``, where ``SamplerV2`` and ``EstimatorV2`` are what is tested.
"""

import os
from types import ModuleType
from typing import Any

import pytest
from qloom.qiskit import EstimatorV2, QloomBackend, SamplerV2

from tests.qiskit_own_exceptions import LEFT_OUT

STANDS_FOR = os.environ["QLOOM_STANDS_FOR"]
BACKEND = QloomBackend()


class _Sampler(SamplerV2):
    def __init__(self, *, backend: object, options: dict[str, Any] | None = None) -> None:
        super().__init__(BACKEND, options=options)


class _Estimator(EstimatorV2):
    def __init__(self, *, backend: object, options: dict[str, Any] | None = None) -> None:
        super().__init__(BACKEND, options=options)


class _ExactSampler(SamplerV2):
    """With the arguments of ``StatevectorSampler``."""

    def __init__(self, *, default_shots: int = 1024, seed: int | None = None) -> None:
        super().__init__(BACKEND, options={"default_shots": default_shots, "seed_simulator": seed})


class _ExactEstimator(EstimatorV2):
    """With the arguments of ``StatevectorEstimator``."""

    def __init__(self, *, default_precision: float = 0.0, seed: int | None = None) -> None:
        super().__init__(BACKEND, options={"default_precision": default_precision, "seed_simulator": seed})


PRIMITIVES = {
    "test_backend_sampler_v2": {"BackendSamplerV2": _Sampler},
    "test_backend_estimator_v2": {"BackendEstimatorV2": _Estimator},
    "test_statevector_sampler": {"StatevectorSampler": _ExactSampler},
    "test_statevector_estimator": {"StatevectorEstimator": _ExactEstimator},
}


def put_in_place(module: ModuleType) -> None:
    """Let the names of a module of tests be Qloom's; its tests look them up when they run."""
    if STANDS_FOR == "primitives":
        for name, kind in PRIMITIVES[module.__name__.rpartition(".")[2]].items():
            assert hasattr(module, name)
            setattr(module, name, kind)
        return
    for factory in module.BACKENDS:
        assert callable(factory._factory)
        factory._factory = lambda: BACKEND
    module.BasicSimulator = lambda: BACKEND  # type: ignore[attr-defined]


def is_doubled(item: pytest.Item) -> bool:
    """Whether another case of the test is the same with Qloom.

    It stands for both of Qiskit's backends, and its estimator groups Pauli strings whatever an option says.
    """
    cells = [each.cell_contents for each in item.function.__closure__ or ()]  # type: ignore[attr-defined]
    values = next((each for each in cells if isinstance(each, dict)), {})
    if STANDS_FOR == "primitives" and values.get("abelian_grouping") is False:
        return True
    module = item.getparent(pytest.Module)
    assert module is not None
    return "backend" in values and values["backend"] is not module.obj.BACKENDS[0]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put Qloom in place, and leave out what has a reason."""
    modules = {item.getparent(pytest.Module).obj for item in items}  # type: ignore[union-attr]
    for module in modules:
        put_in_place(module)
    (name,) = (module.__name__.rpartition(".")[2] for module in modules)
    reasons = LEFT_OUT.get((STANDS_FOR, name), {})
    left = [item for item in items if any(item.name.startswith(each) for each in reasons)]
    assert any(is_doubled(item) for item in items) or "statevector" in name
    gone = [each for each in reasons if not any(item.name.startswith(each) for item in left)]
    assert not gone, f"Qiskit has these tests no more: {gone}"
    left += [item for item in items if item not in left and is_doubled(item)]
    config.hook.pytest_deselected(items=left)
    items[:] = [item for item in items if item not in left]
