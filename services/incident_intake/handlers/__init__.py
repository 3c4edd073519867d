"""What intake does: one function per command, each inside one transaction, each telling its fact."""
