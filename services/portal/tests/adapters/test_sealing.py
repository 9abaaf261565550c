"""Cookies that only we can read or write."""

from __future__ import annotations

from portal.adapters.sealing import Sealer

OLD, NEW = b"o" * 32, b"n" * 32


def test_what_was_sealed_opens_under_its_name_only() -> None:
    sealer = Sealer([NEW])
    sealed = sealer.seal("__Host-session", b"content")
    assert sealer.open("__Host-session", sealed) == b"content"
    assert sealer.open("__Host-draft", sealed) is None
    assert b"content" not in sealed.encode()


def test_two_seals_of_the_same_are_different() -> None:
    sealer = Sealer([NEW])
    assert sealer.seal("a", b"content") != sealer.seal("a", b"content")


def test_no_altered_letter_goes_unnoticed() -> None:
    sealer = Sealer([NEW])
    sealed = sealer.seal("a", b"content")
    for n in range(len(sealed)):
        other = "A" if sealed[n] != "A" else "B"
        # The last letter may carry bits that stand for nothing.
        opened = sealer.open("a", sealed[:n] + other + sealed[n + 1 :])
        assert opened is None or n == len(sealed) - 1


def test_nonsense_opens_nothing() -> None:
    sealer = Sealer([NEW])
    for text in ("", "a", "é", "....", "AAAA", "A" * 100):
        assert sealer.open("a", text) is None


def test_a_changed_key_logs_nobody_out() -> None:
    sealed = Sealer([OLD]).seal("a", b"content")
    assert Sealer([NEW, OLD]).open("a", sealed) == b"content"
    assert Sealer([NEW]).open("a", sealed) is None
