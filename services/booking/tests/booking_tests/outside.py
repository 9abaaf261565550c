"""Accounts and availability as booking meets them: their published keys over HTTP, tokens and offer sheets."""

from __future__ import annotations

import base64
import json
import threading
import uuid
from collections.abc import Sequence
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

ISSUER = "https://rendezvous.example"


def base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


class Signer:
    """One Ed25519 key with its name; what it signs is compact JWS."""

    def __init__(self) -> None:
        self.kid = uuid.uuid4().hex
        self._key = Ed25519PrivateKey.generate()

    def public(self) -> dict[str, str]:
        x = base64url(self._key.public_key().public_bytes_raw())
        return {"kty": "OKP", "crv": "Ed25519", "x": x, "kid": self.kid, "alg": "Ed25519", "use": "sig"}

    def sign(self, kind: str, payload: dict[str, Any], **header: Any) -> str:
        head = {"alg": "Ed25519", "typ": kind, "kid": self.kid, **header}
        signed = f"{base64url(json.dumps(head).encode())}.{base64url(json.dumps(payload).encode())}"
        return f"{signed}.{base64url(self._key.sign(signed.encode()))}"


class Published:
    """The key sets of both services on a port of the loopback; `fetched` counts the requests for each."""

    def __init__(self) -> None:
        self.accounts, self.availability = [Signer()], [Signer()]
        self.fetched = {"accounts": 0, "availability": 0}
        published = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                who = self.path.split("/")[1]
                published.fetched[who] += 1
                signers = published.accounts if who == "accounts" else published.availability
                body = json.dumps({"keys": [signer.public() for signer in signers]}).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def token(self, now: datetime, subject: str, **changes: Any) -> str:
        claims = {
            "iss": ISSUER,
            "aud": "rendezvous",
            "sub": subject,
            "kind": "account",
            "roles": ["patient"],
            "iat": int(now.timestamp()),
            "exp": int(now.timestamp()) + 900,
            "jti": uuid.uuid4().hex,
        }
        return self.accounts[0].sign("at+jwt", claims | changes)

    def offer(self, now: datetime, agenda_id: str, starts: Sequence[datetime], **changes: Any) -> str:
        """A sheet as `CONTRACT`, `slots.md` and availability's own writer describe it."""
        payload = {
            "iss": "availability",
            "iat": int(now.timestamp()),
            "exp": int(now.timestamp()) + 600,
            "agenda_id": agenda_id,
            "agenda_version": 1,
            "practitioner_id": "practitioner-1",
            "place_id": "place-1",
            "speciality": "dermatologie",
            "zone": "Europe/Paris",
            "motive_id": "motive-1",
            "mode": "in_person",
            "capacity": 1,
            "minutes": 15,
            "buffer_before": 0,
            "buffer_after": 0,
            "booking": "everyone",
            "notice_minutes": 0,
            "horizon_days": 90,
            "cancel_until_minutes": 0,
            "max_future_per_patient": None,
            "questions": [],
            "starts": base64url(leb128([int(start.timestamp()) // 300 for start in starts])),
        }
        return self.availability[0].sign("offer+jws", payload | changes)


def leb128(cells: Sequence[int]) -> bytes:
    """The first cell, then the steps, as unsigned LEB128 numbers."""
    written, before = bytearray(), 0
    for cell in cells:
        step, before = cell - before, cell
        while step > 127:
            written.append(step % 128 + 128)
            step //= 128
        written.append(step)
    return bytes(written)
