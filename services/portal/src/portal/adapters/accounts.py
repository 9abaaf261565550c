"""Accounts over HTTP: sign-up, log-in, and the people that one may book for."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from portal.adapters.remote import Remote
from portal.application.services import Asker
from portal.application.shapes import Person, Tokens

_REMEMBERED_SECONDS = 30.0


class HttpAccounts:
    def __init__(self, remote: Remote) -> None:
        self._remote = remote
        self._renewals: dict[str, asyncio.Task[Tokens]] = {}

    async def visitor(self, asker: Asker) -> Tokens:
        return await self._remote.post(asker, Tokens, "/v1/visitors", {})

    async def send_code(self, asker: Asker, phone: str, key: str) -> None:
        await self._remote.post(asker, None, "/v1/sign-up/phone-code", {"phone": phone}, key)

    async def sign_up(self, asker: Asker, body: Mapping[str, Any], key: str) -> None:
        await self._remote.post(asker, None, "/v1/sign-up", body, key)

    async def confirm(self, asker: Asker, token: str, key: str) -> None:
        await self._remote.post(asker, None, "/v1/sign-up/confirm", {"token": token}, key)

    async def log_in(self, asker: Asker, body: Mapping[str, Any]) -> Tokens:
        return await self._remote.post(asker, Tokens, "/v1/sessions", body)

    async def renew(self, asker: Asker, refresh_token: str) -> Tokens:
        """New tokens for the refresh token.

        It works once: two pages that a person opens at the same moment carry the same one, so they share one renewal.
        """
        task = self._renewals.get(refresh_token)
        if task is None:
            task = asyncio.create_task(
                self._remote.post(asker, Tokens, "/v1/sessions/refresh", {"refresh_token": refresh_token})
            )
            self._renewals[refresh_token] = task
            task.add_done_callback(lambda done: self._forget(refresh_token, done))
        return await asyncio.shield(task)

    def _forget(self, refresh_token: str, done: asyncio.Task[Tokens]) -> None:
        if done.cancelled() or done.exception() is not None:
            self._renewals.pop(refresh_token, None)
        else:
            asyncio.get_running_loop().call_later(_REMEMBERED_SECONDS, self._renewals.pop, refresh_token, None)

    async def log_out(self, asker: Asker, session_id: str) -> None:
        await self._remote.delete(asker, f"/v1/sessions/{quote(session_id, safe='')}")

    async def people(self, asker: Asker) -> list[Person]:
        return await self._remote.items(asker, Person, "/v1/me/people")

    async def add_person(self, asker: Asker, body: Mapping[str, Any], key: str) -> Person:
        return await self._remote.post(asker, Person, "/v1/me/people", body, key)
