"""Codes and tokens: made from the system's randomness, stored as hashes only, compared in constant time."""

from __future__ import annotations

import hashlib
import hmac
import secrets

from accounts.domain.codes import CODE_DIGITS


class Secrets:
    """`pepper` keys the hashes of what is short enough to be tried out: six digits, an address."""

    def __init__(self, pepper: bytes) -> None:
        self._pepper = pepper

    def make_code(self) -> str:
        return f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}d}"

    def code_hash(self, phone: str, code: str) -> bytes:
        return self._keyed("code", phone, code)

    def subject_hash(self, limit: str, subject: str) -> bytes:
        """What a limit counts by: neither the address nor the e-mail can be read from it."""
        return self._keyed("limit", limit, subject)

    def body_hash(self, body: bytes) -> bytes:
        """Recognises a request body that holds a password; of no use for guessing it without the pepper."""
        return hmac.digest(self._pepper, b"body\0" + body, "sha256")

    def _keyed(self, *parts: str) -> bytes:
        return hmac.digest(self._pepper, "\0".join(parts).encode(), "sha256")


def make_token() -> str:
    """256 random bits, safe in an address."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> bytes:
    """SHA-256 is enough for 256 random bits; looking it up by index tells a guesser nothing of use."""
    return hashlib.sha256(token.encode()).digest()


def same(one: bytes, other: bytes) -> bool:
    """Compared in constant time."""
    return hmac.compare_digest(one, other)
