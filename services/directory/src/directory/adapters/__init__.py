"""Reaching out: the tables and the reference files."""
