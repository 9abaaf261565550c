"""The rules about people, codes, passwords, sessions and limits: no I/O, no clock, no framework."""
