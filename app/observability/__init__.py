"""How Qloom shows what it does: logs with one request id, metrics, health."""
