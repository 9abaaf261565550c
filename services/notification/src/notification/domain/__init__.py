"""Which messages are due when, and what they say: pure functions, with the time given."""
