"""The mailbox: real SMTP and SMS in, JSON and a safe page out."""

import signal
import smtplib
import uuid
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import httpx

from .conftest import Mailbox, start_mailbox

_CALENDAR = "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nEND:VCALENDAR\r\n"


def _send(mailbox: Mailbox, to: list[str], **more: Any) -> None:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "Rendezvous <no-reply@example.org>", ", ".join(to), "Votre rendez-vous"
    mail.set_content(more.get("text", "À bientôt, le 3 mars à 9 h 00."))
    if "html" in more:
        mail.add_alternative(more["html"], subtype="html")
    if "calendar" in more:
        mail.add_attachment(more["calendar"].encode(), "text", "calendar", filename="invite.ics")
    if "pdf" in more:
        mail.add_attachment(more["pdf"], "application", "pdf", filename="plan d'accès.pdf")
    with smtplib.SMTP("127.0.0.1", mailbox.smtp_port, timeout=10) as smtp:
        smtp.send_message(mail)


def _sms(mailbox: Mailbox, **changes: Any) -> httpx.Response:
    body = {
        "idempotency_key": str(uuid.uuid4()),
        "to": "+33639980001",
        "text": "Rappel : mardi 3 mars à 9 h 00.",
        "sender": "RENDEZVOUS",
        "tag": "reminder",
        "valid_minutes": 60,
        **changes,
    }
    return httpx.post(f"{mailbox.url}/sms", json=body)


def _messages(mailbox: Mailbox, **query: str) -> list[dict[str, Any]]:
    answer = httpx.get(f"{mailbox.url}/messages", params=query)
    assert answer.status_code == 200
    found: list[dict[str, Any]] = answer.json()
    return found


def test_a_mail_comes_out_as_text_html_and_attachments(mailbox: Mailbox) -> None:
    _send(mailbox, ["lea@example.org"], html="<p>À bientôt</p>", calendar=_CALENDAR, pdf=b"%PDF-1.7 \xff")
    (message,) = _messages(mailbox, to="LEA@example.org", channel="email")
    assert message["subject"] == "Votre rendez-vous"
    assert message["text"].strip() == "À bientôt, le 3 mars à 9 h 00."
    assert message["html"].strip() == "<p>À bientôt</p>"
    assert message["attachments"] == [
        {"name": "invite.ics", "type": "text/calendar", "text": _CALENDAR},
        {"name": "plan d'accès.pdf", "type": "application/pdf", "text": None},
    ]
    downloaded = httpx.get(f"{mailbox.url}/message/{message['id']}/attachments/1")
    assert downloaded.content == b"%PDF-1.7 \xff"
    assert downloaded.headers["Content-Disposition"].startswith("attachment;")


def test_every_recipient_has_a_message_and_the_newest_comes_first(mailbox: Mailbox) -> None:
    _send(mailbox, ["one@example.org", "two@example.org"], text="first")
    _send(mailbox, ["one@example.org"], text="second")
    assert [message["text"].strip() for message in _messages(mailbox, to="one@example.org")] == ["second", "first"]
    assert len(_messages(mailbox, to="two@example.org")) == 1


def test_an_sms_is_measured_kept_and_found_by_any_spelling_of_its_phone(mailbox: Mailbox) -> None:
    answer = _sms(mailbox, to="+33639980777", text="Rappel : à 9 h €").json()
    assert answer["provider_id"]
    assert {name: answer[name] for name in ("provider", "segments", "encoding", "status")} == {
        "provider": "demo",
        "segments": 1,
        "encoding": "GSM-7",
        "status": "delivered",
    }
    for spelling in ("+33639980777", "+33 6 39 98 07 77", "06 39 98 07 77"):
        (message,) = _messages(mailbox, to=spelling, channel="sms")
        assert message["text"] == "Rappel : à 9 h €"
    # A plus sign that nobody encoded arrives as a space.
    assert len(httpx.get(f"{mailbox.url}/messages?to=+33639980777").json()) == 1


