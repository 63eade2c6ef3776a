"""Packages that only some functions need."""

from types import ModuleType


def numpy() -> ModuleType:
    """Return numpy.

    Raises:
        ImportError: it is not installed; the message says what to install.
    """
    try:
        import numpy
    except ImportError as error:
        raise ImportError("arrays need numpy: pip install numpy, or the extra [numpy] of qloom") from error
    return numpy
