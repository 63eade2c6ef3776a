"""API keys: who may call, and in which role."""
