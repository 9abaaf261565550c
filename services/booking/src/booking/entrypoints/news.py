"""Tells whoever waits in this process that the log has grown."""

from __future__ import annotations

import asyncio
import contextlib


class News:
    """Rung by whoever follows the log. A hint only: whoever waits looks into the log itself."""

    def __init__(self) -> None:
        self._rung = asyncio.Event()
        self.ended = False

    def ring(self) -> None:
        """Wake everybody who waits now."""
        self._rung.set()
        self._rung = asyncio.Event()

    def end(self) -> None:
        """The process stops: whoever waits answers now, and nobody waits any more."""
        self.ended = True
        self.ring()

    async def wait(self, seconds: float) -> None:
        """Until it rings, `seconds` at most."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._rung.wait()
