"""The stack of the tests of observability, whose logs are read."""

from tests.observability.conftest import new_stack, own_database_url

__all__ = ["new_stack", "own_database_url"]
