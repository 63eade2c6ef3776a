"""What a process gives up before it runs what users send: on Linux without root, and without a way back."""
