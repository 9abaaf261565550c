"""One file for each question: the projection beside its query."""
