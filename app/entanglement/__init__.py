"""Entangled groups of vectors: made by a circuit, felt by every change of a member."""
