"""What is stored of an event: smaller, always the same again, and never a reason to stumble."""

import os

import pytest
from event_store.packing import pack, pack_answer, unpack, unpack_answer
from hypothesis import given
from hypothesis import strategies as st

TAGS = ["hold:46e9cb26-843c-4482-96ac-a9dc22457f2b"]
METADATA = '{"actor":"account:3cb42fc2-5e93-407d-86d0-3e687bc916d1"}'
DATA = b'{"hold_id":"46e9cb26-843c-4482-96ac-a9dc22457f2b","mode":"in_person","zone":"Europe/Paris","place":null}' * 2


@given(data=st.binary() | st.binary().map(lambda end: b"\x01" + end * 50), tags=st.lists(st.text(min_size=1)))
def test_whatever_is_packed_comes_back(data: bytes, tags: list[str]) -> None:
    tags = [tag.encode(errors="ignore").decode() for tag in tags]
    assert unpack(*pack(METADATA, data, tags), tags) == (METADATA, data)
    assert unpack_answer(pack_answer(data)) == data


def test_small_events_stay_as_they_are_and_larger_ones_become_half() -> None:
    assert pack("{}", b"small", TAGS) == ("{}", b"small")
    metadata, data = pack(METADATA, DATA, TAGS)
    assert metadata == ""
    assert len(data) < len(METADATA + DATA.decode()) / 2


def test_what_would_not_become_smaller_is_left() -> None:
    secret = os.urandom(1000).lstrip(b"\x01")
    assert pack("{}", secret, TAGS) == ("{}", secret)
    assert pack_answer(secret) == secret


@pytest.mark.parametrize("tampered", [b"\x01", b"\x01x", pack(METADATA, DATA, TAGS)[1][:-9], b"", b"x"])
def test_bytes_that_were_tampered_with_can_be_read_so_that_the_chain_can_name_them(tampered: bytes) -> None:
    metadata, data = unpack("", tampered, TAGS)
    assert (metadata, data) == ("", tampered) or DATA.startswith(data)


def test_the_first_releases_form_is_still_read() -> None:
    """Not to be changed together with the code: bytes like these are in the log."""
    stored = bytes.fromhex(
        "01c374a171729289515ab291ae69aaa5b1ae8981798aae85598a81ae71aa99857952b2a5a1598a21d87e901d106f12631122d632f34091010a645cd15b9003f4bc92551e308dd5d2cb1e00"
    )
    assert unpack("", stored, TAGS) == (METADATA, DATA)
