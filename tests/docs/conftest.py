"""A Qloom of its own for the documentation: its examples begin with an empty store."""

from tests.api.conftest import qloom as qloom
from tests.api.conftest import stack as stack
