"""The whole service on a real database, with a mail server and an SMS gateway that the tests can break."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import random
import re
import socket
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from accounts.adapters.hashing import Hashing
from accounts.adapters.keys import make_key
from accounts.adapters.operator import OperatorStore
from accounts.bootstrap import bootstrap
from aiosmtpd.smtp import SMTP
from event_store import EventStore
from fastapi import FastAPI, Response
from service_kit.clock import Clock
from service_kit.database import Database, migrate

MIGRATIONS = Path(__file__).parents[1] / "migrations"
KEY = make_key()
# Of the block for fiction, 06 39 98 xx xx: no two tests of a session get the same.
PHONES = (f"+3363998{number:04d}" for number in itertools.count())


@dataclass
class Outside:
    """What went out, and how the outside behaves: `smtp` and `sms` are the answers that they give."""

    mails: list[EmailMessage] = field(default_factory=list)
    texts: list[dict[str, Any]] = field(default_factory=list)
    data_answer: str = "250 OK"
    rcpt_answer: str = "250 OK"
    sms_status: int = 200
    sms_seconds: float = 0.0
    smtp_url: str = ""
    sms_url: str = ""

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if self.rcpt_answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.rcpt_answer

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self.data_answer.startswith("250"):
            self.mails.append(message_from_bytes(envelope.content, policy=default))  # type: ignore[arg-type]
        if self.data_answer == "hang up":
            server.transport.abort()
        return self.data_answer

    def app(self) -> FastAPI:
        app = FastAPI()

        @app.post("/sms")
        async def take(sms: dict[str, Any]) -> Any:
            await asyncio.sleep(self.sms_seconds)
            if self.sms_status != 200:
                return Response(status_code=self.sms_status)
            self.texts.append(sms)
            return {"provider": "test", "provider_id": "1", "segments": 1, "status": "delivered"}

        return app

    def mails_to(self, address: str) -> list[EmailMessage]:
        return [mail for mail in self.mails if mail["To"] == address]

    def texts_to(self, phone: str) -> list[str]:
        return [sms["text"] for sms in self.texts if sms["to"] == phone]


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self):  # type: ignore[no-untyped-def,override]
        yield


@contextlib.asynccontextmanager
async def listening(app: FastAPI) -> AsyncIterator[str]:
    """The address of `app` on a port."""
    port = socket.create_server(("127.0.0.1", 0))  # it queues what comes before the server is up
    # Without a limit, a connection that came at the very end would be waited for without end.
    web = _Server(uvicorn.Config(app, log_config=None, lifespan="off", timeout_graceful_shutdown=1))
    serving = asyncio.create_task(web.serve([port]))
    yield f"http://127.0.0.1:{port.getsockname()[1]}"
    web.should_exit = True
    await serving


@pytest.fixture
async def outside() -> AsyncIterator[Any]:
    """Both servers, with their addresses."""
    loop = asyncio.get_running_loop()
    made = Outside()
    smtp = await loop.create_server(lambda: SMTP(made, loop=loop, enable_SMTPUTF8=False), "127.0.0.1", 0)
    made.smtp_url = f"smtp://127.0.0.1:{smtp.sockets[0].getsockname()[1]}"
    async with listening(made.app()) as url:
        made.sms_url = f"{url}/sms"
        yield made
    smtp.close()


@pytest.fixture
def free_ports() -> Iterator[int]:
    """Ports that nobody listened on a moment ago."""

    def found() -> Iterator[int]:
        while True:
            with socket.create_server(("127.0.0.1", 0)) as port:
                number = int(port.getsockname()[1])
            yield number

    return found()


@pytest.fixture
def phones() -> Iterator[str]:
    """Numbers that nobody else of this session has."""
    return PHONES


@pytest.fixture(scope="session")
def migrated(database: Any) -> Any:
    """The database of this session, as the owner's migrations leave it."""
    return database("accounts", install)


def install(owner_url: str) -> None:
    """Make the tables, for a service role that is named as the database."""
    migrate(owner_url, [MIGRATIONS], httpx.URL(owner_url).path.strip("/"))


@pytest.fixture(scope="session")
def make_tables() -> Callable[[str], None]:
    """For a test that counts rows, and so needs a database of its own."""
    return install


