"""What a visit remembers, and how long."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from portal.application.session import Booking, Draft, Login, Session, read_draft, read_session, write
from portal.application.shapes import Tokens

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


def booking(minutes: float = 10) -> Booking:
    return Booking(
        hold_id="hold",
        practitioner_id="practitioner",
        agenda_id="agenda",
        motive_id="motive",
        mode="in_person",
        start=NOW + timedelta(days=2),
        expires_at=NOW + timedelta(minutes=minutes),
        zone="Europe/Paris",
        by_visitor=True,
    )


def test_a_session_is_read_as_it_was_written() -> None:
    login = Login(access="a", refresh="r", session_id="s", until=NOW)
    session = Session(made_at=NOW, login=login, booking=booking())
    assert read_session(write(session), NOW) == session


def test_a_message_stays_with_its_motive() -> None:
    draft = Draft(about="m", message="Plutôt le matin.", email="someone@patients.example")
    assert draft.for_motive("m").message == "Plutôt le matin."
    assert (draft.for_motive("n").message, draft.for_motive("n").email) == ("", "someone@patients.example")


def test_what_cannot_be_read_is_a_new_session() -> None:
    for content in (None, b"", b"{}", b"[1]", b'{"made_at": "yesterday"}', b"\xff"):
        assert read_session(content, NOW) == Session(made_at=NOW)


def test_a_session_of_last_season_is_not_taken_up_again() -> None:
    old = Session(made_at=NOW - timedelta(days=91), booking=booking())
    assert read_session(write(old), NOW).booking is None


def test_a_login_is_renewed_before_it_ends() -> None:
    session = Session(made_at=NOW)
    session.log_in(Tokens(access_token="a", expires_in=600, refresh_token="r", session_id="s"), NOW)
    assert session.login is not None
    assert not session.login.needs_renewal(NOW + timedelta(seconds=560))
    assert session.login.needs_renewal(NOW + timedelta(seconds=580))


def test_positions_of_ones_own_changes_are_waited_for_some_minutes_only() -> None:
    session = Session(made_at=NOW)
    session.see({"booking": 7}, NOW)
    session.see({"accounts": 3}, NOW + timedelta(minutes=1))
    assert session.fresh_positions(NOW + timedelta(minutes=2)) == {"booking": 7, "accounts": 3}
    assert session.fresh_positions(NOW + timedelta(minutes=7)) == {}


def test_answers_survive_the_loss_of_a_slot_and_not_another_motive() -> None:
    draft = Draft(about="motive", person_id="p", consulted_before=True, answers={"q": "yes"}, email="a@b.example")
    assert draft.for_motive("motive") == draft
    assert draft.for_motive("other") == Draft(about="other", email="a@b.example")
    assert read_draft(write(draft)) == draft
    assert read_draft(b"no draft") == Draft()


def test_the_last_minute_is_not_nothing() -> None:
    assert booking(9.1).minutes_left(NOW) == 10
    assert booking(0.2).minutes_left(NOW) == 1
    assert booking(-3).minutes_left(NOW) == 0
