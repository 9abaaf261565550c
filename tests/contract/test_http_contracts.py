"""HTTP contracts: what each service sends another fits the other's OpenAPI, and what it reads is promised there.

The callers are the services' own clients; each gets from the other the least that its document promises.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping
from datetime import date
from typing import Any, get_type_hints

import httpx
import pytest
from booking_events.subscriber import ClientCredentials
from booking_events.subscriber.feed import Feed
from notification.adapters import others
from notification.adapters.others import AccountsPeople, AvailabilityMotives
from portal.adapters.accounts import HttpAccounts
from portal.adapters.availability import HttpAvailability
from portal.adapters.booking import HttpBooking
from portal.adapters.directory import HttpDirectory
from portal.adapters.remote import Remote
from portal.application.services import Asker
from portal.application.shapes import Motive, Results, Slots
from portal.views.words import load_all
from pydantic import BaseModel, SecretStr, TypeAdapter
from service_kit.clock import Clock
from service_kit.outside import ServiceClient, ServiceTokens
from service_kit.settings import ClientSettings

from .openapi import Breach, Callee, inlined, unpromised

ID, KEY, INSTANT = "00000000-0000-4000-8000-000000000001", "a-key-of-the-form", "2027-03-01T08:00:00Z"
WHO = {"first_name": "Ariane", "last_name": "Exemple", "birth_date": "1980-01-01", "sex": "female"}
SIGN_UP = WHO | {
    "phone": "+33639980001", "code": "123456", "email": "a@example.org", "password": "correct horse battery staple",
    "terms_version": "2027-01", "locale": "fr",
}  # fmt: skip
SEARCH = {
    "q": "dermatologue", "where": "Angers", "sort": "earliest", "mode": "video", "sector": "1", "new_patients": "true",
    "accessible": "true", "after": "c3RhcnQ", "language": "fr", "near": "48.85,2.35", "within_days": "3",
}  # fmt: skip
TWO_VISITS = {"offer": "a.b.c", "start": INSTANT, "second": {"offer": "a.b.c", "start": INSTANT}}
CONFIRM = {"person_id": ID, "consulted_before": False, "answers": {"q1": "since May"}}
ASK = {"person_id": ID, "motive_id": ID, "mode": "video", "start": INSTANT, "message": "mornings, if you can"}
PORTAL: dict[tuple[str, type[Any]], dict[str, tuple[Any, ...]]] = {
    ("directory", HttpDirectory): {"search": (SEARCH,), "practitioner": (ID,), "recommend": (ID, KEY)},
    ("availability", HttpAvailability): {
        "agendas": (ID,),
        "motives": (ID,),
        "slots": ([ID, ID], ID, "in_person", date(2027, 3, 1), date(2027, 3, 7), True),
    },
    ("booking", HttpBooking): {
        "hold": (TWO_VISITS, KEY),
        "holds": (),
        "find_hold": (ID,),
        "release": (ID,),
        "extend": (ID, KEY),
        "claim": (ID, "a.b.c", KEY),
        "confirm": (ID, CONFIRM, KEY),
        "appointments": (),
        "appointment": (ID,),
        "cancel": (ID, {"reason": "ill"}, KEY),
        "move": (ID, {"offer": "a.b.c", "start": INSTANT, "version": 1}, KEY),
        "earlier_slots": (ID,),
        "accept_earlier": (ID,),
        "wait": (ID,),
        "stop_waiting": (ID,),
        "ask": (ID, ASK, KEY),
        "requests": (),
        "request": (ID,),
        "withdraw": (ID,),
    },
    ("accounts", HttpAccounts): {
        "visitor": (),
        "send_code": ("+33639980001", KEY),
        "sign_up": (SIGN_UP, KEY),
        "confirm": ("token", KEY),
        "log_in": ({"email": "a@example.org", "password": "correct horse battery staple"},),
        "renew": ("refresh",),
        "log_out": (ID,),
        "people": (),
        "add_person": (WHO | {"relation": "child"}, KEY),
    },
}  # fmt: skip
"""By callee and client, each call with what the portal's pages hand over (`entrypoints`)."""
PAGES = ("", "ask.", "check.", "earlier.", "move.")
"""Those of the portal with words of their own for some refusals."""
CALLS = [(callee, client, call) for (callee, client), calls in PORTAL.items() for call in calls]


