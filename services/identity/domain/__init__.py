"""Rules of accounts, passwords, sessions, lock-out and the audit chain, without a framework."""
