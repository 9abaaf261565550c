"""What the directory decides without I/O: the national file, names, places, what a query means, the profile."""
