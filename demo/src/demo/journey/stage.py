"""What every step of the path works with: the services, the mailbox, the clock, the topic, and what is known so far."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from demo.api import Api, StepFailed, eventually

# A sender that died with a message in its hands is succeeded after 20 s.
MAIL_SECONDS_MAX = 60.0


@dataclass(frozen=True)
class Patient:
    """Who plays the path: invented, and new each time."""

    email: str
    phone: str
    password: str
    first_name: str
    last_name: str
    relative_first_name: str
    answer: str


@dataclass
class Stage:
    """The path's surroundings and, in `facts`, what its steps have found out.

    `say` prints a step's line; `before` is called with the number of each step before it begins.
    """

    api: Api
    demo: dict[str, Any]
    patient: Patient
    say: Callable[[str], None]
    facts: dict[str, Any] = field(default_factory=dict)

    def log_in(self, role: str) -> Api:
        """The services, called by the demo's member of staff of this role."""
        login = self.demo["logins"][role]
        return self.api.logged_in(login["email"], login["password"])

    def as_patient(self) -> Api:
        """The services, called by the patient, who logs in anew: moving the clock ends their token."""
        return self.api.logged_in(self.patient.email, self.patient.password)

    def now(self) -> datetime:
        """The demo's present instant, UTC."""
        return self.api.now()

    def move_clock_to(self, instant: datetime) -> None:
        """Move the demo's clock forward to an instant; one that has passed already leaves it alone."""
        seconds = int((instant - self.now()) / timedelta(seconds=1)) + 1
        if seconds > 0:
            self.api.post("control", "/clock", {"advance": f"PT{seconds}S"})

    def messages(self, to: str, channel: str) -> list[dict[str, Any]]:
        """What the mailbox holds for a person, oldest first."""
        found: list[dict[str, Any]] = self.api.get("mailbox", "/messages", to=to, channel=channel)
        return found[::-1]

    def message(self, to: str, channel: str, what: str, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The first message that is wanted, as soon as it is there."""

        def found() -> dict[str, Any] | None:
            return next((one for one in self.messages(to, channel) if wanted(one)), None)

        return eventually(f"the {channel} with {what} is in the mailbox", found, MAIL_SECONDS_MAX)


def require(holds: object, otherwise: str) -> None:
    """StepFailed, when what the path promises does not hold."""
    if not holds:
        raise StepFailed(otherwise)


def at_local(day: datetime, hour: int, minute: int, zone: str) -> datetime:
    """An hour of the wall clock on the local date of an instant, in UTC."""
    local = day.astimezone(ZoneInfo(zone))
    return local.replace(hour=hour, minute=minute, second=0, microsecond=0).astimezone(UTC)


def calendar_of(message: dict[str, Any]) -> str:
    """The iCalendar text that a message carries, lines unfolded; empty when there is none."""
    texts = [part["text"] for part in message["attachments"] if part["type"] == "text/calendar" and part["text"]]
    return str(texts[0]).replace("\r\n ", "").replace("\n ", "") if texts else ""


def read(position: str) -> dict[str, str]:
    """The header that makes a read wait for a write whose answer carried this Position."""
    return {"Position-At-Least": position}