def test_the_same_sms_key_sends_once_and_another_text_under_it_is_refused(mailbox: Mailbox) -> None:
    key = str(uuid.uuid4())
    first, again = (_sms(mailbox, idempotency_key=key, to="+33639980888") for _ in range(2))
    assert first.content == again.content
    assert len(_messages(mailbox, to="+33639980888")) == 1
    other = _sms(mailbox, idempotency_key=key, to="+33639980888", text="another")
    assert other.status_code == 422
    assert other.json()["type"].endswith("/idempotency-key-reused")


def test_a_text_outside_gsm7_or_beyond_one_part_is_counted_so(mailbox: Mailbox) -> None:
    assert _sms(mailbox, text="ê").json() | {"provider_id": ""} == {
        "provider": "demo",
        "provider_id": "",
        "segments": 1,
        "encoding": "UCS-2",
        "status": "delivered",
    }
    for text, segments in (("a" * 160, 1), ("a" * 161, 2), ("€" * 81, 2), ("ê" * 70, 1), ("ê" * 71, 2)):
        assert _sms(mailbox, text=text).json()["segments"] == segments


def test_a_malformed_sms_is_refused_with_a_problem(mailbox: Mailbox) -> None:
    refused = _sms(mailbox, to="0639980001")
    assert refused.status_code == 422
    assert refused.headers["Content-Type"] == "application/problem+json"
    assert refused.json()["errors"][0]["pointer"] == "/to"
    broken = httpx.post(f"{mailbox.url}/sms", content=b"{", headers={"Content-Type": "application/json"})
    assert broken.status_code == 400


def test_messages_carry_the_time_of_the_demos_clock(mailbox: Mailbox) -> None:
    mailbox.clock.advance(timedelta(days=3))
    _sms(mailbox, to="+33639980999")
    (message,) = _messages(mailbox, to="+33639980999")
    ahead = datetime.fromisoformat(message["received_at"]) - datetime.now(UTC)
    assert timedelta(days=2, hours=23) < ahead <= timedelta(days=3)


def test_a_hostile_mail_is_shown_escaped_and_its_html_stays_in_a_sandbox(mailbox: Mailbox) -> None:
    attack = "<script>alert(1)</script> https://127.0.0.1/x?a=1&b=<2>."
    _send(mailbox, ["mallory@example.org"], text=attack, html="<script>alert(1)</script>")
    number = _messages(mailbox, to="mallory@example.org")[0]["id"]
    page = httpx.get(f"{mailbox.url}/message/{number}?lang=en")
    assert "<script" not in page.text
    assert 'href="https://127.0.0.1/x?a=1&amp;b=&lt;2"' in page.text
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    assert 'sandbox="allow-popups' in page.text
    html = httpx.get(f"{mailbox.url}/message/{number}/html")
    assert html.headers["Content-Security-Policy"].startswith("sandbox ")
    assert "allow-scripts" not in html.headers["Content-Security-Policy"]


def test_the_page_speaks_french_by_default_and_english_when_asked(mailbox: Mailbox) -> None:
    assert 'lang="fr"' in httpx.get(mailbox.url).text
    assert "Mailbox" in httpx.get(mailbox.url, headers={"Accept-Language": "en-GB,en;q=0.8"}).text


def test_another_site_and_a_foreign_host_name_get_nothing(mailbox: Mailbox) -> None:
    foreign = httpx.post(f"{mailbox.url}/sms", json={}, headers={"Sec-Fetch-Site": "cross-site"})
    assert foreign.status_code == 403
    assert httpx.get(f"{mailbox.url}/messages", headers={"Host": "rebound.example"}).status_code == 400
    for ours in ("sms:8000", "10.244.0.3:8000", "[::1]:8000"):  # as it is called in a cluster
        assert httpx.get(f"{mailbox.url}/messages", headers={"Host": ours}).status_code == 200


def test_what_was_accepted_survives_a_kill(tmp_path: Path) -> None:
    first = start_mailbox(tmp_path)
    key = str(uuid.uuid4())
    before = _sms(first, idempotency_key=key)
    _send(first, ["kept@example.org"])
    first.process.send(signal.SIGKILL)
    first.process.kill()
    second = start_mailbox(tmp_path)
    try:
        assert len(_messages(second)) == 2
        assert _sms(second, idempotency_key=key).content == before.content
        assert len(_messages(second)) == 2
    finally:
        second.process.kill()
