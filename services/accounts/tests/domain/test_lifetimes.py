"""Codes, links, sessions and limits as time passes."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from accounts.domain.codes import CODE_TRIES_MAX, PhoneCode, is_worth_sending, link_state, try_code
from accounts.domain.limits import Limit, count_try, retry_at
from accounts.domain.sessions import Session, idle_until, is_live, judge_refresh, lifetimes

NOW = datetime(2027, 3, 1, 9, 0, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
CODE = PhoneCode(expires_at=NOW + 10 * MINUTE, tries=0, used_for=None)
EMAIL = "camille@example.org"


def test_a_right_code_in_time_is_right_and_counts_as_a_try() -> None:
    tried = try_code(CODE, True, EMAIL, NOW)
    assert (tried.right, tried.tries) == (True, 1)


def test_a_code_is_wrong_from_its_last_second_on() -> None:
    assert not try_code(CODE, True, EMAIL, CODE.expires_at).right


def test_after_five_tries_even_the_right_code_is_wrong() -> None:
    code = CODE
    for _ in range(CODE_TRIES_MAX):
        code = replace(code, tries=try_code(code, False, EMAIL, NOW).tries)
    assert not try_code(code, True, EMAIL, NOW).right


def test_a_used_code_opens_the_same_sign_up_again_but_no_other() -> None:
    used = replace(CODE, used_for=EMAIL, tries=1)
    assert try_code(used, True, EMAIL, NOW).right
    assert not try_code(used, True, "other@example.org", NOW).right


def test_a_link_is_fresh_then_used_and_dead_after_a_day() -> None:
    assert link_state(NOW, None, NOW + HOUR) == "fresh"
    assert link_state(NOW, NOW + HOUR, NOW + 2 * HOUR) == "used"
    assert link_state(NOW, None, NOW + DAY) == "dead"
    assert link_state(None, None, NOW) == "dead"


def test_a_message_too_late_to_be_of_use_is_not_sent() -> None:
    assert is_worth_sending("phone-code", NOW, NOW + 9 * MINUTE)
    assert not is_worth_sending("phone-code", NOW, NOW + 10 * MINUTE)
    assert is_worth_sending("sign-up", NOW, NOW + 23 * HOUR)
    assert not is_worth_sending("sign-up", NOW, NOW + DAY)


def test_staff_sessions_are_shorter_than_patients() -> None:
    assert lifetimes(["secretary"]).absolute < lifetimes(["patient"]).idle
    assert lifetimes(["patient", "practitioner"]) == lifetimes(["practitioner"])


def test_a_session_lives_until_it_is_idle_too_long_ended_or_over() -> None:
    session = Session(idle_until=NOW + HOUR, ends_at=NOW + DAY, ended_at=None)
    assert is_live(session, NOW)
    assert not is_live(session, NOW + HOUR)
    assert not is_live(replace(session, idle_until=NOW + 2 * DAY), NOW + DAY)
    assert not is_live(replace(session, ended_at=NOW), NOW)


def test_use_moves_the_idle_limit_but_never_beyond_the_absolute_one() -> None:
    assert idle_until(NOW + 90 * DAY, ["patient"], NOW) == NOW + 14 * DAY
    assert idle_until(NOW + DAY, ["patient"], NOW) == NOW + DAY


def test_a_refresh_token_seen_twice_is_reuse() -> None:
    session = Session(idle_until=NOW + HOUR, ends_at=NOW + DAY, ended_at=None)
    assert judge_refresh(session, None, NOW) == "rotate"
    assert judge_refresh(session, NOW - MINUTE, NOW) == "reused"
    assert judge_refresh(replace(session, ended_at=NOW), None, NOW) == "over"


def test_a_limit_lets_its_number_pass_and_opens_again_with_the_next_window() -> None:
    limit = Limit("test", 2, HOUR)
    first = count_try(limit, None, NOW)
    second = count_try(limit, first, NOW + MINUTE)
    third = count_try(limit, second, NOW + 2 * MINUTE)
    assert (retry_at(limit, first), retry_at(limit, second)) == (None, None)
    assert retry_at(limit, third) == NOW + HOUR
    assert retry_at(limit, count_try(limit, third, NOW + HOUR)) is None
