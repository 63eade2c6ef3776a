"""What a run would take: its method, memory, queue and time, without running it."""
