"""Ideas without a framework: time, ids, errors, places, limits, who may do what."""
