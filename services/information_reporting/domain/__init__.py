"""What a report is, how it goes, when it is due; no store, no network, no clock."""
