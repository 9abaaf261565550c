"""The local mailbox of the demo and the tests: SMTP and SMS come in, a page and JSON go out."""
