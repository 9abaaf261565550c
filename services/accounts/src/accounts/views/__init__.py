"""One file for each question: what an account sees of itself, and where to write to somebody."""
