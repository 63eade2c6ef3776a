"""Vectors: insert, list, update, delete, import and export."""
