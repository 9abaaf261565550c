"""The services over real HTTP, as any client would call them: tokens, idempotency keys, and refusals as sentences."""

import itertools
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, TypeVar

import httpx

_SECONDS_MAX = 15.0
_LOOK_SECONDS = 0.1
_PAUSE_SECONDS = 0.2
Found = TypeVar("Found")
# Of several addresses each call begins with the next one, as behind a load balancer.
_turns = itertools.count()


class StepFailed(RuntimeError):
    """A service answered otherwise than it should; the message says which, where and what it said."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer: its status, its JSON (None when it has none) and its headers."""

    status: int
    body: Any
    headers: httpx.Headers

    @property
    def problem(self) -> str:
        """The slug of a problem+json answer, else an empty text."""
        kind = self.body.get("type", "") if isinstance(self.body, dict) else ""
        return str(kind).rpartition("/problems/")[2]


@dataclass
class Api:
    """Calls services by name. `as_` gives the same with a token; both share the connections.

    A call that gets no answer, or a 503, is repeated for `patience_seconds` under the same idempotency key, as any
    careful client does: a part that restarts is not the end of the world. Of several addresses each try takes the next.
    """

    addresses: dict[str, str | list[str]]
    token: str | None = None
    patience_seconds: float = 30.0
    client: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=_SECONDS_MAX, trust_env=False))

    def as_(self, token: str) -> "Api":
        """The same services, called with this access token."""
        return replace(self, token=token)

    def logged_in(self, email: str, password: str) -> "Api":
        """The same services, called by this account."""
        session = self.post("accounts", "/v1/sessions", {"email": email, "password": password})
        return self.as_(session["access_token"])

    @property
    def clock_moves(self) -> bool:
        """Whether there is a control that moves the clock of the services."""
        return "control" in self.addresses

    def now(self) -> datetime:
        """The services' present instant, UTC."""
        return datetime.fromisoformat(self.get("control", "/clock")["now"]) if self.clock_moves else datetime.now(UTC)

    def get(self, service: str, path: str, **query: Any) -> Any:
        """The JSON of a 200."""
        return self.call("GET", service, path, query=query).body

    def post(self, service: str, path: str, body: Any = None, expect: int | tuple[int, ...] = (200, 201, 202)) -> Any:
        """The JSON of a POST that succeeded."""
        return self.call("POST", service, path, body=body, expect=expect).body

    def call(
        self,
        method: str,
        service: str,
        path: str,
        body: Any = None,
        query: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
        expect: int | tuple[int, ...] = 200,
    ) -> Answer:
        """One call; StepFailed when the status is not the expected one."""
        sent = {"Accept-Language": "fr", **(headers or {})}
        if self.token is not None:
            sent["Authorization"] = f"Bearer {self.token}"
        if method == "POST":
            sent.setdefault("Idempotency-Key", str(uuid.uuid4()))
        answer = self._patiently(method, service, path, json=body, params=query, headers=sent)
        read = Answer(answer.status_code, _json(answer), answer.headers)
        allowed = (expect,) if isinstance(expect, int) else expect
        if answer.status_code not in allowed:
            said = read.body.get("detail", "") if isinstance(read.body, dict) else answer.text[:200]
            fields = read.body.get("errors", "") if isinstance(read.body, dict) else ""
            raise StepFailed(
                f"{method} {service} {path} answered {read.status} {read.problem}: {said} {fields}".rstrip()
            )
        return read

    def _patiently(self, method: str, service: str, path: str, **request: Any) -> httpx.Response:
        address = self.addresses[service]
        bases = itertools.cycle([address] if isinstance(address, str) else address)
        for _ in range(next(_turns) % 2):
            next(bases)
        deadline = time.monotonic() + self.patience_seconds
        while True:
            last = time.monotonic() >= deadline
            try:
                answer = self.client.request(method, next(bases) + path, **request)
            except httpx.TransportError as failure:
                if last:
                    raise StepFailed(f"{method} {service} {path} got no answer: {type(failure).__name__}.") from failure
            else:
                if last or answer.status_code != httpx.codes.SERVICE_UNAVAILABLE:
                    return answer
            time.sleep(_PAUSE_SECONDS)


def eventually(what: str, question: Callable[[], Found | None], seconds_max: float = 20.0) -> Found:
    """Ask until there is an answer; StepFailed says what did not come true in time."""
    deadline = time.monotonic() + seconds_max
    while True:
        found = question()
        if found:
            return found
        if time.monotonic() >= deadline:
            raise StepFailed(f"In {seconds_max:.0f} s it did not come true: {what}.")
        time.sleep(_LOOK_SECONDS)


def _json(answer: httpx.Response) -> Any:
    if "json" not in answer.headers.get("Content-Type", ""):
        return None
    return answer.json()
