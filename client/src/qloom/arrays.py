"""Vectors as arrays of numpy, which is needed only here."""

import io
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from qloom.errors import QloomError
from qloom.extras import numpy
from qloom.models.vectors import Vector

if TYPE_CHECKING:
    from numpy.typing import NDArray


def to_arrays(vectors: Iterable[Vector]) -> "tuple[list[str], NDArray[Any]]":
    """Return the ids of vectors, and their numbers as float64 in an array of shape (vectors, dimension).

    Raises:
        QloomError: a vector was read without its numbers.
    """
    np = numpy()
    found = list(vectors)
    if without := next((each.id for each in found if each.vector is None), None):
        raise QloomError(f"vector {without!r} was read without its numbers: read it with include_vector=True")
    if not found:
        return [], np.empty((0, 0))
    return [each.id for each in found], np.array([each.vector for each in found], dtype=np.float64)


def checked(array: Any) -> Any:
    """Return an array whose rows are vectors; a table of pandas or polars as an array.

    Raises:
        QloomError: it has not two axes, or masked numbers.
    """
    array = array.to_numpy() if hasattr(array, "to_numpy") else array
    shape = tuple(getattr(array, "shape", (0, 0)))
    if len(shape) != 2:
        raise QloomError(f"an array of vectors has the shape (vectors, dimension), and not {shape}")
    mask = getattr(array, "mask", None)
    if mask is not None and mask.any():
        raise QloomError("an array of vectors has no masked numbers: fill them first")
    return array


def npy(array: Any) -> bytes:
    """Return an array of shape (vectors, dimension) as the bytes of a ``.npy`` file.

    Raises:
        QloomError: its shape is another one, or its numbers are not real.
    """
    np = numpy()
    numbers = np.ascontiguousarray(checked(array))
    if numbers.dtype.kind not in "fiu":
        raise QloomError(f"an array of vectors has real numbers, and not the type {numbers.dtype}")
    if numbers.dtype.kind != "f" or numbers.dtype.itemsize > 8:
        numbers = numbers.astype(np.float64)
    file = io.BytesIO()
    np.save(file, numbers, allow_pickle=False)
    return file.getvalue()
