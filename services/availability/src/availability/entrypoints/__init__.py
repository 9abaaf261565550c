"""Reaching in: HTTP, the consumers and the due times."""
