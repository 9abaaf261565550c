"""What the demo consists of: the databases, the topics, and each process with its settings. The one list of it all."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from demo.house import House
from demo.kept import ProcessPlan
from demo.topics import Topic

# Those with a database of their own; the portal has none.
SERVICES = ("directory", "availability", "booking", "notification", "accounts")
# (process name, module): booking runs twice, so that a race between two processes can be tried.
_PROCESSES = (
    ("accounts", "accounts"),
    ("directory", "directory"),
    ("availability", "availability"),
    ("booking", "booking"),
    ("booking-2", "booking"),
    ("notification", "notification"),
    ("portal", "portal"),
)
_COMPACTED = {"cleanup.policy": "compact"}
_KEPT = {"retention.ms": "-1"}


@dataclass(frozen=True, slots=True)
class Plan:
    """One demo. `helpers` need neither database nor broker and start first; `migration` brings one database up to date;
    `services` is asked once the databases and the broker have their addresses."""

    databases: Sequence[str]
    topics: Sequence[Topic]
    helpers: Callable[[House], Sequence[ProcessPlan]]
    migration: Callable[[House, str], ProcessPlan]
    services: Callable[[House], Sequence[ProcessPlan]]


def topics() -> list[Topic]:
    """The topics of `events.md` and a dead-letter topic beside each."""
    published = [
        Topic("directory.practitioners.v1", settings=_COMPACTED),
        Topic("availability.agendas.v1", settings=_KEPT),
        Topic("availability.next.v1", settings=_COMPACTED),
        Topic("booking.appointments.v1", settings=_KEPT),
        Topic("booking.ledger.v1", settings=_KEPT),
        Topic("notification.deliveries.v1", settings=_KEPT),
        Topic("accounts.people.v1", settings=_KEPT),
    ]
    return [*published, *(Topic(f"{topic.name}-dlq", partitions=1, settings=_KEPT) for topic in published)]


def helpers(house: House) -> list[ProcessPlan]:
    """The mailbox and the control."""
    mailbox = {
        "MAILBOX_DATA": str(house.data / "mailbox.db"),
        "MAILBOX_SMTP_PORT": str(house.port("smtp")),
        "MAILBOX_HTTP_PORT": str(house.port("mailbox")),
    }
    control = {"CONTROL_HTTP_PORT": str(house.port("control")), "DEMO_FILE": str(house.demo_file)}
    return [
        _process(house, "mailbox", ("demo.mailbox",), mailbox, f"{house.url('mailbox')}/ready"),
        _process(house, "control", ("demo.control",), control, f"{house.url('control')}/ready"),
    ]


def services(house: House) -> list[ProcessPlan]:
    """Every service's processes, each with the settings of its own prefix and the addresses of the others."""
    shared = {
        "KAFKA_BOOTSTRAP_SERVERS": house.kafka,
        **{f"{name.upper()}_URL": house.url(name) for name in (*SERVICES, "portal")},
        "SMTP_HOST": "127.0.0.1",
        "SMTP_PORT": str(house.port("smtp")),
        "SMS_URL": f"{house.url('mailbox')}/sms",
        "OFFER_PUBLIC_KEY_FILE": str(_public(house, "offers")),
    }
    plans = []
    for name, module in _PROCESSES:
        prefix = module.upper()
        own = {f"{prefix}_HTTP_PORT": str(house.port(name)), f"{prefix}_OPS_PORT": str(house.port(f"{name}-ops"))}
        if module in house.databases:
            own[f"{prefix}_DATABASE_URL"] = house.databases[module].service_url
        ready = f"{house.url(f'{name}-ops')}/ready"
        plans.append(_process(house, name, (module, "serve"), {**shared, **own, **_secrets(house, module)}, ready))
    return plans


def full_plan() -> Plan:
    """The whole demo."""
    return Plan(databases=SERVICES, topics=topics(), helpers=helpers, migration=migration, services=services)


def migration(house: House, service: str) -> ProcessPlan:
    """The command that brings one service's database up to date, as its owner."""
    own = {f"{service.upper()}_DATABASE_URL": house.databases[service].owner_url}
    return _process(house, f"{service}-migrate", (service, "migrate"), own, ready_url="")


def demo_json(house: House, loaded: dict[str, Any]) -> dict[str, Any]:
    """What demo.json says (`http.md`): every address, and what the demo data put in (`logins`, `practitioners`)."""
    single = ("directory", "availability", "accounts", "notification", "portal", "mailbox", "control")
    return {
        "services": {
            **{name: house.url(name) for name in single},
            "booking": [house.url("booking"), house.url("booking-2")],
        },
        "kafka": house.kafka,
        "databases": {name: database.service_url for name, database in house.databases.items()},
        **loaded,
    }


def _secrets(house: House, module: str) -> dict[str, str]:
    """The keys that only one service may have."""
    match module:
        case "accounts":
            return {"ACCOUNTS_SIGNING_KEY_FILE": str(house.keys.signing_key("tokens"))}
        case "availability":
            return {"AVAILABILITY_OFFER_KEY_FILE": str(house.keys.signing_key("offers"))}
        case "booking":
            return {"BOOKING_LEDGER_KEY_FILE": str(house.keys.signing_key("ledger"))}
        case "notification":
            return {
                "NOTIFICATION_CLIENT_ID": "notification",
                "NOTIFICATION_CLIENT_SECRET": house.keys.password("client notification"),
            }
        case _:
            return {}


def _public(house: House, name: str) -> Path:
    house.keys.signing_key(name)
    return house.keys.public_key(name)


def _process(house: House, name: str, words: tuple[str, ...], own: dict[str, str], ready_url: str) -> ProcessPlan:
    return ProcessPlan(name, house.module(*words), house.environment(own), ready_url)
