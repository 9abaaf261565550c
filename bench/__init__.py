"""The published figures: one command each, results kept as files."""
