"""The words that go out: in the reader's language, one SMS part, the portal's own addresses, nobody's name."""

from __future__ import annotations

import pytest
from accounts.application.texts import account_exists_mail, code_sms, confirm_mail
from accounts.domain.people import Locale

PORTAL = "https://rdv.example"
# The basic alphabet of GSM 03.38 as far as these texts may use it: one septet each.
GSM7 = set("@£$¥èéùìòÇØøÅå_ÆæßÉ !\"#%&'()*+,-./0123456789:;<=>?ÄÖÑÜ§äöñüà\n") | {
    chr(code) for base in (65, 97) for code in range(base, base + 26)
}


@pytest.mark.parametrize("locale", ["fr", "en"])
def test_a_code_fits_one_sms(locale: Locale) -> None:
    text = code_sms("012345", locale)
    assert text.startswith("012345 ")  # where a telephone shows it in the notification
    assert set(text) <= GSM7
    assert len(text) <= 160


@pytest.mark.parametrize("locale", ["fr", "en"])
def test_the_link_leads_to_the_portals_page_in_both_forms(locale: Locale) -> None:
    mail = confirm_mail(PORTAL, "a-token", "42", locale)
    link = "https://rdv.example/sign-up/confirm?token=a-token"
    assert f"\n{link}\n" in mail.text
    assert f'href="{link}"' in mail.html
    assert f'lang="{locale}"' in mail.html
    assert "42" in mail.text


@pytest.mark.parametrize("locale", ["fr", "en"])
def test_who_has_an_account_is_shown_the_way_in_and_no_token(locale: Locale) -> None:
    mail = account_exists_mail(PORTAL, "42", locale)
    assert "https://rdv.example/log-in" in mail.text
    assert "token" not in mail.text + mail.html


def test_the_two_languages_differ_throughout() -> None:
    french, english = confirm_mail(PORTAL, "t", "42", "fr"), confirm_mail(PORTAL, "t", "42", "en")
    assert french.subject == "Confirmez votre adresse e-mail"
    assert english.subject == "Confirm your e-mail address"
    assert not set(french.text.split("\n\n")[:2]) & set(english.text.split("\n\n")[:2])
