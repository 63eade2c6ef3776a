"""Comparisons: one circuit run clean and under noise, as one job that makes two executions."""
