"""The ledger of messages on a real PostgreSQL: planned once, handed over by one, ended once, nothing lost."""

from __future__ import annotations

import asyncio
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from booking_events.notification import MessageFailed, MessageSent
from notification.adapters.heard import Heard
from notification.adapters.mailroom import TRY_AGAIN_AFTER_SECONDS, PostgresMailroom
from notification.application.ports import Claimed
from notification.domain.appointment import Cancelled, Confirmed, Moved, Requested, Visit, Withdrawn
from notification.domain.outcome import Dropped, Failed, Postponed, Sent, TryLater, Unknown
from notification.domain.planning import CHANNELS

from ..conftest import Facts, Hear, HearOffer, MakeOffer, MakePractitioner, MakeVisit, Messages

BOOKED = datetime(2026, 11, 23, 8, tzinfo=UTC)
SMS_TIME = datetime(2026, 12, 1, 13, 30, tzinfo=UTC)
SMS = ("reminder_sms", "sms")


@pytest.fixture
def visit(make_visit: MakeVisit) -> Visit:
    """Booked on 23 November for 3 December: e-mails on 26 November and 2 December, an SMS on 1 December."""
    return make_visit(appointment_id=str(uuid.uuid4()))


@pytest.fixture
def another(make_visit: MakeVisit) -> Visit:
    """A second visit of that account on that day."""
    return make_visit("2026-12-03T15:00", appointment_id=str(uuid.uuid4()))


async def claim(mailroom: PostgresMailroom, at: datetime) -> list[Claimed]:
    """All that is due, of both channels."""
    return [each for channel in CHANNELS for each in await mailroom.claim(at, channel, 50)]


async def claimed_id(mailroom: PostgresMailroom, at: datetime) -> str:
    [claimed] = await claim(mailroom, at)
    return claimed.message_id


async def claim_sms(mailroom: PostgresMailroom, messages: Messages, *visits: Visit) -> list[str]:
    """Everything is claimed at the time of the SMS; the ids of the SMS of these visits."""
    await claim(mailroom, SMS_TIME)
    return [(await messages(each.appointment_id))[SMS]["message_id"] for each in visits]


async def test_the_same_news_twice_plans_once_and_older_news_changes_nothing(
    hear: Hear, visit: Visit, messages: Messages
) -> None:
    assert await hear(Confirmed(visit, BOOKED))
    first = await messages(visit.appointment_id)
    assert not await hear(Confirmed(visit, BOOKED))
    assert await messages(visit.appointment_id) == first
    assert len(first) == 4


async def test_a_cancellation_drops_all_that_was_planned_and_plans_itself(
    hear: Hear, visit: Visit, messages: Messages, make_visit: MakeVisit
) -> None:
    await hear(Confirmed(visit, BOOKED))
    later = make_visit(appointment_id=visit.appointment_id, version=2)
    await hear(Cancelled(later, BOOKED + timedelta(hours=1), "patient"))
    rows = await messages(visit.appointment_id)
    assert {kind: row["state"] for (kind, _), row in rows.items()} == {
        "confirmation": "dropped",
        "reminder_week": "dropped",
        "reminder_day": "dropped",
        "reminder_sms": "dropped",
        "cancellation": "planned",
    }
    assert rows["reminder_day", "email"]["reason"] == "cancelled"


async def test_a_move_withdraws_the_reminders_of_the_old_time_and_plans_those_of_the_new_one_once(
    hear: Hear, visit: Visit, messages: Messages, make_visit: MakeVisit, mailroom: PostgresMailroom
) -> None:
    await hear(Confirmed(visit, BOOKED))
    old = {row["message_id"] for row in (await messages(visit.appointment_id)).values()}
    later = make_visit("2026-12-10T15:00", appointment_id=visit.appointment_id, version=2)
    moved = Moved(later, BOOKED + timedelta(hours=1), "practice", visit.start)
    assert [await hear(moved), await hear(moved), await hear(Confirmed(visit, BOOKED))] == [True, False, False]
    rows = await messages(visit.appointment_id)  # of each kind the newest
    assert {kind: (row["version"], row["state"]) for (kind, _), row in rows.items()} == {
        "confirmation": (1, "dropped"),
        "move": (2, "planned"),
        "reminder_week": (2, "planned"),
        "reminder_day": (2, "planned"),
        "reminder_sms": (2, "planned"),
    }
    assert rows["confirmation", "email"]["reason"] == "superseded"
    assert rows["reminder_day", "email"]["due_at"].date().isoformat() == "2026-12-09"
    claimed = await claim(mailroom, later.end)
    assert not old & {each.message_id for each in claimed}
    assert len(claimed) == 4
    due = await mailroom.due(next(c for c in claimed if c.message_id == rows["move", "email"]["message_id"]))
    assert due.appointment == moved


