"""The event store beside two others: speed, size, and how both change as the log grows."""
