"""The baseline of the benchmark ``bell``: the contract's execution in the simplest way that is fast."""
