"""Tests of entanglement."""
