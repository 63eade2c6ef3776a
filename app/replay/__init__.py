"""Replay: an execution step by step, and two executions side by side."""
