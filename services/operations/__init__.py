"""The running site itself: its heartbeat as facts, its state and its dead letters for operators."""