# Read where it comes and done without where it does not: one shape serves several answers, or followed a change.
SPARED = {
    ("directory", "/v1/practitioners"): {
        f"items[].place.{name} is not promised" for name in ("phone", "access", "accessible")
    },
    ("accounts", "/v1/visitors"): {f"{name} is not promised" for name in ("refresh_token", "session_id")},
    ("booking", "/v1/appointments"): {"items[].linked_to is not promised"},
    ("availability", "/v1/slots"): {f"next_slot.{name} is not promised" for name in ("offer", "held_by_you")},
    ("availability", "/v1/agendas/{agenda_id}/motives"): {
        f"items[].{name} is not promised" for name in ("currency", "instructions")
    },
}  # fmt: skip


@pytest.fixture
def callees(documents: dict[str, dict[str, Any]]) -> dict[str, Callee]:
    return {name: Callee(name, document) for name, document in documents.items()}


def read_by(callee: Callee, shape: Any, *, items: bool = False) -> list[str]:
    """What `shape` reads of the last answer that is not promised."""
    method, template, _ = callee.met[-1]
    promised = callee.promised(method, template)
    assert promised is not None, f"{method} {template} of {callee.name} promises no body"
    schema = inlined(TypeAdapter(shape).json_schema(mode="validation"))
    if shape is Motive:  # by either name
        schema["properties"]["duration_minutes"] = schema["properties"].pop("minutes")
    if items:
        schema = {"type": "object", "properties": {"items": {"type": "array", "items": schema}}, "required": ["items"]}
    found = set(unpromised(callee, schema, promised))
    spared = SPARED.get((callee.name, template), set())
    assert shape not in (Results, Slots) or spared <= found, "what is promised now need not be spared"
    return sorted(found - spared)


@pytest.mark.parametrize(("name", "client", "call"), CALLS, ids=lambda part: getattr(part, "__name__", str(part)))
async def test_each_call_of_the_portal_fits_and_reads_what_is_promised(
    callees: dict[str, Callee], name: str, client: type[Any], call: str
) -> None:
    callee = callees[name]
    follows = {"availability": {"booking"}, "booking": {"booking", "accounts"}, "accounts": {"accounts"}}
    asker = Asker("fr", token="a.b.c", address="203.0.113.7", at_least={"booking": 7, "accounts": 3})
    async with callee.client() as http:
        remote = Remote(http, name, f"http://{name}", follows.get(name, set()))
        answer = await getattr(client(remote), call)(asker, *PORTAL[name, client][call])
    assert len(callee.met) == 1
    shape = get_type_hints(getattr(client, call))["return"]
    if shape is type(None):
        assert answer is None
    elif getattr(shape, "__origin__", None) is list:
        assert read_by(callee, shape.__args__[0], items=True) == []
    else:
        assert read_by(callee, shape) == []


def test_no_call_of_the_portal_is_without_a_contract() -> None:
    for (_, client), calls in PORTAL.items():
        public = {name for name, _ in inspect.getmembers(client, inspect.isfunction) if not name.startswith("_")}
        assert public == calls.keys()


async def test_each_refusal_that_booking_promises_a_patient_is_said_in_words_of_the_portal(
    callees: dict[str, Callee], documents: dict[str, dict[str, Any]]
) -> None:
    booking, asker, slugs = callees["booking"], Asker("fr", token="a.b.c"), set()
    async with booking.client() as http:
        client = HttpBooking(Remote(http, "booking", "http://booking"))
        for call, values in PORTAL["booking", HttpBooking].items():
            await getattr(client, call)(asker, *values)
            method, template, _ = booking.met[-1]
            for answer in documents["booking"]["paths"][template][method.lower()]["responses"].values():
                slugs |= set(re.findall(r"`([a-z-]+)`", answer["description"]))
    assert {"request-pending", "request-answered", "slot-taken"} <= slugs
    # A page of its own is the answer to this one: the free times of the second visit.
    slugs -= {"second-visit-missing"}
    for words in load_all().values():
        unsaid = [slug for slug in slugs if not any(words.has(f"{page}problem.{slug}") for page in PAGES)]
        assert unsaid == []


