"""The version of Qloom, said once: pyproject.toml reads it, ``GET /`` and stored executions name it."""

VERSION = "0.2.0"

OLDEST_CLIENT = "0.1.0"
"""The oldest version of the Python client that fits. Raise it when older clients could not read an answer.
``GET /`` names it, and a client compares it with its own version before its first call."""
