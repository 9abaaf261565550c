"""Reaching out: notification's tables, other services, the e-mail server and the SMS gateway."""
