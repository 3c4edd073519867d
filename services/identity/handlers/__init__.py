"""What identity does: log in and out, verify tokens, keep accounts, write the audit log."""