async def test_what_was_moved_and_then_cancelled_is_told_of_the_cancellation_only(
    hear: Hear, visit: Visit, messages: Messages, make_visit: MakeVisit, mailroom: PostgresMailroom
) -> None:
    await hear(Moved(make_visit(appointment_id=visit.appointment_id, version=2), BOOKED, "practice", visit.start))
    last = Cancelled(make_visit(appointment_id=visit.appointment_id, version=3), BOOKED, "practice")
    await hear(last)
    rows = await messages(visit.appointment_id)
    assert [kind for (kind, _), row in rows.items() if row["state"] == "planned"] == ["cancellation"]
    [claimed] = await claim(mailroom, BOOKED)
    assert (await mailroom.due(claimed)).appointment == last


async def test_several_offers_of_one_appointment_are_each_told_once_and_said_to_nobody(
    hear: Hear, hear_offer: HearOffer, visit: Visit, make_offer: MakeOffer, mailroom: PostgresMailroom, facts: Facts
) -> None:
    await hear(Confirmed(visit, BOOKED, known_before=True))
    offers = [make_offer(visit, f"2026-11-25T{hour}:00", BOOKED, offer_id=str(uuid.uuid4())) for hour in (14, 15)]
    for offer in (*offers, *offers):
        await hear_offer(offer)
    claimed = await claim(mailroom, BOOKED)
    told = [(await mailroom.due(each)).offer for each in claimed]
    assert sorted(told, key=lambda offer: offer.start) == offers  # type: ignore[union-attr,return-value]
    assert await mailroom.mark_sending([claimed[0].message_id])
    await mailroom.settle([claimed[0].message_id], Sent(), BOOKED, handed_over=True)
    assert await facts(visit.appointment_id) == []


async def test_an_offer_is_dropped_once_its_appointment_has_moved_and_none_follows_a_cancellation(
    hear: Hear, hear_offer: HearOffer, visit: Visit, make_offer: MakeOffer, messages: Messages, make_visit: MakeVisit
) -> None:
    await hear(Confirmed(visit, BOOKED))
    first, second = (make_offer(visit, "2026-11-25T14:00", BOOKED, offer_id=str(uuid.uuid4())) for _ in range(2))
    await hear_offer(first)
    later = make_visit("2026-11-25T14:00", appointment_id=visit.appointment_id, version=2)
    await hear(Moved(later, BOOKED, "patient", visit.start))
    await hear_offer(first)  # said again
    row = (await messages(visit.appointment_id))["offer", "email"]
    assert (row["version"], row["state"], row["reason"]) == (1, "dropped", "superseded")
    await hear(Cancelled(make_visit(appointment_id=visit.appointment_id, version=3), BOOKED, "patient"))
    await hear_offer(second)
    await hear_offer(make_offer(make_visit(appointment_id="never-heard-of"), "2026-11-25T14:00", BOOKED))
    assert (await messages(visit.appointment_id))["offer", "email"]["offer_id"] == first.offer_id
    assert await messages("never-heard-of") == {}


async def test_what_waits_for_news_of_its_practitioner_is_tried_as_soon_as_they_come(
    hear: Hear, visit: Visit, db: Any, mailroom: PostgresMailroom, make_practitioner: MakePractitioner
) -> None:
    await hear(Confirmed(visit, BOOKED))
    message_id = await claimed_id(mailroom, BOOKED)
    waits = Postponed(BOOKED + timedelta(minutes=10), "practitioner_not_heard_of")
    await mailroom.settle([message_id], waits, BOOKED, handed_over=False)
    assert await claim(mailroom, BOOKED + timedelta(minutes=9)) == []
    async with db.transaction() as connection:
        await Heard().practitioner(connection, make_practitioner(practitioner_id="somebody-else"))
    assert await claim(mailroom, BOOKED + timedelta(minutes=9)) == []
    async with db.transaction() as connection:
        await Heard().practitioner(connection, make_practitioner())
    assert await claimed_id(mailroom, BOOKED + timedelta(minutes=9)) == message_id


