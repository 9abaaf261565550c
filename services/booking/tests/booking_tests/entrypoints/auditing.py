"""An auditor's two doors, as the tests use them."""

import asyncio
import contextlib
import io
from typing import Any

from booking.bootstrap import BLUEPRINT

from ..house import House


async def command(*words: str) -> tuple[int, str]:
    """The exit code and what was printed of `python -m booking audit`, in a thread with a loop of its own."""
    printed = io.StringIO()

    def run() -> int:
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
            return BLUEPRINT.commands["audit"](list(words))

    return await asyncio.to_thread(run), printed.getvalue()


async def told(house: House, path: str, **more: Any) -> Any:
    answer = await house.get(f"/v1/audit/{path}", house.auditor(), **more)
    assert answer.status_code == 200, answer.text
    return answer.json()
