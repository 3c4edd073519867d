"""Commands of dispatch: one function each, run inside one durable transaction."""
