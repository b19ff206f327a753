"""Model versions: what identifies one, where it came from, its row, and how it is found again."""
