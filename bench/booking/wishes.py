"""Who wants to book what: people with tokens and slots on signed sheets, all made before the clock starts."""

from __future__ import annotations

import base64
import json
import threading
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import psycopg
from availability.adapters.offer_key import OfferKey
from availability.domain.sheet import encode_starts
from joserfc.jwk import OKPKey
from service_kit.tokens import AUDIENCE, sign_token

ISSUER = "https://rendezvous.example"
_AGENDAS, _MINUTES = 400, 15
_LIFE = timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class Wish:
    """One visit that one person wants; nobody else wants that slot."""

    account: str
    person: str
    token: str
    offer: str
    start: str

    def headers(self) -> str:
        """With a new Idempotency-Key."""
        return f"authorization: Bearer {self.token}\r\nidempotency-key: {uuid.uuid4()}\r\n"


class Issuer:
    """Accounts and availability as far as a booking needs them: their keys, and what they sign."""

    def __init__(self, token_key: OKPKey, offer_jwk: str) -> None:
        self._token_key, self._offer_key = token_key, OfferKey(offer_jwk)

    def wishes(self, count: int, now: datetime, practitioners: Sequence[str] = ()) -> list[Wish]:
        """Neighbours in the list want slots of different agendas; tokens and sheets hold for two hours from `now`.

        The agendas are those of `practitioners`, by turns, or each somebody's of whom nobody has heard.
        """
        first = (now + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
        starts = [first + timedelta(minutes=_MINUTES * n) for n in range(-(-count // _AGENDAS))]
        owners = [
            practitioners[n % len(practitioners)] if practitioners else str(uuid.uuid4()) for n in range(_AGENDAS)
        ]
        sheets = [self._sheet(owner, starts, now) for owner in owners]
        return list(self._wishes(count, sheets, [start.isoformat() for start in starts], now))

    def keys(self) -> dict[str, bytes]:
        """The key sets by the path's first word, as both services publish them."""
        public = {**self._token_key.as_dict(private=False), "kid": self._token_key.kid, "alg": "Ed25519"}
        return {
            "accounts": json.dumps({"keys": [public]}).encode(),
            "availability": json.dumps(self._offer_key.jwks()).encode(),
        }

    def _wishes(self, count: int, sheets: list[str], starts: list[str], now: datetime) -> Iterator[Wish]:
        issued, until = int(now.timestamp()), int((now + _LIFE).timestamp())
        for number in range(count):
            account = str(uuid.uuid4())
            claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": account, "kind": "account", "roles": ["patient"],
                      "iat": issued, "exp": until, "jti": uuid.uuid4().hex}  # fmt: skip
            token = sign_token(claims, self._token_key)
            yield Wish(account, str(uuid.uuid4()), token, sheets[number % _AGENDAS], starts[number // _AGENDAS])

    def _sheet(self, practitioner_id: str, starts: list[datetime], now: datetime) -> str:
        packed = encode_starts(int(start.timestamp()) // 60 for start in starts)
        payload: dict[str, Any] = {
            "iss": "availability",
            "iat": int(now.timestamp()),
            "exp": int((now + _LIFE).timestamp()),
            "agenda_id": str(uuid.uuid4()),
            "agenda_version": 1,
            "practitioner_id": practitioner_id,
            "place_id": str(uuid.uuid4()),
            "speciality": "medecin-generaliste",
            "zone": "Europe/Paris",
            "motive_id": str(uuid.uuid4()),
            "mode": "in_person",
            "capacity": 1,
            "minutes": _MINUTES,
            "buffer_before": 0,
            "buffer_after": 0,
            "booking": "everyone",
            "notice_minutes": 0,
            "horizon_days": 90,
            "cancel_until_minutes": 0,
            "max_future_per_patient": None,
            "questions": [],
            "starts": base64.urlsafe_b64encode(packed).rstrip(b"=").decode(),
        }
        return self._offer_key.sign(payload)


def make_known(database_url: str, wishes: list[Wish]) -> None:
    """What accounts would have said of these people, straight into booking's own copy."""
    with psycopg.connect(database_url) as connection:
        with connection.cursor().copy("COPY bookable_person (account_id, person_id) FROM STDIN") as rows:
            for wish in wishes:
                rows.write_row((wish.account, wish.person))
        connection.execute("ANALYZE bookable_person")


class Published:
    """The key sets over HTTP, for as long as it is open."""

    def __init__(self, keys: dict[str, bytes]) -> None:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = keys[self.path.split("/")[1]]
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Published:
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
