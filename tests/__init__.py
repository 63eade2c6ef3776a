"""Tests mirror the source: tests/<feature>/test_<file>.py."""
