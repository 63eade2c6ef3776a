"""Tests of replays and comparisons."""
