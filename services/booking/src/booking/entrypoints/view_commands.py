"""`python -m booking rebuild-view NAME`: a view, or a copy of what others said, made anew while the service runs."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from service_kit.rehearing import HeardView, rehearing

from booking.entrypoints.audit_commands import Opened
from booking.entrypoints.projector import VIEWS, View, rebuild


def main(arguments: list[str], opened: Opened, heard: Mapping[str, HeardView]) -> int:
    """0: done; 1: try again; 2: there is no such view."""
    if len(arguments) != 1 or arguments[0] not in VIEWS:
        return rehearing("booking", heard, besides=list(VIEWS))(arguments)
    position, differing = asyncio.run(_rebuild(VIEWS[arguments[0]], opened))
    print(f"{arguments[0]}: made anew, up to position {position}; {differing} rows were not as the log says")
    return 0


async def _rebuild(view: View, opened: Opened) -> tuple[int, int]:
    async with opened() as (database, ledger):
        return await rebuild(database, ledger, view)
