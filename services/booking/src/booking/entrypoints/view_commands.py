"""`python -m booking rebuild-view NAME`: a view made anew from the whole log, while the service runs."""

from __future__ import annotations

import asyncio
import sys

from booking.entrypoints.audit_commands import Opened
from booking.entrypoints.projector import VIEWS, View, rebuild


def main(arguments: list[str], opened: Opened) -> int:
    """0: done; 2: there is no such view."""
    if len(arguments) != 1 or arguments[0] not in VIEWS:
        print(f"booking rebuild-view: name one of: {', '.join(VIEWS)}", file=sys.stderr)
        return 2
    position = asyncio.run(_rebuild(VIEWS[arguments[0]], opened))
    print(f"{arguments[0]}: made anew, up to position {position}")
    return 0


async def _rebuild(view: View, opened: Opened) -> int:
    async with opened() as (database, ledger):
        return await rebuild(database, ledger, view)
