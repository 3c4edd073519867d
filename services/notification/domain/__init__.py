"""What a call-out is, whom it calls next and why; no store, no network, no clock."""
