"""People: sign-up, log-in, relatives, roles; personal data."""
