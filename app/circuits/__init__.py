"""Circuits: what can run, its limits, its noise, its events and its event graph.

The modules compute: they know nothing of storage, queues or the web. Only simulator processes import the
modules that import qiskit: ``runner`` and what it needs.
"""
