"""Event graphs: their formats, their cones and critical paths, and the search for patterns."""
