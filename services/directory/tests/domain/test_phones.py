"""Phones as registers write them."""

import pytest
from directory.domain.phones import e164, for_people


@pytest.mark.parametrize(
    "written",
    ["0261910001", "02 61 91 00 01", "02.61.91.00.01", "02-61-91-00-01", "+33 2 61 91 00 01", "0033261910001",
     "+33(0)261910001"],
)  # fmt: skip
def test_every_way_of_writing_a_number_gives_the_same_number(written: str) -> None:
    assert e164(written) == "+33261910001"


@pytest.mark.parametrize("written", ["61910109", "inconnu", "", "12", "00000000000000000000"])
def test_what_is_no_number_is_none(written: str) -> None:
    assert e164(written) is None


def test_a_number_of_la_reunion_is_found_though_it_is_none_of_the_mainland() -> None:
    assert e164("0692123456") == "+262692123456"


def test_the_block_kept_for_fiction_counts_as_callable() -> None:
    assert e164("06 39 98 00 01") == "+33639980001"


def test_people_read_the_national_form() -> None:
    assert for_people("+33261910001") == "02 61 91 00 01"
