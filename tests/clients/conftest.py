"""A Qloom for generated clients."""

from tests.api.conftest import qloom as qloom
from tests.api.conftest import stack as stack
