"""Only pages of our own may change something."""

from __future__ import annotations

import pytest
from portal.application.origin import comes_from_us


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_looking_is_allowed_from_anywhere(method: str) -> None:
    assert comes_from_us(method, "rdv.example", "cross-site", "https://evil.example")


@pytest.mark.parametrize("site", ["cross-site", "same-site", "something-new", ""])
def test_a_form_of_another_site_is_refused_even_with_our_origin(site: str) -> None:
    assert not comes_from_us("POST", "rdv.example", site, "https://rdv.example")


@pytest.mark.parametrize("site", ["same-origin", "none"])
def test_a_form_of_our_own_is_taken(site: str) -> None:
    assert comes_from_us("POST", "rdv.example", site, None)


def test_an_older_browser_is_known_by_its_origin() -> None:
    assert comes_from_us("POST", "rdv.example:8443", None, "https://RDV.example:8443")
    assert not comes_from_us("POST", "rdv.example", None, "https://rdv.example.evil.example")
    assert not comes_from_us("POST", "rdv.example", None, "null")
    assert not comes_from_us("POST", "", None, "")


def test_who_says_neither_is_refused() -> None:
    assert not comes_from_us("POST", "rdv.example", None, None)
