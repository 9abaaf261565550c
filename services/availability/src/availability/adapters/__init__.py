"""Reaching out: the tables of agendas and the key that signs offers."""
