"""Replays: one execution step by step, and two executions side by side."""
