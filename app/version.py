"""The version of Qloom, said once: pyproject.toml reads it, ``GET /`` and stored executions name it."""

VERSION = "0.2.0"
