"""From Kafka: appointments and practitioners as others say them, kept and planned in the consumer's transaction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from booking_events import Envelope
from booking_events.booking import (
    AppointmentCancelled,
    AppointmentConfirmed,
    AppointmentMoved,
    AppointmentRequested,
    AppointmentRequestEnded,
    EarlierSlotOffered,
)
from booking_events.directory import PractitionerState
from service_kit.consuming import Poison
from service_kit.database import Connection

from notification.application.react import Unreadable, appointment_of, ended_of, offer_of, requested_of
from notification.domain.appointment import Appointment, Offer
from notification.domain.planning import Planned, plan, plan_offer

APPOINTMENT_TOPICS = ("booking.appointments.v1",)
PRACTITIONER_TOPICS = ("directory.practitioners.v1",)


class Kept(Protocol):
    """Where it is kept."""

    async def appointment(
        self, connection: Connection, appointment: Appointment, planned: Sequence[Planned]
    ) -> bool: ...

    async def offer(self, connection: Connection, offer: Offer, planned: Sequence[Planned]) -> None: ...

    async def practitioner(self, connection: Connection, state: PractitionerState) -> None: ...


class Listener:
    """Handles one event each time; holds and unknown types are passed over."""

    def __init__(self, kept: Kept) -> None:
        self._kept = kept

    async def handle_appointment(self, connection: Connection, envelope: Envelope) -> None:
        """Keep the newest news of an appointment or a request, or what it is offered, and plan its messages."""
        try:
            match envelope.data:
                case AppointmentConfirmed() | AppointmentMoved() | AppointmentCancelled() as event:
                    appointment = appointment_of(event)
                    await self._kept.appointment(connection, appointment, plan(appointment))
                case AppointmentRequested() as event:
                    requested = requested_of(event)
                    await self._kept.appointment(connection, requested, plan(requested))
                case AppointmentRequestEnded() as event:
                    ended = ended_of(event)
                    await self._kept.appointment(connection, ended, plan(ended))
                case EarlierSlotOffered() as event:
                    offer = offer_of(event)
                    await self._kept.offer(connection, offer, plan_offer(offer))
        except Unreadable as error:
            raise Poison(str(error)) from None

    async def handle_practitioner(self, connection: Connection, envelope: Envelope) -> None:
        """Keep the public state. A withdrawn practitioner stays known: their appointments still stand."""
        match envelope.data:
            case PractitionerState() as state:
                await self._kept.practitioner(connection, state)
