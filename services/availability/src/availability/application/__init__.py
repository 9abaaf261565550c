"""Translations between the rules, the published language and the changes that commands make."""
