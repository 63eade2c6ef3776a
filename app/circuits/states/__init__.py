"""The quantum state after each step of an execution, its fidelity under noise, and assertions about it."""
