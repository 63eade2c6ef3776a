"""Tests mirror the source: tests/<feature>/test_<file>.py tests app/<feature>/<file>.py."""
