"""Reaching in: what others say, what time it is, and who asks."""
