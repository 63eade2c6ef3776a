"""Estimates of a run: its method, memory, queue and time, without running it."""
