"""Logs, metrics and probes: what every process reports of itself."""
