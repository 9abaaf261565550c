"""Bookings over HTTP beside a bare INSERT: what a booking costs, and where."""
