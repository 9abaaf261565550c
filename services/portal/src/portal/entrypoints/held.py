"""The slot that is held while a person goes through the steps: found, made the account's own, or lost."""

from __future__ import annotations

from dataclasses import dataclass

from portal.application.once import idempotency_key
from portal.application.refusals import Away, Refused
from portal.application.services import Asker
from portal.application.session import Booking
from portal.application.shapes import Hold, Motive, Place, Profile
from portal.entrypoints.timetable import Wish
from portal.entrypoints.visits import Visit
from portal.views.motives import times_path


class Lost(Exception):
    """The held slot cannot become an appointment; `booking` says which it was."""

    def __init__(self, booking: Booking, refusal: Refused) -> None:
        super().__init__(refusal.slug)
        self.booking = booking
        self.refusal = refusal

    @property
    def wish(self) -> Wish:
        return wish_for(self.booking)


class Done(Exception):
    """The held slot is an appointment already."""

    def __init__(self, appointment_id: str) -> None:
        super().__init__(appointment_id)
        self.appointment_id = appointment_id


@dataclass(frozen=True)
class Second:
    """The second visit of a two-step motive, held with the first at the same place."""

    hold: Hold
    motive: Motive | None


@dataclass(frozen=True)
class Held:
    """A held slot with everything that shows it."""

    booking: Booking
    profile: Profile
    motive: Motive | None
    place: Place | None
    minutes_left: int
    extended: bool
    second: Second | None

    @property
    def other_times(self) -> str:
        booking = self.booking
        return times_path(booking.practitioner_id, booking.agenda_id, booking.motive_id, booking.mode)


async def held(visit: Visit, hold_id: str) -> Held:
    """The caller's hold. Raises `Lost` or `Done` when it is over, `Refused` when it was never theirs."""
    kept = visit.session.booking
    mine = kept if kept is not None and kept.hold_id == hold_id else None
    try:
        asker = await visit.asker(as_visitor=True)
        if mine is not None and mine.by_visitor and visit.logged_in:
            await _claim(visit, asker, mine)
        found = await visit.house.booking.find_hold(asker, hold_id)
        then = await visit.house.booking.find_hold(asker, found.linked_to) if found.linked_to else None
    except Refused as refusal:
        raise _ending(mine, refusal) from None
    if then is not None and then.start < found.start:
        found, then = then, found
    booking = Booking.of(found, by_visitor=not visit.logged_in)
    visit.session.booking = booking
    visit.draft = visit.draft.for_motive(booking.motive_id)
    profile = await visit.house.directory.practitioner(visit.nobody(), booking.practitioner_id)
    motives = {one.id: one for one in await visit.house.availability.motives(visit.nobody(), booking.agenda_id)}
    motive = motives.get(booking.motive_id)
    second = Second(then, motives.get(then.motive_id)) if then else None
    place = profile.place(found.place_id) if found.place_id else None
    return Held(booking, profile, motive, place, booking.minutes_left(visit.now), found.extended, second)


async def resume(visit: Visit, asker: Asker) -> None:
    """What the account holds, from whichever tab or device, is what can be gone on with here.

    A slot that was taken before logging in stays: it is claimed at the next step.
    """
    kept = visit.session.booking
    if kept is not None and kept.by_visitor:
        return
    try:
        found = await visit.house.booking.holds(asker)
    except (Away, Refused):
        return
    visit.session.booking = Booking.of(min(found, key=lambda hold: hold.start), by_visitor=False) if found else None


def ended(booking: Booking, refusal: Refused) -> Exception | None:
    """What the refusal means for the held slot; None when the slot is still held and something else is wrong."""
    if refusal.slug == "hold-confirmed":
        return Done(str(refusal.members.get("appointment_id", "")))
    if refusal.status in (404, 410) or refusal.slug in ("slot-taken", "slot-held", "offer-stale"):
        return Lost(booking, refusal)
    return None


def wish_for(booking: Booking) -> Wish:
    return Wish(booking.practitioner_id, booking.agenda_id, booking.motive_id, booking.mode)


def _ending(mine: Booking | None, refusal: Refused) -> Exception:
    if refusal.slug == "hold-confirmed":
        return Done(str(refusal.members.get("appointment_id", "")))
    return refusal if mine is None else ended(mine, refusal) or refusal


async def _claim(visit: Visit, asker: Asker, booking: Booking) -> None:
    """What was held before logging in becomes the account's."""
    visitor = visit.session.visitor
    if visitor is None:
        return
    key = idempotency_key("claim", {"hold": booking.hold_id})
    await visit.house.booking.claim(asker, booking.hold_id, visitor.token, key)
    visit.changed(asker)
    booking.by_visitor = False
    visit.session.visitor = None
