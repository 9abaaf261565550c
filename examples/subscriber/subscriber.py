"""Keeps a table of who is expected when. End it and start it as you like: nothing is missed, nothing is taken twice."""

import asyncio
import sqlite3
from os import environ

from booking_events import Envelope, booking
from booking_events.subscriber import ClientCredentials, Feed, SqliteStore, Subscriber

TABLES = "CREATE TABLE IF NOT EXISTS visits (id TEXT PRIMARY KEY, agenda TEXT, start TEXT, position INTEGER)"


def handle(connection: sqlite3.Connection, envelope: Envelope) -> None:
    match envelope.data:
        case booking.AppointmentConfirmed() as visit:
            row = (visit.appointment_id, visit.agenda_id, visit.start.isoformat(), envelope.sequence)
            connection.execute("INSERT INTO visits VALUES (?, ?, ?, ?)", row)
        case booking.AppointmentCancelled() as visit:
            connection.execute("DELETE FROM visits WHERE id = ?", (visit.appointment_id,))


auth = ClientCredentials(environ["ACCOUNTS_URL"], environ["CLIENT_ID"], environ["CLIENT_SECRET"])
store = SqliteStore("visits.db", handle, TABLES)
feed = Feed(environ["BOOKING_URL"], auth)
subscriber = Subscriber("booking.appointments.v1", store, feed=feed, bootstrap_servers=environ["KAFKA"])
asyncio.run(subscriber.run())
