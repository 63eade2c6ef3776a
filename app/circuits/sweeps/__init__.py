"""Sweeps: one program run with many bindings of its inputs, for counts or for expectation values."""
