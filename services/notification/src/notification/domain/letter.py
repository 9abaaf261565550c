"""What an e-mail says, before it has a shape: the plain text and the HTML are both made from a `Letter`."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from booking_events.directory import Place, PractitionerState

from notification.domain.appointment import Visit
from notification.domain.words import Language


@dataclass(frozen=True, slots=True)
class Fact:
    """A labelled fact, as one or several lines."""

    label: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Action:
    """A link that the reader may follow."""

    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Letter:
    """An e-mail to a patient. The subject carries no speciality and no motive: it shows on a locked phone."""

    language: Language
    subject: str
    heading: str
    paragraphs: tuple[str, ...]
    facts: tuple[Fact, ...]
    actions: tuple[Action, ...]
    closing: tuple[str, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Motive:
    """What availability says of the motive at the moment of sending; `amount` is a decimal string."""

    name: str
    amount: str | None = None
    currency: str = "EUR"
    instructions: str = ""
    cancel_until_minutes: int = 0


@dataclass(frozen=True, slots=True)
class Links:
    """Where a message leads: pages of the portal, all without a name or a motive in the address."""

    portal: str

    def appointment(self, visit: Visit) -> str:
        """The appointment's own page."""
        return f"{self.portal}/appointments/{visit.appointment_id}"

    def cancel(self, visit: Visit) -> str:
        """The page that asks whether to cancel."""
        return f"{self.appointment(visit)}/cancel"

    def calendar(self, visit: Visit) -> str:
        """The calendar file."""
        return f"{self.appointment(visit)}.ics"

    def appointments(self) -> str:
        """All of one's appointments."""
        return f"{self.portal}/appointments"

    def request(self, visit: Visit) -> str:
        """The page of a request, whose id stands where an appointment's does."""
        return f"{self.portal}/requests/{visit.appointment_id}"

    def practitioner(self, visit: Visit) -> str:
        """The practitioner's page, to book again."""
        return f"{self.portal}/practitioners/{visit.practitioner_id}"


@dataclass(frozen=True, slots=True)
class Subject:
    """All that a letter about one appointment may draw on."""

    visit: Visit
    practitioner: PractitionerState
    patient: str
    motive: Motive | None
    links: Links

    @property
    def place(self) -> Place | None:
        """Where to go; None for a video visit, or where the directory does not know the place any more."""
        if self.visit.mode == "video":
            return None
        return next((place for place in self.practitioner.places if place.id == self.visit.place_id), None)

    @property
    def cancel_until(self) -> datetime | None:
        """The last instant for cancelling online; None when there is no deadline but the visit itself."""
        if self.motive is None or self.motive.cancel_until_minutes <= 0:
            return None
        deadline = self.visit.start - timedelta(minutes=self.motive.cancel_until_minutes)
        return deadline.astimezone(self.visit.local_zone)
