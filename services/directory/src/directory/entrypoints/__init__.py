"""Reaching in: HTTP, events, the import command."""
