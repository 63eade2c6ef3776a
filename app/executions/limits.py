"""The published limits of executions that are no settings (``GET /api/limits``)."""

MAX_TAGS = 16
MAX_TAG_CHARACTERS = 64
MAX_NAME_CHARACTERS = 64
MAX_NOISY_GATES = 100
"""The contract's range of ``gate_count`` under noise."""
