"""The answer to "when can I come?": free starts of a motive over several agendas, on signed sheets."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from availability.application.ports import Signer
from availability.domain.agenda import Agenda, Motive
from availability.domain.sheet import payload
from availability.domain.slots import Occupation, free_starts, next_start


@dataclass(frozen=True)
class Asked:
    """A motive, in one mode or any, on local dates (both included), as of `now`.

    `on_request`: of a motive that only staff book too, where patients may ask them for a time.
    """

    motive_id: str
    mode: str | None
    first: date
    last: date
    now: datetime
    on_request: bool = False


@dataclass(frozen=True)
class Candidate:
    """An agenda that takes the motive. `held`: (mode, start minute) that the asker holds on it."""

    agenda: Agenda
    motive: Motive
    occupation: Occupation
    held: frozenset[tuple[str, int]] = frozenset()

    @property
    def is_unsigned(self) -> bool:
        """Staff book without an offer: a motive for staff only is offered to nobody."""
        return self.motive.booking == "staff"

    def modes(self, asked: Asked) -> Iterable[str]:
        if self.is_unsigned and not (asked.on_request and self.motive.on_request):
            return ()
        return [mode for mode in sorted(self.motive.modes) if asked.mode in (None, mode)]


@dataclass(frozen=True, order=True)
class Slot:
    """`start` and `end` in minutes since 1970; `offer`: the place of its sheet (-1: not on one)."""

    start: int
    agenda_id: str
    mode: str
    end: int = field(compare=False)
    zone: str = field(compare=False)
    offer: int = field(compare=False, default=-1)
    held_by_you: bool = field(compare=False, default=False)


@dataclass(frozen=True)
class Offered:
    offers: tuple[str, ...]
    slots: tuple[Slot, ...]
    next_slot: Slot | None


def offer_slots(candidates: Sequence[Candidate], asked: Asked, signer: Signer) -> Offered:
    """One sheet for each agenda, mode and capacity that has a start; the slots in the order of time."""
    offers: list[str] = []
    slots: list[Slot] = []
    for one in candidates:
        for mode in one.modes(asked):
            held = frozenset(start for held_mode, start in one.held if held_mode == mode)
            found = free_starts(
                one.agenda, one.motive, mode, one.occupation, asked.first, asked.last, asked.now, held=held
            )
            for starts in found:
                sheet = -1 if one.is_unsigned else len(offers)
                slots += [_slot(one, mode, start, sheet, start in held) for start in starts.minutes]
                if not one.is_unsigned:
                    offers.append(signer.sign(payload(one.agenda, one.motive, mode, starts, asked.now)))
    slots.sort()
    return Offered(tuple(offers), tuple(slots), slots[0] if slots else _next(candidates, asked))


def _next(candidates: Sequence[Candidate], asked: Asked) -> Slot | None:
    """The first slot after the dates asked, when these have none."""
    after = asked.last + timedelta(days=1)
    found = [
        _slot(one, mode, start)
        for one in candidates
        for mode in one.modes(asked)
        if (start := next_start(one.agenda, one.motive, mode, one.occupation, asked.now, after)) is not None
    ]
    return min(found, default=None)


def _slot(one: Candidate, mode: str, start: int, offer: int = -1, held: bool = False) -> Slot:
    end = start + one.motive.duration_minutes
    return Slot(start, one.agenda.id, mode, end, one.agenda.zone, offer, held)
