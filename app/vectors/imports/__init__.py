"""Files of vectors: the web stores the body in chunks, a worker stores the vectors chunk by chunk."""
