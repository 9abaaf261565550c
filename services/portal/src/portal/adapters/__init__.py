"""Reaching out: the four services over HTTP, and the sealing of cookies."""
