"""Kafka as a part that may be away: where it is, how it is spoken to, and whether a broker answers."""

from __future__ import annotations

import ssl
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from aiokafka.client import AIOKafkaClient

ANSWER_SECONDS_MAX = 1.5


class Brokers(str):
    """host:port[,host:port...], and the folder of the certificates that they are spoken to with, if it is over TLS.

    A plain text will do wherever one of these is asked for: brokers that are spoken to in the clear.
    """

    tls_folder: Path | None

    def __new__(cls, servers: str, tls_folder: Path | None = None) -> Brokers:
        self = super().__new__(cls, servers)
        self.tls_folder = tls_folder
        return self


def reaching(brokers: str) -> dict[str, Any]:
    """What each client of aiokafka is told about `brokers`.

    The certificates are read again for each: they are renewed while the process runs. Raises `OSError`, of which
    `ssl.SSLError` is one, for those that cannot be read.
    """
    folder = brokers.tls_folder if isinstance(brokers, Brokers) else None
    if folder is None:
        return {"bootstrap_servers": brokers}
    context = ssl.create_default_context(cafile=folder / "ca.crt")
    # Python 3.13 asks for an Authority Key Identifier, which the certificates of Strimzi lack (its issue 11375).
    # Signature, name and time are checked all the same.
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    context.load_cert_chain(folder / "user.crt", folder / "user.key")
    return {"bootstrap_servers": str(brokers), "security_protocol": "SSL", "ssl_context": context}


def broker_check(bootstrap: str) -> Callable[[], Awaitable[None]]:
    """A check for /ready that raises `aiokafka.errors.KafkaError` while no broker of `bootstrap` answers."""

    async def check() -> None:
        client = AIOKafkaClient(**reaching(bootstrap), request_timeout_ms=int(ANSWER_SECONDS_MAX * 1000))
        try:
            await client.bootstrap()
        finally:
            await client.close()

    return check
