"""Qloom as a backend of Qiskit: a provider, jobs, and native primitives. Needs the extra ``[qiskit]``."""

try:
    import qiskit as _qiskit  # noqa: F401
except ImportError as _error:
    raise ImportError(
        "qloom.qiskit needs Qiskit: pip install 'qiskit>=2.0', or the extra [qiskit] of qloom"
    ) from _error

from qloom.qiskit.backend import QloomBackend
from qloom.qiskit.estimator import EstimatorV2
from qloom.qiskit.job import QloomJob
from qloom.qiskit.provider import QloomProvider
from qloom.qiskit.sampler import SamplerV2

__all__ = ["EstimatorV2", "QloomBackend", "QloomJob", "QloomProvider", "SamplerV2"]
