"""The processes that load qiskit: how they start, and the pool that lends them to a worker's slots."""
