"""Finding things: the index that follows the journal, searches, searches that are kept, lists as files."""
