"""One file for each question that the directory answers."""
