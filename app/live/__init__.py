"""Live streams over WebSockets: an execution event by event, and a job from its request to its counts."""
