"""Reaching in: the pages by their addresses, and what guards them."""
