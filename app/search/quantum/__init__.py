"""How candidates are scored by circuits. Only the simulator process imports what needs numpy or Qiskit."""
