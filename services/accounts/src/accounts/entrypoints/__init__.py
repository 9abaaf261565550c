"""Reaching in: the HTTP face and the operator's commands."""
