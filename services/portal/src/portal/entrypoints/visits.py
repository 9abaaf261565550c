"""One visit: who comes, in which language, with what in the cookies; and how a page or a redirect goes back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal, NoReturn, Protocol
from urllib.parse import quote

from fastapi import Depends, Request
from service_kit.clock import Clock
from service_kit.problems import language_of
from starlette.responses import HTMLResponse, RedirectResponse, Response

from portal.application.once import new_form_key
from portal.application.refusals import Refused
from portal.application.services import Accounts, Asker, Availability, Booking, Directory
from portal.application.session import Draft, Flash, Session, read_draft, read_session, write
from portal.views.pages import Pages
from portal.views.words import LANGUAGES

SESSION_COOKIE = "__Host-session"
DRAFT_COOKIE = "__Host-draft"
LANGUAGE_COOKIE = "__Host-language"
_COOKIE_MAX = 4000
_LANGUAGE_SECONDS = 365 * 86_400


class Seals(Protocol):
    def seal(self, name: str, content: bytes) -> str: ...

    def open(self, name: str, sealed: str) -> bytes | None: ...


@dataclass(frozen=True)
class House:
    """What bootstrap hands over. `mailbox_url` is set in the demo only."""

    directory: Directory
    availability: Availability
    booking: Booking
    accounts: Accounts
    pages: Pages
    sealer: Seals
    clock: Clock
    mailbox_url: str | None = None


class LogInFirst(Exception):
    """The page is for people who have logged in; they come back to `path` afterwards."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path


class Visit:
    """One request of a person. `session` and `draft` may be changed; what changed goes back as cookies."""

    def __init__(self, request: Request, house: House) -> None:
        self.request = request
        self.house = house
        self.now: datetime = house.clock.now()
        self.language = _language(request)
        self._sealed = {name: self._opened(name) for name in (SESSION_COOKIE, DRAFT_COOKIE)}
        self.session: Session = read_session(self._sealed[SESSION_COOKIE], self.now)
        self.draft: Draft = read_draft(self._sealed[DRAFT_COOKIE])

    @property
    def logged_in(self) -> bool:
        return self.session.login is not None

    async def asker(self, as_visitor: bool = False) -> Asker:
        """On whose behalf to call the services: the account where there is one, else nobody (or the visitor)."""
        await self._renew()
        token = self.session.login.access if self.session.login else None
        if token is None and as_visitor and self.session.visitor is not None:
            token = self.session.visitor.token
        return self._asker(token)

    async def account(self) -> Asker:
        """The account's asker. Raises `LogInFirst`."""
        asker = await self.asker()
        if asker.token is None:
            self.ask_to_log_in()
        return asker

    def nobody(self) -> Asker:
        return self._asker(None)

    def ask_to_log_in(self) -> NoReturn:
        here = self.request.url
        path = here.path + (f"?{here.query}" if here.query else "")
        raise LogInFirst(path if self.request.method == "GET" else "/appointments")

    def changed(self, asker: Asker) -> None:
        """Remember the positions of what was just changed, so that the next page shows it."""
        self.session.see(asker.seen, self.now)

    def log_out(self) -> None:
        """Nothing of this person stays in the browser."""
        self.session = Session(made_at=self.now)
        self.draft = Draft()

    def flash(self, key: str, kind: Literal["good", "bad"] = "good") -> None:
        self.session.flash = [*self.session.flash, Flash(key=key, kind=kind)][-3:]

    def page(self, template: str, status: int = 200, /, **values: Any) -> Response:
        """The page as the answer; sentences left for it by the page before are shown once."""
        flashes, self.session.flash = self.session.flash, []
        shared = {
            "flashes": flashes,
            "logged_in": self.logged_in,
            "mailbox_url": self.house.mailbox_url,
            "form_key": new_form_key(),
            "languages": LANGUAGES,
            "here": self._here_in_language,
            "open_booking": self._open_booking(),
        }
        text = self.house.pages.render(template, self.language, {**shared, **values})
        return self._with_cookies(HTMLResponse(text, status, {"Content-Language": self.language}))

    def go(self, path: str) -> Response:
        """See that page next (303): a reload repeats nothing."""
        return self._with_cookies(RedirectResponse(path, 303))

    def answer(self, response: Response) -> Response:
        return self._with_cookies(response)

    def _open_booking(self) -> Any:
        booking = self.session.booking
        return booking if booking is not None and booking.expires_at > self.now else None

    def _here_in_language(self, language: str) -> str:
        """This page in another language; from the answer to a form, the start page."""
        if self.request.method not in ("GET", "HEAD"):
            return f"/?lang={language}"
        return str(self.request.url.include_query_params(lang=language).replace(scheme="", netloc="")).lstrip(":")

    async def _renew(self) -> None:
        login = self.session.login
        if login is None or not login.needs_renewal(self.now):
            return
        try:
            tokens = await self.house.accounts.renew(self._asker(None), login.refresh)
        except Refused:
            self.session.login = None
        else:
            self.session.log_in(tokens, self.now)

    def _asker(self, token: str | None) -> Asker:
        address = self.request.client.host if self.request.client else None
        return Asker(self.language, token, address, self.session.fresh_positions(self.now))

    def _opened(self, name: str) -> bytes | None:
        return self.house.sealer.open(name, self.request.cookies.get(name, ""))

    def _with_cookies(self, response: Response) -> Response:
        for name, kept in ((SESSION_COOKIE, self.session), (DRAFT_COOKIE, self.draft)):
            content = write(kept)
            if content == b"{}" or (name == SESSION_COOKIE and _is_empty(self.session)):
                if name in self.request.cookies:
                    response.delete_cookie(name, path="/", secure=True, httponly=True, samesite="lax")
            elif content != self._sealed[name]:
                sealed = self.house.sealer.seal(name, content)
                if len(sealed) > _COOKIE_MAX:
                    raise ValueError(f"{name} has grown too large for a cookie")
                response.set_cookie(name, sealed, path="/", secure=True, httponly=True, samesite="lax")
        if self.request.query_params.get("lang") == self.language:
            response.set_cookie(
                LANGUAGE_COOKIE,
                self.language,
                max_age=_LANGUAGE_SECONDS,
                path="/",
                secure=True,
                httponly=True,
                samesite="lax",
            )
        return response


def _is_empty(session: Session) -> bool:
    return session == Session(made_at=session.made_at)


def _language(request: Request) -> str:
    """By link, else by cookie, else as the browser asks, else French."""
    for asked in (request.query_params.get("lang"), request.cookies.get(LANGUAGE_COOKIE)):
        if asked in LANGUAGES:
            return asked
    return language_of(request.headers.get("accept-language"))


def safe_path(text: str) -> str:
    """A path of our own to go on to after logging in; the list of appointments for anything else."""
    plain = text.startswith("/") and not text.startswith(("//", "/\\"))
    return text if plain and text.isprintable() and "\\" not in text else "/appointments"


def quoted(value: str) -> str:
    """One step of a path."""
    return quote(value, safe="")


def _visit(request: Request) -> Visit:
    # One for each request, wherever it is asked for: what one place changes in the session, another must see.
    if not hasattr(request.state, "visit"):
        request.state.visit = Visit(request, request.app.state.house)
    visit: Visit = request.state.visit
    return visit


Coming = Annotated[Visit, Depends(_visit)]


def visit_of(request: Request) -> Visit:
    """The visit of a request, for those who are not handed it."""
    return _visit(request)
