"""Tests that a real browser runs."""
