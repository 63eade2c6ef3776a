"""How the service describes itself: name, state of its servers, limits, library of circuits."""
