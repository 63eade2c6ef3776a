"""Coherence: the states of vectors that have ended are removed."""
