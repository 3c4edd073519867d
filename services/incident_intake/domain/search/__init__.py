"""How things are found: texts as they are compared, and the pieces of them that an index can look up."""
