"""Vectors as arrays of numpy, which is needed only here."""

import io
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from qloom.errors import QloomError
from qloom.models.vectors import Vector

if TYPE_CHECKING:
    from numpy.typing import NDArray


def to_arrays(vectors: Iterable[Vector]) -> "tuple[list[str], NDArray[Any]]":
    """Return the ids of vectors, and their numbers as float64 in an array of shape (vectors, dimension).

    Raises:
        QloomError: a vector was read without its numbers.
    """
    import numpy as np

    found = list(vectors)
    if without := next((each.id for each in found if each.vector is None), None):
        raise QloomError(f"vector {without!r} was read without its numbers: read it with include_vector=True")
    return [each.id for each in found], np.array([each.vector for each in found], dtype=np.float64)


def npy(array: Any) -> bytes:
    """Return an array as the bytes of a ``.npy`` file."""
    import numpy as np

    file = io.BytesIO()
    np.save(file, np.ascontiguousarray(array), allow_pickle=False)
    return file.getvalue()