async def test_a_message_is_late_from_its_time_until_it_is_out_and_not_when_it_was_put_off_to_a_civil_hour(
    hear: Hear, visit: Visit, mailroom: PostgresMailroom, messages: Messages
) -> None:
    await hear(Confirmed(visit, BOOKED))
    later = BOOKED + timedelta(minutes=5)
    assert await mailroom.late_since(BOOKED - timedelta(seconds=1), "email") is None
    assert await mailroom.late_since(later, "email") == BOOKED
    message_id = await claimed_id(mailroom, BOOKED)
    await mailroom.settle([message_id], TryLater("smtp_away", of_all=True), later, handed_over=False)
    assert await mailroom.late_since(later, "email") == BOOKED
    await mailroom.mark_sending([message_id])
    await mailroom.settle([message_id], Sent(), later, handed_over=True)
    assert await mailroom.late_since(later, "email") is None

    [sms] = [each for each in await claim(mailroom, SMS_TIME) if each.channel == "sms"]
    await mailroom.settle([sms.message_id], Postponed(SMS_TIME + timedelta(hours=9)), SMS_TIME, handed_over=False)
    assert await mailroom.late_since(SMS_TIME + timedelta(hours=8), "sms") is None
    due_at = (await messages(visit.appointment_id))[SMS]["due_at"]
    assert await mailroom.late_since(SMS_TIME + timedelta(hours=9), "sms") == due_at


async def test_a_request_that_was_withdrawn_before_its_mail_had_gone_is_told_of_no_more(
    mailroom: PostgresMailroom, hear: Hear, messages: Messages, visit: Visit, make_visit: MakeVisit, known: None
) -> None:
    request_id = visit.appointment_id
    assert await hear(Requested(visit, BOOKED))
    [claimed] = await claim(mailroom, BOOKED)
    assert (await mailroom.due(claimed)).appointment == Requested(visit, BOOKED)
    ended = make_visit(appointment_id=request_id, version=2)
    assert [await hear(Withdrawn(ended, BOOKED)), await hear(Requested(visit, BOOKED))] == [True, False]
    assert not await mailroom.mark_sending([claimed.message_id])
    assert {key: row["state"] for key, row in (await messages(request_id)).items()} == {("request", "email"): "dropped"}


async def test_a_claimed_message_is_free_again_when_its_process_died_before_handing_it_over(
    hear: Hear, visit: Visit, mailroom: PostgresMailroom
) -> None:
    await hear(Confirmed(visit, BOOKED))
    message_id = await claimed_id(mailroom, BOOKED)
    assert await claim(mailroom, BOOKED + timedelta(seconds=TRY_AGAIN_AFTER_SECONDS - 1)) == []
    assert await claimed_id(mailroom, BOOKED + timedelta(seconds=TRY_AGAIN_AFTER_SECONDS)) == message_id


async def test_of_twenty_who_try_to_hand_a_message_over_one_does(
    hear: Hear, visit: Visit, mailroom: PostgresMailroom
) -> None:
    await hear(Confirmed(visit, BOOKED))
    message_id = await claimed_id(mailroom, BOOKED)
    marks = await asyncio.gather(*(mailroom.mark_sending([message_id]) for _ in range(20)))
    assert sorted(marks) == [False] * 19 + [True]


async def test_a_message_cancelled_between_claim_and_hand_over_is_not_handed_over(
    hear: Hear, visit: Visit, mailroom: PostgresMailroom, make_visit: MakeVisit
) -> None:
    await hear(Confirmed(visit, BOOKED))
    message_id = await claimed_id(mailroom, BOOKED)
    await hear(Cancelled(make_visit(appointment_id=visit.appointment_id, version=2), BOOKED, "patient"))
    assert not await mailroom.mark_sending([message_id])


async def test_the_end_of_a_message_is_kept_and_said_once(
    hear: Hear, visit: Visit, mailroom: PostgresMailroom, messages: Messages, facts: Facts
) -> None:
    await hear(Confirmed(visit, BOOKED))
    message_id = await claimed_id(mailroom, BOOKED)
    assert await mailroom.mark_sending([message_id])
    for _ in range(2):  # who did not hear that the first had worked says it again
        await mailroom.settle([message_id], Sent("p:1"), BOOKED, handed_over=True)
    row = (await messages(visit.appointment_id))["confirmation", "email"]
    assert (row["state"], row["provider_id"], row["settled_at"]) == ("sent", "p:1", BOOKED)
    [fact] = await facts(visit.appointment_id)
    assert isinstance(fact, MessageSent)
    assert fact.message_id == message_id


