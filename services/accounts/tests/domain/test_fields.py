"""E-mails, passwords, names and birth dates: what is taken and what is refused."""

from datetime import date

import pytest
from accounts.domain import emails, passwords
from accounts.domain.people import RELATIVES_MAX, identity, may_add_relative
from accounts.domain.rejections import InvalidField, TooManyRelatives
from hypothesis import given
from hypothesis import strategies as st

TODAY = date(2027, 3, 1)


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        (" Camille.Durand@Example.ORG ", "camille.durand@example.org"),
        ("a+b@sub.example.org", "a+b@sub.example.org"),
        ("x@exämple.org", "x@xn--exmple-cua.org"),
    ],
)
def test_one_mailbox_has_one_spelling(typed: str, stored: str) -> None:
    assert emails.normalise(typed) == stored


@pytest.mark.parametrize(
    "typed",
    ["", "@", "a@", "@example.org", "a@b", "a b@example.org", "a@example..org", ".a@example.org", "a@-x.org",
     "a@example.org\nBcc: b@example.org", "é@example.org", "a" * 65 + "@example.org", "a@" + "b." * 130 + "org"],
)  # fmt: skip
def test_what_is_no_address_is_refused(typed: str) -> None:
    with pytest.raises(InvalidField) as refused:
        emails.normalise(typed)
    assert refused.value.fault == "not-an-email"


@given(st.text(max_size=80))
def test_an_address_taken_stays_the_same_when_taken_again(typed: str) -> None:
    try:
        once = emails.normalise(typed)
    except InvalidField:
        return
    assert emails.normalise(once) == once
    assert not any(character in once for character in " \r\n<>,;:")


@pytest.mark.parametrize(
    ("password", "fault"),
    [
        ("short", "too-short"),
        ("a" * 129, "too-long"),
        ("motdepasse1234!", "too-common"),
        ("abababababab", "too-common"),
        ("012345678901", "too-common"),
        ("camille.durand1", "too-personal"),
    ],
)
def test_a_password_easy_to_guess_is_refused(password: str, fault: str) -> None:
    with pytest.raises(InvalidField) as refused:
        passwords.check(password, ["camille.durand"])
    assert (refused.value.field, refused.value.fault) == ("password", fault)


def test_a_long_password_is_taken_in_one_form_for_all_keyboards() -> None:
    assert passwords.check("tre\u0301s long chemin", []) == passwords.check("tr\u00e9s long chemin", [])


def test_names_are_tidied_and_keep_their_accents() -> None:
    made = identity("  Anne-Marie ", "d’Alençon  Lebrun", date(1980, 5, 1), "female", TODAY)
    assert (made.first_name, made.last_name) == ("Anne-Marie", "d’Alençon Lebrun")


@pytest.mark.parametrize("name", ["", " ", "http://example.org", "Bob1", "a.example.org", "<b>", "-", "x" * 81])
def test_what_is_no_name_is_refused(name: str) -> None:
    with pytest.raises(InvalidField) as refused:
        identity(name, "Durand", date(1980, 5, 1), "female", TODAY)
    assert refused.value.field == "first_name"


@pytest.mark.parametrize(("born", "fault"), [(date(2027, 3, 2), "in-the-future"), (date(1890, 1, 1), "too-long-ago")])
def test_an_impossible_birth_date_is_refused(born: date, fault: str) -> None:
    with pytest.raises(InvalidField) as refused:
        identity("Camille", "Durand", born, "female", TODAY)
    assert refused.value.fault == fault


def test_an_account_has_a_bounded_number_of_relatives() -> None:
    may_add_relative(RELATIVES_MAX - 1)
    with pytest.raises(TooManyRelatives):
        may_add_relative(RELATIVES_MAX)
