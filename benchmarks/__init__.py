"""Measures how fast Qloom is: ``python -m benchmarks``. A slow run does not fail."""
