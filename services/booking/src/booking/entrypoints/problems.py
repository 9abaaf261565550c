"""Each refusal's slug: the one table between the domain's words and HTTP; `sentences` says the rest."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from service_kit.changing import NOT_STORED
from service_kit.http import problem_responses
from service_kit.problems import REGISTRY, Problem, Text, register

from booking.domain import rejections as r
from booking.domain.rejections import Rejection
from booking.entrypoints.sentences import SENTENCES, STALE
from booking.entrypoints.sentences_practice import PRACTICE_SENTENCES


@dataclass(frozen=True)
class Refusal:
    """`detail` says it for this very refusal; `members` are what the slug promises. `kept`: for the request's key."""

    slug: str
    members: Callable[[Any], dict[str, Any]] = lambda _: {}
    kept: bool = True
    detail: Callable[[Any], Text | None] = lambda _: None


def _instant(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")


def _answers(rejection: r.AnswerMissing) -> dict[str, Any]:
    return {"errors": [{"pointer": f"/answers/{id_}", "detail": "required"} for id_ in rejection.question_ids]}


def _ways_on(rejection: r.VisitTooClose) -> dict[str, Any]:
    """Keep what there is, or confirm with `replaces`, unless it is too late to give that up."""
    ids = list(rejection.appointment_ids)
    ways: list[dict[str, Any]] = [{"way": "keep", "appointment_ids": ids}]
    if rejection.replaceable:
        ways.append({"way": "replace", "replaces": ids})
    return {"days": rejection.days, "ways_on": ways}


REFUSALS: dict[type[Rejection], Refusal] = {
    r.NoSuchHold: Refusal("not-found"),
    r.NoSuchAppointment: Refusal("not-found"),
    r.SlotTaken: Refusal("slot-taken"),
    r.SlotHeldByOthers: Refusal("slot-held", lambda x: {"retry_at": _instant(x.retry_at)}),
    r.NoRoomFree: Refusal("no-room-free"),
    r.NoticeTooShort: Refusal("notice-too-short"),
    r.BeyondHorizon: Refusal("beyond-horizon"),
    r.OfferNotGenuine: Refusal(
        "offer-not-genuine", lambda _: {"errors": [{"pointer": "/offer", "detail": "not ours"}]}
    ),
    r.StartNotOffered: Refusal(
        "start-not-offered", lambda _: {"errors": [{"pointer": "/start", "detail": "not on it"}]}
    ),
    r.OfferExpired: Refusal("offer-expired"),
    r.OfferStale: Refusal(
        "offer-stale", lambda x: {"reason": x.reason, "agenda_version": x.version}, detail=lambda x: STALE.get(x.reason)
    ),
    r.HoldHasExpired: Refusal("hold-expired"),
    r.HoldWasReleased: Refusal("hold-released"),
    r.HoldWasConfirmed: Refusal("hold-confirmed", lambda x: {"appointment_id": x.appointment_id}),
    r.AlreadyExtended: Refusal("already-extended"),
    # Not kept: a person who was added a moment ago may be heard of before the next try.
    r.PersonNotTheirs: Refusal(
        "person-unknown", lambda _: {"errors": [{"pointer": "/person_id", "detail": "unknown"}]}, kept=False
    ),
    r.PersonBusy: Refusal("person-busy"),
    r.LimitReached: Refusal("limit-reached", lambda x: {"limit": x.limit}),
    r.VisitTooClose: Refusal("visit-too-close", _ways_on),
    r.DayFull: Refusal("day-full", lambda x: {"limit": x.limit}),
    r.WeekFull: Refusal("week-full", lambda x: {"limit": x.limit}),
    r.KnownPatientsOnly: Refusal("known-patients-only"),
    r.AnswerMissing: Refusal("answer-missing", _answers),
    r.TooLate: Refusal("too-late", lambda x: {"deadline": _instant(x.deadline)}),
    r.AlreadyOver: Refusal("already-over"),
    r.AnotherVisit: Refusal(
        "another-visit", lambda _: {"errors": [{"pointer": "/offer", "detail": "another agenda or motive"}]}
    ),
    r.AppointmentChanged: Refusal("appointment-changed", lambda x: {"version": x.version}),
    # Not kept: the same request is right once the visit has begun.
    r.NotBegun: Refusal("not-begun", lambda x: {"start": _instant(x.start)}, kept=False),
    r.WasCancelled: Refusal("appointment-cancelled"),
    r.ReasonMissing: Refusal("reason-missing", lambda _: {"errors": [{"pointer": "/reason", "detail": "required"}]}),
    r.BookingStopped: Refusal("online-booking-stopped"),
    r.NotRepeatedlyAbsent: Refusal("not-repeatedly-absent", lambda x: {"missed": x.missed, "needed": x.needed}),
    # Not kept: a motive that was added a moment ago may be heard of before the next try.
    r.NoSuchMotive: Refusal(
        "motive-unknown", lambda _: {"errors": [{"pointer": "/motive_id", "detail": "unknown"}]}, kept=False
    ),
    r.AgendaClosed: Refusal("agenda-closed"),
    r.NoSuchRequest: Refusal("not-found"),
    r.RequestAnswered: Refusal("request-answered", lambda x: {"answer": x.answer, "appointment_id": x.appointment_id}),
    r.RequestPending: Refusal("request-pending", lambda x: {"request_id": x.request_id}),
    r.BookOnlineInstead: Refusal("book-online-instead"),
    r.TooNearToWait: Refusal("too-near-to-wait", lambda x: {"days": x.days}),
    r.NoSuchEarlierSlot: Refusal("not-found"),
    r.EarlierSlotExpired: Refusal("earlier-slot-expired"),
    r.SecondVisitMissing: Refusal(
        "second-visit-missing", lambda _: {"errors": [{"pointer": "/second", "detail": "required"}]}
    ),
    r.SecondVisitUnfit: Refusal("second-visit-unfit"),
    r.OffTheGrid: Refusal("off-the-grid"),
    r.ImportedOtherwise: Refusal("imported-otherwise"),
    r.NoSuchAbsence: Refusal("not-found"),
    # Not kept: the absence may be lifted before the next try.
    r.PractitionerAbsent: Refusal("practitioner-absent", kept=False),
}


for _slug, _status, _title, _detail in (*SENTENCES, *PRACTICE_SENTENCES):
    register(_slug, _status, _title, _detail)


def problem_of(rejection: Rejection) -> Problem:
    refusal = REFUSALS[type(rejection)]
    return Problem(refusal.slug, refusal.detail(rejection), **refusal.members(rejection))


def refusals(*kinds: type[Rejection]) -> dict[int | str, dict[str, Any]]:
    """The OpenAPI entries of an operation that refuses so: for each status its slugs."""
    slugs: defaultdict[int, list[str]] = defaultdict(list)
    for kind in kinds:
        slug = REFUSALS[kind].slug
        slugs[REGISTRY[slug].status].append(f"`{slug}`")
    return {
        status: {**entry, "description": f"Refused (RFC 9457): {', '.join(dict.fromkeys(slugs[int(status)]))}"}
        for status, entry in problem_responses(*slugs).items()
    }


def is_kept(problem: Problem, rejection: Rejection | None = None) -> bool:
    """Whether the same request is to meet the same refusal again."""
    if rejection is not None and not REFUSALS[type(rejection)].kept:
        return False
    return problem.kind.status not in NOT_STORED
