"""Information reporting (信息报送): reports to superiors, their clocks, their papers."""
