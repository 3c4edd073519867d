"""Whether two reports tell of one event: a score with its reasons. A person decides; nothing is merged by it."""
