"""The processes that load qiskit: how they start, and the pool from which a worker's slots acquire them."""
