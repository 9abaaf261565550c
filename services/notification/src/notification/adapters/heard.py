"""What was heard, kept in the transaction of the consumer, with the messages that it calls for."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import asdict

from booking_events.directory import PractitionerState
from psycopg.types.json import Jsonb
from service_kit.database import Connection
from service_kit.telemetry import traceparent

from notification.domain.appointment import Appointment, Cancelled, Declined, Moved, Offer, Requested, Withdrawn
from notification.domain.planning import Planned

_MESSAGES = uuid.UUID("0f5be0a4-6f0e-4f0c-8a55-0b9f5a1f3c77")


def message_id_of(appointment_id: str, version: int, planned: Planned) -> str:
    """The same message has the same id, however often it is planned: it names the Message-ID and the gateway's key."""
    key = f"{appointment_id} {version} {planned.kind} {planned.channel}"
    return str(uuid.uuid5(_MESSAGES, f"{key} {planned.offer_id}" if planned.offer_id else key))


class Heard:
    """Writes within the consumer's transaction."""

    async def appointment(self, connection: Connection, appointment: Appointment, planned: Sequence[Planned]) -> bool:
        """Keep the newest news of an appointment, drop what was planned before it, plan what it calls for.

        False, and nothing changed, when the same or newer news was heard before.
        """
        if not await _keep(connection, appointment):
            return False
        visit = appointment.visit
        await connection.execute(
            "UPDATE messages SET state = 'dropped', reason = %s, settled_at = %s"
            " WHERE appointment_id = %s AND version < %s AND state = 'planned' AND open_since IS NULL",
            (
                "cancelled" if isinstance(appointment, Cancelled) else "superseded",
                appointment.at,
                visit.appointment_id,
                visit.version,
            ),
        )
        for message in planned:
            await insert_message(connection, visit.appointment_id, visit.version, message)
        return True

    async def offer(self, connection: Connection, offer: Offer, planned: Sequence[Planned]) -> None:
        """Keep an offer and plan its messages; nothing when it is known, or its appointment does not stand."""
        cursor = await connection.execute(
            "SELECT version FROM appointments WHERE appointment_id = %s AND cancelled_by IS NULL",
            (offer.appointment_id,),
        )
        standing = await cursor.fetchone()
        if standing is None:
            return
        cursor = await connection.execute(
            "INSERT INTO offers (offer_id, appointment_id, place_id, mode, start_at, end_at, zone, offered_at,"
            " expires_at) VALUES (%(offer_id)s, %(appointment_id)s, %(place_id)s, %(mode)s, %(start)s, %(end)s,"
            " %(zone)s, %(at)s, %(expires_at)s) ON CONFLICT DO NOTHING",
            asdict(offer),
        )
        for message in planned if cursor.rowcount == 1 else ():
            await insert_message(connection, offer.appointment_id, standing["version"], message)

    async def practitioner(self, connection: Connection, state: PractitionerState) -> None:
        """Keep the whole state; the topic says it in order."""
        await connection.execute(
            "INSERT INTO practitioners (practitioner_id, profile) VALUES (%s, %s)"
            " ON CONFLICT (practitioner_id) DO UPDATE SET profile = excluded.profile",
            (state.practitioner_id, Jsonb(state.model_dump(mode="json"))),
        )
        await connection.execute(
            "UPDATE messages AS m SET try_at = due_at FROM appointments AS a"
            " WHERE a.appointment_id = m.appointment_id AND a.practitioner_id = %s"
            " AND m.state = 'planned' AND m.reason = 'practitioner_not_heard_of'",
            (state.practitioner_id,),
        )


async def insert_message(connection: Connection, appointment_id: str, version: int, planned: Planned) -> None:
    """Plan one message, once."""
    await connection.execute(
        "INSERT INTO messages (message_id, appointment_id, version, kind, channel, due_at, useful_until, try_at,"
        " traceparent, offer_id) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
        (
            message_id_of(appointment_id, version, planned),
            appointment_id,
            version,
            planned.kind,
            planned.channel,
            planned.due_at,
            planned.useful_until,
            planned.due_at,
            traceparent(),
            planned.offer_id,
        ),
    )


def _ended(appointment: Appointment) -> str | None:
    match appointment:
        case Declined(lapsed=lapsed):
            return "lapsed" if lapsed else "declined"
        case Withdrawn():
            return "withdrawn"
    return None


async def _keep(connection: Connection, appointment: Appointment) -> bool:
    visit = appointment.visit
    moved = appointment if isinstance(appointment, Moved) else None
    cursor = await connection.execute(
        "INSERT INTO appointments AS a (appointment_id, version, agenda_id, practitioner_id, place_id, person_id,"
        " account_id, motive_id, mode, start_at, end_at, zone, local_day, changed_at, moved_by,"
        " previous_start, cancelled_by, request_ended, request_waits)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
        " ON CONFLICT (appointment_id) DO UPDATE SET version = excluded.version, agenda_id = excluded.agenda_id,"
        " practitioner_id = excluded.practitioner_id, place_id = excluded.place_id, person_id = excluded.person_id,"
        " account_id = excluded.account_id, motive_id = excluded.motive_id, mode = excluded.mode,"
        " start_at = excluded.start_at, end_at = excluded.end_at, zone = excluded.zone,"
        " local_day = excluded.local_day, changed_at = excluded.changed_at, moved_by = excluded.moved_by,"
        " previous_start = excluded.previous_start, cancelled_by = excluded.cancelled_by,"
        " request_ended = excluded.request_ended, request_waits = excluded.request_waits"
        " WHERE a.version < excluded.version",
        (
            visit.appointment_id,
            visit.version,
            visit.agenda_id,
            visit.practitioner_id,
            visit.place_id,
            visit.person_id,
            visit.account_id,
            visit.motive_id,
            visit.mode,
            visit.start,
            visit.end,
            visit.zone,
            visit.local_day,
            appointment.at,
            moved.by if moved else None,
            moved.previous_start if moved else None,
            appointment.by if isinstance(appointment, Cancelled) else None,
            _ended(appointment),
            isinstance(appointment, Requested),
        ),
    )
    return cursor.rowcount == 1
