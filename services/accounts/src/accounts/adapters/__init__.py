"""Reaching out: PostgreSQL, keys, password hashing, mail and SMS."""
