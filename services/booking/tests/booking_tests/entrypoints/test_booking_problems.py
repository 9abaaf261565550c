"""Every refusal of the domain has a status and sentences, and carries what its slug promises."""

import inspect
from typing import get_args

import orjson
import pytest
from booking.domain import rejections
from booking.domain.rejections import Rejection
from booking.entrypoints.problems import REFUSALS, is_kept, problem_of
from service_kit.problems import REGISTRY

from ..given import NOW

ALL = {
    found
    for _, found in inspect.getmembers(rejections, inspect.isclass)
    if issubclass(found, Rejection) and found is not Rejection
}


def test_every_rejection_has_a_row() -> None:
    assert set(REFUSALS) == ALL
    assert {refusal.slug for refusal in REFUSALS.values()} <= set(REGISTRY)


@pytest.mark.parametrize(
    ("rejection", "status", "slug", "members"),
    [
        (rejections.SlotTaken(), 409, "slot-taken", {}),
        (rejections.SlotHeldByOthers(NOW), 409, "slot-held", {"retry_at": "2027-03-01T07:00:00Z"}),
        (rejections.NoRoomFree(), 409, "no-room-free", {}),
        (rejections.OfferStale(7), 409, "offer-stale", {"reason": "agenda-changed", "agenda_version": 7}),
        (rejections.OfferStale(7, "notice-raised"), 409, "offer-stale", {"reason": "notice-raised"}),
        (rejections.AgendaClosed(), 409, "agenda-closed", {}),
        (rejections.OfferExpired(), 410, "offer-expired", {}),
        (rejections.HoldHasExpired(), 410, "hold-expired", {}),
        (rejections.PersonBusy(), 409, "person-busy", {}),
        (rejections.LimitReached(2), 422, "limit-reached", {"limit": 2}),
        (rejections.KnownPatientsOnly(), 422, "known-patients-only", {}),
        (rejections.TooLate(NOW), 409, "too-late", {"deadline": "2027-03-01T07:00:00Z"}),
        (rejections.AlreadyOver(), 409, "already-over", {}),
        (rejections.NoSuchRequest(), 404, "not-found", {}),
        (rejections.RequestAnswered("approved", "a"), 409, "request-answered", {"answer": "approved"}),
        (rejections.RequestPending("r"), 409, "request-pending", {"request_id": "r"}),
        (rejections.BookOnlineInstead(), 422, "book-online-instead", {}),
        (rejections.PractitionerAbsent(), 409, "practitioner-absent", {}),
        (rejections.NoSuchAbsence(), 404, "not-found", {}),
        (rejections.TooNearToWait(5), 422, "too-near-to-wait", {"days": 5}),
        (rejections.EarlierSlotExpired(), 410, "earlier-slot-expired", {}),
        (rejections.SecondVisitMissing(), 422, "second-visit-missing", {}),
        (rejections.SecondVisitUnfit(), 422, "second-visit-unfit", {}),
        (rejections.OffTheGrid(), 422, "off-the-grid", {}),
        (rejections.NotBegun(NOW), 409, "not-begun", {"start": "2027-03-01T07:00:00Z"}),
        (rejections.ReasonMissing(), 422, "reason-missing", {}),
        (rejections.BookingStopped(), 422, "online-booking-stopped", {}),
        (rejections.NotRepeatedlyAbsent(1, 2), 422, "not-repeatedly-absent", {"missed": 1, "needed": 2}),
        (rejections.NoSuchMotive(), 422, "motive-unknown", {}),
        (rejections.NoSuchHold(), 404, "not-found", {}),
        (rejections.NoSuchAppointment(), 404, "not-found", {}),
    ],
)
def test_a_refusal_says_its_status_and_what_it_promises_in_both_languages(
    rejection: Rejection, status: int, slug: str, members: dict[str, object]
) -> None:
    problem = problem_of(rejection)
    english, french = orjson.loads(problem.body("en")), orjson.loads(problem.body("fr"))
    assert (english["status"], english["type"]) == (status, f"https://rendezvous.example/problems/{slug}")
    assert english["detail"] != french["detail"]
    assert {name: english[name] for name in members} == members


def test_every_reason_of_a_stale_offer_is_said_in_words_of_its_own() -> None:
    said = {problem_of(rejections.OfferStale(7, reason)).detail for reason in get_args(rejections.Staleness)}
    assert len(said) == len(get_args(rejections.Staleness)) == 4
    assert all(text.en.endswith(".") and text.fr.endswith(".") for text in said)


def test_what_may_be_otherwise_a_moment_later_is_not_kept_for_its_key() -> None:
    not_kept = {kind for kind in ALL if not REFUSALS[kind].kept or REGISTRY[REFUSALS[kind].slug].status == 404}
    assert not_kept == {
        rejections.PersonNotTheirs, rejections.NoSuchHold, rejections.NoSuchAppointment, rejections.NotBegun,
        rejections.NoSuchMotive, rejections.NoSuchRequest, rejections.PractitionerAbsent,
        rejections.NoSuchAbsence,
        rejections.NoSuchEarlierSlot,
    }  # fmt: skip
    assert is_kept(problem_of(rejections.SlotTaken()), rejections.SlotTaken())
    assert not is_kept(problem_of(rejections.NoSuchHold()), rejections.NoSuchHold())
