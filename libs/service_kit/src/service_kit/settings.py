"""Settings: small frozen groups from the environment only; a wrong one ends the start with one line that names it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, ValidationError

from service_kit.broker import Brokers, reaching

GroupT = TypeVar("GroupT", bound="Group")


class WrongSetting(Exception):
    """The message is one line: the variable, what is wrong with it, and the mend."""


class Group(BaseModel):
    """A few settings that belong together. A field's `description` is its meaning in the printed table."""

    model_config = ConfigDict(frozen=True)


Groups = Sequence[tuple[type[Group], str]]
"""Groups with the prefix of their variables, such as `BOOKING_`."""


def load(group: type[GroupT], prefix: str = "") -> GroupT:
    """`group` from variables named `prefix` + field; `<NAME>_FILE` holds the path of a file with the value.

    Raises `WrongSetting` naming the first variable that is missing or wrong.
    """
    given = {name: _given((prefix + name).upper())[0] for name in group.model_fields}
    try:
        return group.model_validate({name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        variable = (prefix + str(first["loc"][0])).upper()
        meaning = group.model_fields[str(first["loc"][0])].description or "see the service's README"
        problem = "is missing" if first["type"] == "missing" else f"is wrong: {first['msg']}"
        raise WrongSetting(f"{variable} {problem}; set it to {meaning}") from None


def _given(variable: str) -> tuple[str | None, str]:
    """What is set, and where it comes from."""
    path = os.environ.get(variable + "_FILE")
    if path:
        try:
            return Path(path).read_text().strip(), "file"
        except OSError as error:
            raise WrongSetting(f"{variable}_FILE cannot be read ({error.strerror}); name a readable file") from None
    value = os.environ.get(variable) or None
    return value, "default" if value is None else "environment"


def refuse_misspelt(groups: Groups, prefix: str) -> None:
    """Raises `WrongSetting` for a variable with this prefix that nothing reads and that is nearly one of `groups`.

    Others may stand there: Kubernetes sets some of its own for each service by name.
    """
    known = [variable.name + end for variable in variables(groups) for end in ("", "_FILE")]
    for name in sorted(os.environ.keys() - set(known)):
        if name.startswith(prefix) and (near := get_close_matches(name, known, n=1, cutoff=0.9)):
            raise WrongSetting(f"{name} is not a setting; it is nearly {near[0]}: mend the name or remove it")


@dataclass(frozen=True)
class Variable:
    """One variable as pages show it. `default` is "required" where there is none."""

    name: str
    meaning: str
    default: str
    secret: bool


def variables(groups: Groups) -> Iterator[Variable]:
    """Every variable that `groups` are read from."""
    for group, prefix in groups:
        for name, field in group.model_fields.items():
            variable = (prefix + name).upper()
            default = "required" if field.is_required() else "" if field.default is None else str(field.default)
            secret = "Secret" in str(field.annotation) or variable.endswith("DATABASE_URL")
            yield Variable(variable, field.description or "", default, secret)


def describe(groups: Groups) -> str:
    """A table of every variable of `groups` and of what is set now, from where; secrets are masked."""
    lines = ["| variable | meaning | default | now | source |", "|---|---|---|---|---|"]
    for one in variables(groups):
        value, source = _given(one.name)
        now = "" if value is None else "(set)" if one.secret else value
        missing = value is None and one.default == "required"
        lines.append(f"| {one.name} | {one.meaning} | {one.default} | {now} | {'missing' if missing else source} |")
    return "\n".join(lines)


def fail(error: WrongSetting) -> None:
    """End the process with the one line of `error`; exit code 2."""
    print(error, file=sys.stderr)
    raise SystemExit(2)


def _postgres(url: str) -> str:
    if not url.startswith(("postgresql://", "postgres://")):
        raise ValueError("not an address of PostgreSQL")
    return url


PostgresUrl = Annotated[str, AfterValidator(_postgres)]
Port = Annotated[int, Field(ge=0, le=65535)]


def _web(url: str) -> str:
    if not url.startswith(("http://", "https://")):
        raise ValueError("not an http address")
    return url.rstrip("/")


WebUrl = Annotated[str, AfterValidator(_web)]


Sampler = Literal[
    "always_on", "always_off", "traceidratio",
    "parentbased_always_on", "parentbased_always_off", "parentbased_traceidratio",
]  # fmt: skip


class DatabaseSettings(Group):
    database_url: PostgresUrl = Field(
        description="the service's own database and role: postgresql://ROLE:PASSWORD@HOST:PORT/DATABASE"
    )


class OwnerSettings(Group):
    owner_database_url: PostgresUrl = Field(
        description="the same database with its owner's role; read by `migrate` only"
    )


class HttpSettings(Group):
    http_host: str = Field("127.0.0.1", description="the address to listen on")
    http_port: Port = Field(8000, description="the port of the operations")
    health_port: Port = Field(8001, description="the port of /live, /ready and /metrics")
    behind_seconds_max: float = Field(
        30, gt=0, description="a view that is further behind than so many seconds makes the process not ready"
    )
    writes_per_minute: int = Field(
        300,
        ge=0,
        description="how many changes one caller, by their token, may ask one process for in a minute; 0: any number",
    )
    leave_seconds: float = Field(
        0.5,
        ge=0,
        le=60,
        description="how long it still takes requests once told to end, not ready any more: as long as load balancers "
        "need to notice and clients keep idle connections, 5 on Kubernetes",
    )


class KafkaSettings(Group):
    kafka_bootstrap_servers: str = Field(description="the brokers of Apache Kafka: host:port[,host:port...]")
    kafka_tls_folder: Path | None = Field(
        None,
        description="where brokers are spoken to over TLS: a folder with ca.crt, which signs theirs, and user.crt and "
        "user.key, the certificate of this service",
    )

    @property
    def brokers(self) -> Brokers:
        """Raises `WrongSetting` when the certificates cannot be read."""
        found = Brokers(self.kafka_bootstrap_servers, self.kafka_tls_folder)
        try:
            reaching(found)
        except OSError as error:
            raise WrongSetting(
                f"KAFKA_TLS_FOLDER is wrong: {type(error).__name__}; it needs ca.crt, user.crt and user.key in PEM"
            ) from None
        return found


class TokenSettings(Group):
    accounts_url: WebUrl = Field(description="the address of the accounts service")
    token_issuer: str = Field("https://rendezvous.example", description="the `iss` of every token")


class ClockSettings(Group):
    clock_file: Path | None = Field(None, description="demo only: a file whose offset_seconds moves the clock forward")


class TelemetrySettings(Group):
    """The `otel_` ones are OpenTelemetry's own, and read by its SDK as well: any other of them holds too."""

    otel_exporter_otlp_endpoint: WebUrl | None = Field(
        None, description="where traces, metrics and logs go (OTLP over HTTP), such as http://collector:4318"
    )
    otel_metrics_exporter: Literal["otlp", "none"] = Field(
        "otlp", description="none: metrics do not go there, as where Prometheus reads them from each process"
    )
    otel_logs_exporter: Literal["otlp", "none"] = Field(
        "otlp", description="none: logs do not go there, as where the lines on the standard output are collected"
    )
    otel_traces_sampler: Sampler = Field(
        "parentbased_always_on", description="which traces are kept: one of OpenTelemetry's samplers"
    )
    otel_traces_sampler_arg: float = Field(
        1.0, ge=0, le=1, description="the share of the traces that a `traceidratio` sampler keeps, from 0 to 1"
    )
    trace_file: Path | None = Field(None, description="a file that takes each finished span as a line of JSON")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "INFO", description="the least that is logged: DEBUG, INFO, WARNING or ERROR"
    )


class ClientSettings(Group):
    """How a service identifies itself to accounts for calls to other services."""

    client_id: str = Field(description="the id of the service as a client of accounts")
    client_secret: SecretStr = Field(description="the secret that `python -m accounts add-client` was given")