def tokens_of(http: httpx.AsyncClient) -> ServiceTokens:
    settings = ClientSettings(client_id="notification", client_secret=SecretStr("a secret of sixteen"))
    return ServiceTokens(http, "http://accounts", settings, Clock())


class _Token(BaseModel):
    """What `service_kit.outside` reads."""

    access_token: str
    expires_in: int


async def test_notification_asks_accounts_whom_to_write_to(callees: dict[str, Callee]) -> None:
    accounts = callees["accounts"]
    async with accounts.client() as http:
        await AccountsPeople(ServiceClient(http, "http://accounts", tokens_of(http))).contact(ID)
    assert read_by(accounts, others._Contact) == []
    accounts.met.pop()
    assert accounts.met[-1][1] == "/v1/service-tokens"
    assert read_by(accounts, _Token) == []


async def test_notification_asks_availability_what_a_motive_is_called(callees: dict[str, Callee]) -> None:
    availability = callees["availability"]
    async with availability.client() as http:
        await AvailabilityMotives(ServiceClient(http, "http://availability")).motive(ID, "x")
    assert read_by(availability, others._Motives) == []


class _Key(BaseModel):
    """What `service_kit.tokens` reads of a published key, and joserfc to check with it."""

    kty: str
    crv: str
    kid: str
    x: str


class _Keys(BaseModel):
    keys: list[_Key]


@pytest.mark.parametrize("name", ["accounts", "availability"])
async def test_whoever_checks_a_signature_finds_the_keys(callees: dict[str, Callee], name: str) -> None:
    callee = callees[name]
    async with callee.client() as http:
        assert (await http.get("/.well-known/jwks.json")).status_code == 200
    assert read_by(callee, _Keys) == []


class _Item(BaseModel):
    """What the subscriber kit reads of the feed."""

    position: int
    id: str
    type: str
    time: str
    subject: str
    data: dict[str, Any]


class _Page(BaseModel):
    items: list[_Item]
    next: int


async def test_the_subscriber_kit_reads_booking_s_feed_with_a_token_of_accounts(callees: dict[str, Callee]) -> None:
    booking, accounts = callees["booking"], callees["accounts"]
    async with booking.client() as http:
        assert (await Feed("http://booking")._get(http, 0)).keys() == {"items", "next"}
    assert read_by(booking, _Page) == []
    flow = ClientCredentials("http://accounts", "foreign", "a secret of sixteen").auth_flow(
        httpx.Request("GET", "http://booking/v1/events")
    )
    async with accounts.client() as http:
        assert (await http.send(next(flow))).status_code == 200
    assert read_by(accounts, _Token) == []


@pytest.mark.parametrize(
    ("method", "path", "more", "breach"),
    [
        ("GET", "/v1/appointment", {}, "booking has no GET /v1/appointment"),
        ("PUT", "/v1/holds", {}, "booking has no PUT"),
        ("GET", "/v1/events", {"params": {"since": "3"}}, "knows no query parameter since"),
        ("GET", "/v1/events", {"params": {"after": "yesterday"}}, "after may not be"),
        ("POST", "/v1/holds", {"json": {"start": INSTANT}}, "'offer' is a required property"),
        ("POST", "/v1/holds", {"json": {"offer": "a.b.c", "start": INSTANT, "note": ""}}, "note"),
        ("GET", "/v1/events", {"headers": {"X-Wish": "1"}}, "knows no header parameter x-wish"),
    ],
)
async def test_a_request_that_does_not_fit_is_refused_by_name(
    callees: dict[str, Callee], method: str, path: str, more: Mapping[str, Any], breach: str
) -> None:
    async with callees["booking"].client() as http:
        with pytest.raises(Breach, match=breach):
            await http.request(method, path, **more)


class _Greedy(_Page):
    head: int
    items: list[_Item]


class _Picky(BaseModel):
    items: list[int]
    next: str


def test_a_field_that_is_not_promised_is_found(callees: dict[str, Callee]) -> None:
    booking = callees["booking"]
    promised = booking.promised("GET", "/v1/events")
    assert promised is not None
    assert list(unpromised(booking, inlined(_Greedy.model_json_schema()), promised)) == ["head is not promised"]
    assert list(unpromised(booking, inlined(_Picky.model_json_schema()), promised)) == ["next may be number"]
