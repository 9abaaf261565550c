"""The demonstration: every part on one machine, and the path of one appointment."""
