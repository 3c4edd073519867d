"""The rules of command at the scene: evacuations, the post, its orders, responses."""
