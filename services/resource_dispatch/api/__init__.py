"""Routes of dispatch."""
