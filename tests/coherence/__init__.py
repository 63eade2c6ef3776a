"""Tests of coherence."""
