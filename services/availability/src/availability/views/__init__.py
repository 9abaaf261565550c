"""Questions and the tables that answer them, one file for each."""
