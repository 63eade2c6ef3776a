"""The quantum query: candidates from PostgreSQL, scored by circuits in a worker."""
