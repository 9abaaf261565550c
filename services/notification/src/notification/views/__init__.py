"""The questions that notification answers, each beside its query."""
