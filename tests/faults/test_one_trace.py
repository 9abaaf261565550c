"""One trace leads from a click on the portal through store, relay and Kafka to the mail server."""

from __future__ import annotations

import contextlib
import secrets
import uuid
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from embedded_parts.otlp import OtlpReceiver, Span

from .running import RunningDemo
from .slots import agenda_of, free, offer_of
from .stack import until

CLICK = "b7ad6b7169203331"
# Each hop: (service, span), and the hop that it goes on from.
PORTAL = ("portal", "POST /book/{hold_id}/confirm")
BOOKING = ("booking", "POST /v1/holds/{hold_id}/confirm")
STORE = ("booking", "append")
RELAY = ("booking", "send booking.appointments.v1")
CONSUMER = ("notification", "process rendezvous.booking.AppointmentConfirmed.v1")
MESSAGE = ("notification", "deliver message")
ADDRESS = ("accounts", "GET /v1/people/{person_id}/contact")
MAIL = ("notification", "SMTP DATA")
SENT = ("notification", "send notification.deliveries.v1")
HOPS = {
    BOOKING: PORTAL, STORE: BOOKING, RELAY: BOOKING, CONSUMER: RELAY, MESSAGE: CONSUMER, ADDRESS: MESSAGE,
    MAIL: MESSAGE, SENT: MESSAGE,
}  # fmt: skip


@pytest.fixture
def site(demo: RunningDemo) -> Iterator[httpx.Client]:
    """The portal as a browser without scripts meets it; its cookies are for https, which loopback is not."""

    headers = {"Sec-Fetch-Site": "same-origin", "Accept-Language": "en"}
    with httpx.Client(
        base_url=demo.facts["services"]["portal"], headers=headers, trust_env=False, timeout=30
    ) as client:

        def for_loopback(_: httpx.Response) -> None:
            for cookie in client.cookies.jar:
                cookie.secure = False

        client.event_hooks["response"].append(for_loopback)
        yield client


def send(site: httpx.Client, path: str, leads_to: str, **more: Any) -> str:
    """Send a form; the path that it leads to, which begins with `leads_to`."""
    answer = site.post(path, **more)
    assert answer.status_code == 303, answer.text[:2000]
    assert answer.headers["location"].startswith(leads_to)
    return str(answer.headers["location"])


def test_a_click_on_the_portal_is_one_trace_to_the_mail_server(
    demo: RunningDemo, receiver: OtlpReceiver, site: httpx.Client
) -> None:
    login = demo.facts["logins"]["patients"][59]
    agenda = agenda_of(demo)
    found = free(demo, agenda, agenda.short, days_ahead=10)
    slot = found["slots"][-1]
    wish = {
        "practitioner": demo.facts["practitioners"][1]["id"],
        "agenda": agenda.agenda_id,
        "motive": agenda.short,
        "mode": slot["mode"],
        "offer": offer_of(found, slot["start"]),
        "start": slot["start"],
        "form_key": str(uuid.uuid4()),
    }
    send(site, "/log-in", "/", data={"email": login["email"], "password": login["password"]})
    book = send(site, "/holds", "/book/", data=wish)
    send(site, f"{book}/who", f"{book}/questions", data={"person_id": login["person_id"]})
    motives = demo.api.get("availability", f"/v1/agendas/{agenda.agenda_id}/motives")["items"]
    questions = next(motive["questions"] for motive in motives if motive["id"] == agenda.short)
    answers = {f"answer.{question['id']}": "Nothing new." for question in questions}
    send(site, f"{book}/questions", f"{book}/check", data={"consulted_before": "no", **answers})
    trace = secrets.token_hex(16)
    click = {"traceparent": f"00-{trace}-{CLICK}-01"}
    send(site, f"{book}/confirm", "/appointments/", data={"form_key": str(uuid.uuid4())}, headers=click)

    def spans() -> dict[tuple[str, str], Span]:
        # Of several messages in the trace, the one that was sent at once: reminders wait for their day.
        return {(span.resource["service.name"], span.name): span for span in receiver.spans() if span.trace == trace}

    with contextlib.suppress(AssertionError):  # what is missing is said by the next line
        until("every hop has exported its span", lambda: spans().keys() >= {PORTAL, *HOPS})
    seen = spans()
    assert {PORTAL, *HOPS} - seen.keys() == set(), sorted(seen)
    assert seen[PORTAL].parent == CLICK
    assert {hop: seen[hop].parent for hop in HOPS} == {hop: seen[before].id for hop, before in HOPS.items()}