@pytest.fixture
def environment(migrated: Any, outside: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The settings of the service under test, in the environment."""
    clock = tmp_path / "clock.json"
    clock.write_text('{"offset_seconds": 0}')
    values = {
        "ACCOUNTS_DATABASE_URL": migrated.service_url,
        "ACCOUNTS_TOKEN_KEY": KEY,
        "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1",
        "CLOCK_FILE": str(clock),
        "PORTAL_URL": "https://rdv.example",
        "SMTP_URL": outside.smtp_url,
        "SMS_URL": outside.sms_url,
        "MAIL_FROM": "RDV Santé <rdv@example.org>",
        "MAILBOX_URL": "http://127.0.0.1:1",
    }
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    return values


@dataclass
class Somebody:
    """A person of the tests."""

    email: str
    phone: str
    password: str = "trois tomates bleues"
    first_name: str = "Camille"

    def form(self, code: str, **changes: Any) -> dict[str, Any]:
        return {
            "phone": self.phone,
            "code": code,
            "email": self.email,
            "password": self.password,
            "terms_version": "2027-01",
            "locale": "fr",
            "first_name": self.first_name,
            "last_name": "Durand-Lefèvre",
            "birth_date": "1984-05-17",
            "sex": "female",
            **changes,
        }


class House:
    """The service, driven as its callers do."""

    sending: asyncio.Task[None]

    def __init__(self, app: FastAPI, outside: Outside, database: Database, clock_file: Path) -> None:
        self.outside, self.database, self.app, self._clock_file = outside, database, app, clock_file
        self.clock = Clock(clock_file)
        self.http = self.client(f"10.{random.randrange(256)}.{random.randrange(256)}.{random.randrange(256)}")

    def client(self, address: str) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(app=self.app, client=(address, 1))
        return httpx.AsyncClient(transport=transport, base_url="http://accounts", timeout=30)

    def somebody(self) -> Somebody:
        return Somebody(f"camille.{uuid.uuid4().hex[:12]}@example.org", next(PHONES))

    def advance(self, seconds: float) -> None:
        offset = json.loads(self._clock_file.read_text())["offset_seconds"] + seconds
        self._clock_file.write_text(json.dumps({"offset_seconds": offset}))

    async def post(self, path: str, body: Any = None, token: str | None = None, **headers: str) -> httpx.Response:
        if token:
            headers["Authorization"] = f"Bearer {token}"
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.http.post(path, json=body, headers=named)

    async def get(self, path: str, token: str | None = None) -> httpx.Response:
        return await self.http.get(path, headers={"Authorization": f"Bearer {token}"} if token else {})

    async def until(self, condition: Callable[[], Any]) -> Any:
        """What `condition` gives once it is true; 30 seconds at most."""
        async with asyncio.timeout(120):
            while not (found := condition()):  # noqa: ASYNC110 (a list sends no event)
                await asyncio.sleep(0.02)
            return found

    async def code(self, who: Somebody) -> str:
        before = len(self.outside.texts_to(who.phone))
        answer = await self.post("/v1/sign-up/phone-code", {"phone": who.phone})
        assert answer.status_code == 202, answer.text
        texts = await self.until(lambda: self.outside.texts_to(who.phone)[before:])
        return str(texts[0][:6])

    async def link(self, who: Somebody) -> str:
        """The token of the newest e-mail."""
        mails = await self.until(lambda: self.outside.mails_to(who.email))
        text = mails[-1].get_body(("plain",)).get_content()
        found = re.search(r"https://rdv\.example/sign-up/confirm\?token=(\S+)", text)
        assert found, text
        return found.group(1)

    async def register(self, who: Somebody) -> dict[str, Any]:
        answer = await self.post("/v1/sign-up", who.form(await self.code(who)))
        assert answer.status_code == 202, answer.text
        done = await self.post("/v1/sign-up/confirm", {"token": await self.link(who)})
        assert done.status_code == 200, done.text
        return dict(done.json())

    async def log_in(self, who: Somebody) -> dict[str, Any]:
        answer = await self.post("/v1/sessions", {"email": who.email, "password": who.password})
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def end(self, *tasks: asyncio.Task[None]) -> None:
        """Cancel until they are over: wait_for of Python 3.11 loses a cancellation that comes as its wait ends."""
        pending = set(tasks)
        while pending:
            for task in pending:
                task.cancel()
            _, pending = await asyncio.wait(pending, timeout=4)

    async def rows(self, query: str, *values: Any) -> list[dict[str, Any]]:
        async with self.database.connection() as connection:
            return await (await connection.execute(query, values)).fetchall()  # type: ignore[arg-type]

    async def said(self, after: int = 0, until: int | None = None) -> list[tuple[str, dict[str, Any]]]:
        """Type and data of each event in the log after a position, up to another."""
        async with EventStore(self.database.url) as store:
            portions = [portion async for portion in store.read_range(after=after, until=until)]
        return [(one.event.type, json.loads(one.event.data)) for portion in portions for one in portion]


@pytest.fixture
async def served(house: House) -> AsyncIterator[str]:
    """The address of the service, for callers outside of the tests' own loop."""
    async with listening(house.app) as url:
        yield url


@pytest.fixture
async def house(environment: dict[str, str], outside: Any) -> AsyncIterator[House]:
    """The service with its sender running; the relay is the chassis' and is tested with it."""
    async with bootstrap() as service:
        sender = next(task for task in service.background if task.name == "sender")
        house = House(service.app, outside, service.app.state.context.database, Path(environment["CLOCK_FILE"]))
        house.sending = asyncio.create_task(sender.run())
        yield house
        await house.end(house.sending)


@pytest.fixture
async def service(house: House) -> str:
    """The access token of the notification service."""
    secret = "a secret of sixteen and more"
    await OperatorStore(house.database, Hashing(), house.clock).put_client("notification", secret)
    wrong = await house.post("/v1/service-tokens", {"client_id": "notification", "client_secret": "wrong"})
    assert wrong.status_code == 401
    answer = await house.post("/v1/service-tokens", {"client_id": "notification", "client_secret": secret})
    assert answer.status_code == 200
    return str(answer.json()["access_token"])
