"""The web site for patients."""
