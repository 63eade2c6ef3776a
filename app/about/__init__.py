"""What the service says of itself: name, parts that answer, limits, library of circuits."""