@pytest.mark.parametrize(("outcome", "state"), [(Failed("smtp_550"), "failed"), (Unknown("smtp_silence"), "unknown")])
async def test_a_failure_is_kept_and_said_with_its_reason(
    hear: Hear, visit: Visit, mailroom: PostgresMailroom, messages: Messages, facts: Facts, outcome: Any, state: str
) -> None:
    await hear(Confirmed(visit, BOOKED))
    message_id = await claimed_id(mailroom, BOOKED)
    await mailroom.mark_sending([message_id])
    await mailroom.settle([message_id], outcome, BOOKED, handed_over=True)
    row = (await messages(visit.appointment_id))["confirmation", "email"]
    assert (row["state"], row["reason"]) == (state, outcome.reason)
    [fact] = await facts(visit.appointment_id)
    assert isinstance(fact, MessageFailed)
    assert (fact.outcome, fact.reason) == (state, outcome.reason)


async def test_what_could_not_go_now_is_tried_again_soon_and_then_less_often(
    hear: Hear, visit: Visit, mailroom: PostgresMailroom, messages: Messages
) -> None:
    await hear(Confirmed(visit, BOOKED))
    waits, now = [], BOOKED
    for _ in range(6):
        message_id = await claimed_id(mailroom, now)
        await mailroom.mark_sending([message_id])
        await mailroom.settle([message_id], TryLater("smtp_451"), now, handed_over=True)
        row = (await messages(visit.appointment_id))["confirmation", "email"]
        assert row["state"] == "planned"
        waits.append((row["try_at"] - now).total_seconds())
        now = row["try_at"]
    assert waits == [2, 4, 8, 16, 30, 30]


async def test_what_is_postponed_waits_for_its_hour(
    hear: Hear, visit: Visit, mailroom: PostgresMailroom, messages: Messages
) -> None:
    await hear(Confirmed(visit, BOOKED))
    message_id = await claimed_id(mailroom, BOOKED)
    later = BOOKED + timedelta(hours=3)
    await mailroom.settle([message_id], Postponed(later), BOOKED, handed_over=False)
    assert (await messages(visit.appointment_id))["confirmation", "email"]["try_at"] == later


async def test_an_email_whose_process_died_while_handing_it_over_is_unknown_and_stays_so(
    hear: Hear, visit: Visit, db: Any, mailroom: PostgresMailroom, messages: Messages, facts: Facts
) -> None:
    await hear(Confirmed(visit, BOOKED))
    message_id = await claimed_id(mailroom, BOOKED)
    await mailroom.mark_sending([message_id])
    assert await mailroom.give_up_lost(BOOKED) == 0, "it may still be under way"
    assert await PostgresMailroom(db, lost_after_seconds=0).give_up_lost(BOOKED) == 1
    row = (await messages(visit.appointment_id))["confirmation", "email"]
    assert (row["state"], row["reason"]) == ("unknown", "process_died")
    assert [type(fact) for fact in await facts(visit.appointment_id)] == [MessageFailed]
    assert await claim(mailroom, BOOKED + timedelta(days=1)) == []


async def test_an_answer_that_comes_after_all_is_worth_more_than_unknown(
    hear: Hear, visit: Visit, db: Any, mailroom: PostgresMailroom, messages: Messages
) -> None:
    await hear(Confirmed(visit, BOOKED))
    message_id = await claimed_id(mailroom, BOOKED)
    await mailroom.mark_sending([message_id])
    await PostgresMailroom(db, lost_after_seconds=0).give_up_lost(BOOKED)
    await mailroom.settle([message_id], Sent(), BOOKED, handed_over=True)
    assert (await messages(visit.appointment_id))["confirmation", "email"]["state"] == "sent"


