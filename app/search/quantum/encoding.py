"""Amplitude encoding: how float32 vectors become the amplitudes of quantum states."""

import numpy as np
from numpy.typing import NDArray

from app.errors import InvalidInputError

Vectors = NDArray[np.float64]


def unit_vectors(data: bytes, dimension: int) -> Vectors:
    """The vectors in ``data``, one after the other as big-endian float32, each brought to length 1.

    The answer's shape is (number of vectors, dimension), in double precision.

    Raises:
        InvalidInputError: ``data`` is not whole vectors, or one of them is zero or not finite.
    """
    if len(data) % (4 * dimension):
        raise InvalidInputError(f"{len(data)} bytes are no whole float32 vectors of dimension {dimension}")
    vectors = np.frombuffer(data, dtype=">f4").astype(np.float64).reshape(-1, dimension)
    lengths = np.sqrt(np.einsum("ij,ij->i", vectors, vectors))
    if not np.all(np.isfinite(lengths) & (lengths > 0)):
        raise InvalidInputError("a vector is zero or not finite, so it is no quantum state")
    vectors /= lengths[:, np.newaxis]
    return vectors


def qubits_for(states: int) -> int:
    """How many qubits hold that many basis states: ⌈log2 states⌉."""
    return (states - 1).bit_length()
