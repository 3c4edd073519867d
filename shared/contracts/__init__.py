"""What the outside and the other services may rely on: envelope, subjects, facts, scales."""
