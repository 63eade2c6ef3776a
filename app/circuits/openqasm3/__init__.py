"""OpenQASM 3 programs as circuits: the tree of the reference parser in, a flat ``QuantumCircuit`` out."""
