"""How long a practice waits while its appointments are taken over."""
