"""Redis: its clients, calls that may fail without harm, counting windows."""
