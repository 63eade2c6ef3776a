"""Python imports this module when a process starts whose ``PYTHONPATH`` has this folder."""

from benchmarks import call_recorder

call_recorder.start()
