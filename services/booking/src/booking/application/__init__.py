"""What booking does with a request, a message or a stored event: plain functions; I/O is handed over."""
