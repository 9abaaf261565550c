"""The directory over HTTP: who practises, and where."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

from portal.adapters.remote import Remote
from portal.application.services import Asker
from portal.application.shapes import Profile, Results


class HttpDirectory:
    def __init__(self, remote: Remote) -> None:
        self._remote = remote

    async def search(self, asker: Asker, question: Mapping[str, str]) -> Results:
        found: Results = await self._remote.get(asker, Results, "/v1/practitioners", dict(question))
        return found

    async def practitioner(self, asker: Asker, practitioner_id: str) -> Profile:
        found: Profile = await self._remote.get(asker, Profile, f"/v1/practitioners/{quote(practitioner_id, safe='')}")
        return found

    async def recommend(self, asker: Asker, practitioner_id: str, key: str) -> None:
        path = f"/v1/practitioners/{quote(practitioner_id, safe='')}/recommendations"
        await self._remote.post(asker, None, path, {}, key)
