"""The states of executions: after each step, under noise, and assertions about them."""
