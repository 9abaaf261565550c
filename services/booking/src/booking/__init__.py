"""Holds and appointments: the event-sourced core and the audit ledger."""
