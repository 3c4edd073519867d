"""三断报: the one-line report of sixteen fields for 北斗, SMS, satellite phone and radio; pure, knows no store."""
