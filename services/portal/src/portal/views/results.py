"""What is searched for: the two boxes, the filters, and the addresses of the pages of results."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlencode

_LENGTH_MAX = 200
SORTS = ("distance", "earliest")
_PAGE_ITEMS = 20


@dataclass(frozen=True)
class Question:
    """`q`: who or what. `where`: a town or a postal code."""

    q: str = ""
    where: str = ""
    sort: str = ""
    video: bool = False
    sector: str = ""
    new_patients: bool = False
    accessible: bool = False
    after: str = ""

    @classmethod
    def asked(cls, query: Mapping[str, str]) -> Question:
        """From the address of the page; what is not understood is as if it were not there."""
        sort = query.get("sort", "")
        sector = query.get("sector", "")
        return cls(
            q=_tidy(query.get("q", "")),
            where=_tidy(query.get("where", "")),
            sort=sort if sort in SORTS else "",
            video=query.get("mode") == "video",
            sector=sector if sector in ("1", "2") else "",
            new_patients=query.get("new_patients") == "true",
            accessible=query.get("accessible") == "true",
            after=query.get("after", "")[:2000],
        )

    @property
    def is_empty(self) -> bool:
        return not self.q and not self.where

    @property
    def is_filtered(self) -> bool:
        return bool(self.video or self.sector or self.new_patients or self.accessible)

    def for_directory(self) -> dict[str, str]:
        """The parameters of `GET /v1/practitioners`."""
        return {**self._parameters(), "limit": str(_PAGE_ITEMS)}

    def page_after(self, cursor: str) -> str:
        return replace(self, after=cursor).path

    def instead(self, q: str, where: str) -> str:
        """Other words under the same filters."""
        return replace(self, q=q, where=where, after="").path

    @property
    def unfiltered(self) -> str:
        return Question(self.q, self.where, self.sort).path

    def sorted_by(self, sort: str) -> str:
        return replace(self, sort=sort, after="").path

    @property
    def path(self) -> str:
        return f"/search?{urlencode(self._parameters())}"

    def _parameters(self) -> dict[str, str]:
        parameters = {
            "q": self.q,
            "where": self.where,
            "sort": self.sort,
            "mode": "video" if self.video else "",
            "sector": self.sector,
            "new_patients": "true" if self.new_patients else "",
            "accessible": "true" if self.accessible else "",
            "after": self.after,
        }
        return {name: value for name, value in parameters.items() if value}


def _tidy(text: str) -> str:
    return " ".join(text.split())[:_LENGTH_MAX]
