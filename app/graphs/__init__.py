"""Event graphs: read in several formats, asked about causes and depth, searched for patterns."""
