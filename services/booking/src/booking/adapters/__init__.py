"""Reaching out: the store, the tables, the keys of availability, the sealed answers."""
