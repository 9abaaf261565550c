"""Reaching in: HTTP, Kafka, the background tasks, the command line: decode, call, encode."""
