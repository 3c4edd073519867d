"""How one call goes out: a list of small stages, each of which takes a delivery and hands it on, or ends it."""
