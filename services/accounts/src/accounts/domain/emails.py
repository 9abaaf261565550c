"""E-mail addresses: one spelling for each mailbox, and nothing that could break a header."""

from __future__ import annotations

import re

from accounts.domain.rejections import InvalidField

LENGTH_MAX = 254
_LOCAL = r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_ADDRESS = re.compile(rf"({_LOCAL})@({_LABEL}(?:\.{_LABEL})+)")


def normalise(typed: str) -> str:
    """The address in lower case without spaces around it; a domain in other letters in its ASCII form.

    Raises `InvalidField`. Whether the mailbox exists, only the mail can tell.
    """
    local, _, domain = typed.strip().rpartition("@")
    try:
        ascii_domain = domain.encode("idna").decode() if domain else ""
    except UnicodeError:
        raise InvalidField("email", "not-an-email") from None
    address = f"{local}@{ascii_domain}".lower()
    found = _ADDRESS.fullmatch(address) if len(address) <= LENGTH_MAX else None
    if found is None or len(found.group(1)) > 64:
        raise InvalidField("email", "not-an-email")
    return address
