"""Which sites belong together: the hub's list of its edges, and the file with which an edge joins."""
