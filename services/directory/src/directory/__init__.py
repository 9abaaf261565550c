"""Practitioners: listed and registered, their places, and the search."""
