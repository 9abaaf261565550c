"""What the domain knows and what the oracle knows, in the same words."""

from __future__ import annotations

from typing import Any, assert_never

from booking.domain.states import Booked, Known, Missed, state_of
from booking.domain.states_practice import Approved, Ended, Pending, Request

from ..oracle import Oracle

Alike = dict[str, Any]


def told_alike(known: Known, oracle: Oracle) -> tuple[Alike, Alike]:
    return _known(known, oracle), _remembered(oracle)


def _known(known: Known, oracle: Oracle) -> Alike:
    return {
        "bookings": {
            a.appointment_id: (
                "excused" if isinstance(a, Missed) and a.excused else state_of(a), a.version, a.person_id, a.visit,
            )
            for a in known.appointments.values()
        },
        "holds": {
            hold.hold_id: (hold.account_id, hold.visit, hold.expires_at) for hold in known.live_holds(oracle.at)
        },
        "requests": {each.request_id: _answer(each) for each in known.requests.values()},
        "absences": {
            a.absence_id: (a.plan, a.lifted, a.settled and not a.lifted, list(a.left)) for a in known.absences.values()
        },
        "waiting": [id_ for id_ in known.waiting if known.waits(id_) and isinstance(known.appointments[id_], Booked)],
        "offers": {o.offer_id: (o.appointment_id, o.visit, o.expires_at, o.taken) for o in known.earlier.values()},
        "offered": dict(known.freed),
    }  # fmt: skip


def _remembered(oracle: Oracle) -> Alike:
    return {
        "bookings": {b.id: (b.state, b.version, b.person, b.visit) for b in oracle.bookings.values()},
        "holds": {kept.id: (kept.account, kept.visit, kept.until) for kept in oracle.live()},
        "requests": {each.id: each.answer for each in oracle.asked.values()},
        "absences": {a.id: (a.plan, a.lifted, a.settled and not a.lifted, a.left) for a in oracle.absences.values()},
        "waiting": oracle.waiting,
        "offers": {o.id: (o.booking, o.freed.visit, o.until, o.taken) for o in oracle.offered.values()},
        "offered": {each.id: each.offered for each in oracle.freed.values() if each.offered is not None},
    }


def _answer(request: Request) -> str:
    match request:
        case Pending():
            return ""
        case Approved():
            return "approved"
        case Ended():
            return {"practice": "declined", "patient": "withdrawn", "lapse": "lapsed"}[request.by]
        case _:
            assert_never(request)
