"""One other service over HTTP: our caller's token, language and positions go out, problems come back as exceptions."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, TypeVar

import httpx
from pydantic import TypeAdapter, ValidationError
from service_kit.telemetry import traceparent

from portal.application.refusals import Away, Refused
from portal.application.services import Asker

T = TypeVar("T")
Params = Mapping[str, str | list[str]]


class Remote:
    """`name` as pages speak of it; `follows`: the logs for which it takes `Position-At-Least`."""

    def __init__(self, client: httpx.AsyncClient, name: str, base_url: str, follows: Collection[str] = ()) -> None:
        self._client = client
        self._name = name
        self._base_url = base_url
        self._follows = frozenset(follows)

    async def get(self, asker: Asker, shape: type[T] | Any, path: str, params: Params | None = None) -> T:
        """The answer read as `shape`. One that is not up to date yet after its wait is better than none."""
        waiting = self._at_least(asker)
        try:
            answer = await self._send(asker, "GET", path, params=params, headers=waiting)
        except Refused as refusal:
            if not waiting or refusal.slug not in ("not-yet", "malformed"):
                raise
            answer = await self._send(asker, "GET", path, params=params)
        found: T = self._read(answer, shape)
        return found

    async def items(self, asker: Asker, shape: type[T], path: str, params: Params | None = None) -> list[T]:
        """All the items of a list, page after page (a dozen pages at most: nobody reads more)."""
        found: list[T] = []
        after: str | None = None
        for _ in range(12):
            more = {**(params or {}), **({"after": after} if after else {})}
            page: dict[str, Any] = await self.get(asker, dict[str, Any], path, more)
            found += self._validated(page.get("items"), list[shape])  # type: ignore[valid-type]
            after = page.get("next")
            if not after:
                break
        return found

    async def post(self, asker: Asker, shape: type[T] | None, path: str, body: Mapping[str, Any], key: str = "") -> T:
        """Change something; `key` becomes the Idempotency-Key. `shape` None: the answer does not matter."""
        headers = self._at_least(asker) | ({"Idempotency-Key": key} if key else {})
        answer = await self._send(asker, "POST", path, json=dict(body), headers=headers)
        found: T = self._read(answer, shape)
        return found

    async def delete(self, asker: Asker, path: str) -> None:
        await self._send(asker, "DELETE", path)

    def _at_least(self, asker: Asker) -> dict[str, str]:
        wanted = [f"{log}={position}" for log, position in asker.at_least.items() if log in self._follows]
        return {"Position-At-Least": ", ".join(wanted)} if wanted else {}

    async def _send(self, asker: Asker, method: str, path: str, **more: Any) -> httpx.Response:
        headers = {"Accept-Language": asker.language, **(more.pop("headers", None) or {})}
        if asker.token:
            headers["Authorization"] = f"Bearer {asker.token}"
        if asker.address:
            headers["X-Forwarded-For"] = asker.address
        if parent := traceparent():
            headers["traceparent"] = parent
        try:
            answer = await self._client.request(method, self._base_url + path, headers=headers, **more)
        except httpx.HTTPError:
            raise Away(self._name) from None
        if answer.is_success:
            if method != "GET":
                asker.seen.update(_positions(answer.headers.get("Position", "")))
            return answer
        raise self._refusal(answer)

    def _refusal(self, answer: httpx.Response) -> Exception:
        try:
            found = answer.json()
        except ValueError:
            found = None
        problem = found if isinstance(found, dict) else {}
        slug = str(problem.get("type", "")).rsplit("/", 1)[-1]
        if answer.status_code >= 500 and slug != "not-yet":
            return Away(self._name)
        members = {name: value for name, value in problem.items() if name not in ("type", "title", "status", "detail")}
        return Refused(answer.status_code, slug, str(problem.get("detail", "")), members)

    def _read(self, answer: httpx.Response, shape: Any) -> Any:
        if shape is None:
            return None
        try:
            return self._validated(answer.json(), shape)
        except ValueError:
            raise Away(self._name) from None

    def _validated(self, value: Any, shape: Any) -> Any:
        try:
            return TypeAdapter(shape).validate_python(value)
        except ValidationError:
            # An answer that is not what was agreed helps the reader as little as none.
            raise Away(self._name) from None


def _positions(header: str) -> dict[str, int]:
    found = {}
    for part in header.split(","):
        log, _, number = part.strip().partition("=")
        if log and number.isascii() and number.isdigit():
            found[log] = int(number)
    return found
