"""Messages due and messages sent."""
