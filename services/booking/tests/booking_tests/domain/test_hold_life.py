"""The life of a hold: released, extended once, claimed, expired."""

import pytest
from booking.domain.commands import ClaimHold, ExpireHold, ExtendHold, ReleaseHold
from booking.domain.events import HoldClaimed, HoldExpired, HoldExtended, HoldReleased
from booking.domain.rejections import AlreadyExtended, HoldHasExpired, HoldWasConfirmed, HoldWasReleased, NoSuchHold

from ..given import NINE, NOW, confirm, confirmed, held, hold_slot, minutes, visit, when

STRETCH = visit().stretch
LATER = NOW + minutes(5)
OVER = NOW + minutes(10)


def test_the_holder_lets_go_and_letting_go_again_changes_nothing() -> None:
    released = when(ReleaseHold(LATER, "hold-1", "alice"), held())
    assert released == (HoldReleased(LATER, "hold-1", "alice", STRETCH, "released"),)
    assert when(ReleaseHold(LATER, "hold-1", "alice"), held(), *released) == ()
    assert when(ReleaseHold(OVER, "hold-1", "alice"), held()) == ()


@pytest.mark.parametrize(
    "command",
    [
        ReleaseHold(LATER, "hold-1", "mallory"),
        ExtendHold(LATER, "hold-1", "mallory"),
        ClaimHold(LATER, "hold-1", "visitor", "mallory"),
        confirm("mallory", at=LATER),
        ReleaseHold(LATER, "unknown", "alice"),
    ],
)
def test_somebody_elses_hold_is_not_there(command: ReleaseHold) -> None:
    with pytest.raises(NoSuchHold):
        when(command, held())


def test_a_hold_is_extended_once_by_ten_minutes() -> None:
    extended = when(ExtendHold(LATER, "hold-1", "alice"), held())
    assert extended == (HoldExtended(LATER, "hold-1", "alice", STRETCH, NOW + minutes(20)),)
    with pytest.raises(AlreadyExtended):
        when(ExtendHold(LATER, "hold-1", "alice"), held(), *extended)


def test_an_extended_hold_binds_until_its_new_end() -> None:
    extended = HoldExtended(LATER, "hold-1", "alice", STRETCH, NOW + minutes(20))
    assert when(confirm(at=NOW + minutes(19)), held(), extended)
    with pytest.raises(HoldHasExpired):
        when(confirm(at=NOW + minutes(20)), held(), extended)


def test_a_hold_that_ended_says_how() -> None:
    released = HoldReleased(LATER, "hold-1", "alice", STRETCH, "released")
    expired = HoldExpired(OVER, "hold-1", "alice", STRETCH)
    with pytest.raises(HoldWasReleased):
        when(ExtendHold(LATER, "hold-1", "alice"), held(), released)
    with pytest.raises(HoldHasExpired):
        when(ExtendHold(LATER, "hold-1", "alice"), held(), expired)
    with pytest.raises(HoldHasExpired):
        when(ExtendHold(OVER, "hold-1", "alice"), held())
    used = confirmed("alice", "hold-1", appointment="appointment-7")
    for command in (ExtendHold(LATER, "hold-1", "alice"), ReleaseHold(LATER, "hold-1", "alice"), confirm(at=LATER)):
        with pytest.raises(HoldWasConfirmed) as refused:
            when(command, held(), used)
        assert refused.value.appointment_id == "appointment-7"


def test_a_visitors_hold_becomes_the_accounts_and_keeps_its_end() -> None:
    taken = held("visitor")
    (claimed,) = when(ClaimHold(LATER, "hold-1", "visitor", "alice"), taken)
    assert claimed == HoldClaimed(
        LATER, "hold-1", "visitor", "alice", taken.visit, taken.rules, taken.expires_at, extended=False
    )
    assert when(confirm("alice", at=LATER), taken, claimed)
    with pytest.raises(NoSuchHold):
        when(ReleaseHold(LATER, "hold-1", "visitor"), taken, claimed)


def test_claiming_replaces_the_accounts_own_live_hold() -> None:
    own = held("alice", "hold-own", visit=visit(NINE + minutes(60)))
    released, claimed = when(ClaimHold(LATER, "hold-1", "visitor", "alice"), held("visitor"), own)
    assert released == HoldReleased(LATER, "hold-own", "alice", own.visit.stretch, "replaced")
    assert isinstance(claimed, HoldClaimed)


def test_claiming_again_changes_nothing() -> None:
    claimed = when(ClaimHold(LATER, "hold-1", "visitor", "alice"), held("visitor"))
    assert when(ClaimHold(LATER, "hold-1", "visitor", "alice"), held("visitor"), *claimed) == ()


def test_a_claimed_hold_is_replaced_like_any_other_by_its_new_account() -> None:
    (claimed,) = when(ClaimHold(LATER, "hold-1", "visitor", "alice"), held("visitor"))
    # The new account's boundary begins with the claim: the visitor's SlotHeld does not carry its tag.
    released, _ = when(hold_slot("alice", at=LATER, visit=visit(NINE + minutes(60))), claimed)
    assert released == HoldReleased(LATER, "hold-1", "alice", STRETCH, "replaced")


def test_an_extension_is_not_won_back_by_claiming() -> None:
    given = [held("visitor"), HoldExtended(LATER, "hold-1", "visitor", STRETCH, NOW + minutes(20))]
    given += when(ClaimHold(LATER, "hold-1", "visitor", "alice"), *given)
    with pytest.raises(AlreadyExtended):
        when(ExtendHold(LATER, "hold-1", "alice"), *given)


def test_the_sweeper_records_an_end_once_and_only_when_it_has_come() -> None:
    assert when(ExpireHold(LATER, "hold-1"), held()) == ()
    expired = when(ExpireHold(OVER, "hold-1"), held())
    assert expired == (HoldExpired(OVER, "hold-1", "alice", STRETCH),)
    assert when(ExpireHold(OVER, "hold-1"), held(), *expired) == ()


def test_a_hold_that_ended_while_the_clock_was_ahead_does_not_come_back_over_others() -> None:
    meanwhile = held("bob", "hold-2", at=NOW + minutes(30))
    for later in (meanwhile, held("bob", "hold-2", at=OVER)):
        with pytest.raises(HoldHasExpired):
            when(confirm("alice", at=NOW + minutes(5)), held("alice"), later)
    with pytest.raises(HoldHasExpired):
        when(ExtendHold(NOW + minutes(5), "hold-1", "alice"), held("alice"), meanwhile)
