"""Contracts between the services, and with whoever subscribes: on real parts."""
