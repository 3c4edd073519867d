"""Commands of the post: one function each, run inside one durable transaction."""