@pytest.mark.usefixtures("known")
class TestSeveralVisitsOfADay:
    async def test_they_are_told_in_one_sms(
        self, hear: Hear, visit: Visit, another: Visit, mailroom: PostgresMailroom, messages: Messages, facts: Facts
    ) -> None:
        await hear(Confirmed(visit, BOOKED))
        await hear(Confirmed(another, BOOKED))
        leader, other = await claim_sms(mailroom, messages, visit, another)
        due = await mailroom.due(Claimed(leader, "sms", 1))
        assert [each.message_id for each in await mailroom.companions(due)] == [other]
        assert await mailroom.mark_sending([leader, other])
        await mailroom.settle([leader, other], Sent("p:1"), SMS_TIME, handed_over=True)
        assert (await messages(another.appointment_id))[SMS]["joined_to"] == leader
        assert [type(fact) for fact in await facts(another.appointment_id)] == [MessageSent]

    async def test_when_it_certainly_did_not_go_out_the_other_is_free_at_its_own_time(
        self, hear: Hear, visit: Visit, another: Visit, mailroom: PostgresMailroom, messages: Messages
    ) -> None:
        await hear(Confirmed(visit, BOOKED))
        await hear(Confirmed(another, BOOKED))
        leader, other = await claim_sms(mailroom, messages, visit, another)
        before = (await messages(another.appointment_id))[SMS]["try_at"]
        await mailroom.mark_sending([leader, other])
        await mailroom.settle([leader, other], TryLater("sms_away"), SMS_TIME, handed_over=True)
        row = (await messages(another.appointment_id))[SMS]
        assert (row["state"], row["joined_to"], row["try_at"]) == ("planned", None, before)

    async def test_when_it_may_be_out_it_goes_again_with_exactly_those(
        self, hear: Hear, visit: Visit, another: Visit, db: Any, mailroom: PostgresMailroom, messages: Messages,
        make_visit: MakeVisit,
    ) -> None:  # fmt: skip
        await hear(Confirmed(visit, BOOKED))
        await hear(Confirmed(another, BOOKED))
        leader, other = await claim_sms(mailroom, messages, visit, another)
        await mailroom.mark_sending([leader, other])
        await PostgresMailroom(db, lost_after_seconds=0).give_up_lost(SMS_TIME)
        third = make_visit("2026-12-03T17:00", appointment_id=str(uuid.uuid4()))
        await hear(Confirmed(third, BOOKED))
        claimed = await claim(mailroom, SMS_TIME + timedelta(minutes=1))
        assert other not in {each.message_id for each in claimed}, "it goes with its leader only"
        [again] = [each for each in claimed if each.message_id == leader]
        due = await mailroom.due(again)
        assert due.open_since == SMS_TIME
        assert [each.message_id for each in await mailroom.companions(due)] == [other]
        await mailroom.mark_sending([leader, other])
        await mailroom.settle([leader, other], TryLater("sms_away"), SMS_TIME, handed_over=True)
        assert (await messages(another.appointment_id))[SMS]["joined_to"] == leader, "the first try may still be out"

    async def test_when_it_may_be_out_and_its_leader_is_cancelled_both_are_unknown(
        self, hear: Hear, visit: Visit, another: Visit, mailroom: PostgresMailroom, messages: Messages,
        make_visit: MakeVisit,
    ) -> None:  # fmt: skip
        await hear(Confirmed(visit, BOOKED))
        await hear(Confirmed(another, BOOKED))
        leader, other = await claim_sms(mailroom, messages, visit, another)
        await mailroom.mark_sending([leader, other])
        open_fate = TryLater("sms_silence", fate_open=True)
        await mailroom.settle([leader, other], open_fate, SMS_TIME, handed_over=True)
        await hear(Cancelled(make_visit(appointment_id=visit.appointment_id, version=2), SMS_TIME, "patient"))
        ended = [await mailroom.give_up_lost(SMS_TIME) for _ in range(2)]
        assert ended == [1, 1]
        for each in (visit, another):
            row = (await messages(each.appointment_id))[SMS]
            assert (row["state"], row["reason"]) == ("unknown", "not_repeated")


@pytest.mark.parametrize("outcome", [Failed("sms_400"), Dropped("too_late")])
async def test_what_may_have_gone_out_before_ends_as_unknown_whatever_comes_later(
    hear: Hear, visit: Visit, mailroom: PostgresMailroom, messages: Messages, facts: Facts, outcome: Any
) -> None:
    await hear(Confirmed(visit, BOOKED))
    [sms] = await claim_sms(mailroom, messages, visit)
    await mailroom.mark_sending([sms])
    await mailroom.settle([sms], TryLater("sms_503", fate_open=True), SMS_TIME, handed_over=True)
    await mailroom.settle([sms], outcome, SMS_TIME, handed_over=False)
    assert (await messages(visit.appointment_id))[SMS]["state"] == "unknown"
    [fact] = await facts(visit.appointment_id)
    assert isinstance(fact, MessageFailed)
    assert fact.outcome == "unknown"
