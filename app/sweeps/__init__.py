"""Sweeps: one program run with many bindings of its inputs, as one job that is done in shards."""
