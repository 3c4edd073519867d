"""What is done to call-outs: by facts, by people, by the clock."""
