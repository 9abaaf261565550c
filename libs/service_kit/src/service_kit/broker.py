"""Kafka as a part that may be away: one question that tells whether a broker answers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from aiokafka.client import AIOKafkaClient

ANSWER_SECONDS_MAX = 1.5


def broker_check(bootstrap: str) -> Callable[[], Awaitable[None]]:
    """A check for /ready that raises `aiokafka.errors.KafkaError` while no broker of `bootstrap` answers."""

    async def check() -> None:
        client = AIOKafkaClient(bootstrap_servers=bootstrap, request_timeout_ms=int(ANSWER_SECONDS_MAX * 1000))
        try:
            await client.bootstrap()
        finally:
            await client.close()

    return check
