"""Password hashing: argon2id on threads of its own, so that the event loop never waits for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import argon2
from argon2.exceptions import InvalidHashError, VerificationError
from service_kit.problems import Problem

# OWASP's minimum is 19 MiB and 2 passes; this is above it, about 50 ms of one core.
_MEMORY_KIB, _PASSES, _LANES = 32 * 1024, 2, 1
_THREADS = 2
_WAITING_MAX = 200

ResultT = TypeVar("ResultT")


class Hashing:
    """`hash` and `matches` take the same time whether or not there is an account to match."""

    def __init__(self) -> None:
        self._argon2 = argon2.PasswordHasher(time_cost=_PASSES, memory_cost=_MEMORY_KIB, parallelism=_LANES)
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="argon2")
        self._waiting = 0
        # Nobody's password: what a wrong e-mail is checked against.
        self._nobody = self._argon2.hash("nobody's password")

    async def open(self) -> None:
        """Nothing to wait for: the threads start with their first work."""

    async def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def hash(self, password: str) -> str:
        """The hash with its salt and parameters (PHC string)."""
        return await self._run(self._argon2.hash, password)

    async def matches(self, stored: str | None, password: str) -> bool:
        """Whether `password` is the one of `stored`; None (no account) takes the same time and is never right."""
        right = await self._run(self._verify, stored or self._nobody, password)
        return right and stored is not None

    def is_outdated(self, stored: str) -> bool:
        """Whether `stored` was made with other parameters than today's."""
        return self._argon2.check_needs_rehash(stored)

    def _verify(self, stored: str, password: str) -> bool:
        try:
            return self._argon2.verify(stored, password)
        except (VerificationError, InvalidHashError):
            return False

    async def _run(self, work: Callable[..., ResultT], *arguments: str) -> ResultT:
        if self._waiting >= _WAITING_MAX:
            raise Problem("unavailable", headers={"Retry-After": "2"})
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work, *arguments)
        finally:
            self._waiting -= 1
