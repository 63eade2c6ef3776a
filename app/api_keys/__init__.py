"""API keys: who may call, and as what."""
