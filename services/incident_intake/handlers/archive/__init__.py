"""档案包: one incident's complete file as this site knows it, for the archive (突发事件应对法 §94)."""
