"""What the demo consists of: the databases, the topics, and each process with its settings. The one list of it all."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from booking_events.topics import BrokerTopic, topics

from demo.house import House
from demo.kept import ProcessPlan

# Those with a database of their own; the portal has none.
SERVICES = ("directory", "availability", "booking", "notification", "accounts")
# Booking keeps the keys of what it seals away from what it has sealed.
_DATABASES = (*SERVICES, "booking_keys")
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
# Those that call others in their own name.
CLIENTS = ("directory", "availability", "booking", "notification", "portal")
_MAIL_FROM = "Rendezvous <no-reply@rendezvous.example>"


@dataclass(frozen=True, slots=True)
class Plan:
    """One demo. `helpers` need neither database nor broker and start first; `migration` brings one database up to date;
    `services` is asked once the databases and the broker have their addresses."""

    databases: Sequence[str]
    migrated: Sequence[str]
    topics: Sequence[BrokerTopic]
    helpers: Callable[[House], Sequence[ProcessPlan]]
    migration: Callable[[House, str], ProcessPlan]
    services: Callable[[House], Sequence[ProcessPlan]]


def full_plan() -> Plan:
    """The whole demo."""
    return Plan(_DATABASES, SERVICES, topics(), helpers=helpers, migration=migration, services=services)


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
    plans = []
    for name, module in _PROCESSES:
        prefix = module.upper()
        own = {
            **service_settings(house, module),
            f"{prefix}_HTTP_PORT": str(house.port(name)),
            f"{prefix}_HEALTH_PORT": str(house.port(f"{name}-health")),
            "TRACE_FILE": str(house.logs / f"{name}.traces.jsonl"),
        }
        plans.append(_process(house, name, (module,), own, f"{house.url(f'{name}-health')}/ready"))
    return plans


def migration(house: House, service: str) -> ProcessPlan:
    """The command that brings one service's database (booking: both) up to date, as its owner."""
    own = service_settings(house, service)
    for database in _databases_of(service):
        own[f"{database.upper()}_OWNER_DATABASE_URL"] = house.databases[database].owner_url
    return _process(house, f"{service}-migrate", (service, "migrate"), own, ready_url="")


def command(house: House, service: str, words: tuple[str, ...], name: str, told: str | None = None) -> ProcessPlan:
    """One of a service's own commands, with the settings of the service."""
    environment = house.environment(service_settings(house, service))
    return ProcessPlan(name, house.module(service, *words), environment, ready_url="", told=told)


def service_settings(house: House, module: str) -> dict[str, str]:
    """Where the others are, and what only this service may know."""
    prefix = module.upper()
    settings = {
        "KAFKA_BOOTSTRAP_SERVERS": house.kafka,
        **{f"{name.upper()}_URL": house.url(name) for name in (*SERVICES, "portal", "mailbox")},
        "SMTP_URL": f"smtp://127.0.0.1:{house.port('smtp')}",
        "SMS_URL": f"{house.url('mailbox')}/sms",
        "MAIL_FROM": _MAIL_FROM,
    }
    for database in _databases_of(module):
        settings[f"{database.upper()}_DATABASE_URL"] = house.databases[database].service_url
    if module in CLIENTS:
        settings[f"{prefix}_CLIENT_ID"] = module
        settings[f"{prefix}_CLIENT_SECRET"] = house.keys.password(f"client {module}")
    return {**settings, **_keys(house, module)}


def addresses(house: House) -> dict[str, str | list[str]]:
    """Where each service answers; booking at two addresses."""
    control = ("control",) if house.clock_moves else ()
    single = ("directory", "availability", "accounts", "notification", "portal", "mailbox", *control)
    return {
        **{name: house.url(name) for name in single},
        "booking": [house.url("booking"), house.url("booking-2")],
    }


def demo_json(house: House, loaded: dict[str, Any]) -> dict[str, Any]:
    """What demo.json says (`http.md`): every address, and what the demo data put in (`logins`, `practitioners`)."""
    return {
        "services": addresses(house),
        "kafka": house.kafka,
        "databases": {name: database.service_url for name, database in house.databases.items()},
        **loaded,
    }


def _databases_of(module: str) -> tuple[str, ...]:
    return ("booking", "booking_keys") if module == "booking" else (module,) if module in SERVICES else ()


def _keys(house: House, module: str) -> dict[str, str]:
    match module:
        case "accounts":
            return {"ACCOUNTS_TOKEN_KEY_FILE": str(house.keys.signing_key("tokens"))}
        case "availability":
            return {"AVAILABILITY_OFFER_KEY_FILE": str(house.keys.signing_key("offers"))}
        case "portal":
            return {"PORTAL_SESSION_KEY": house.keys.password("portal session")}
        case _:
            return {}


def _process(house: House, name: str, words: tuple[str, ...], own: dict[str, str], ready_url: str) -> ProcessPlan:
    return ProcessPlan(name, house.module(*words), house.environment(own), ready_url)
