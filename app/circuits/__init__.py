"""Circuits: what can run, its limits, its noise, its events and its event graph.

Pure computation: nothing here knows of storage, queues or the web. Only ``library``, ``program``,
``noisy_gates``, ``noise_model``, ``runner`` and ``events`` import qiskit, and only simulator processes import
those.
"""
