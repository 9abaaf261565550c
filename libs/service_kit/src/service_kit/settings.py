"""Settings: small frozen groups from the environment only; a wrong one ends the start with one line that names it."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, ValidationError

GroupT = TypeVar("GroupT", bound="Group")


class WrongSetting(Exception):
    """The message is one line: the variable, what is wrong with it, and the mend."""


class Group(BaseModel):
    """A few settings that belong together. A field's `description` is its meaning in the printed table."""

    model_config = ConfigDict(frozen=True)


def load(group: type[GroupT], prefix: str = "") -> GroupT:
    """`group` from variables named `prefix` + field; `<NAME>_FILE` holds the path of a file with the value.

    Raises `WrongSetting` naming the first variable that is missing or wrong.
    """
    values = {}
    for name in group.model_fields:
        variable = (prefix + name).upper()
        raw = _value(variable)
        if raw is not None:
            values[name] = raw
    try:
        return group.model_validate(values)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        variable = (prefix + str(first["loc"][0])).upper()
        meaning = group.model_fields[str(first["loc"][0])].description or "see the service's README"
        problem = "is missing" if first["type"] == "missing" else f"is wrong: {first['msg']}"
        raise WrongSetting(f"{variable} {problem}; set it to {meaning}") from None


def _value(variable: str) -> str | None:
    path = os.environ.get(variable + "_FILE")
    if not path:
        return os.environ.get(variable) or None
    try:
        return Path(path).read_text().strip()
    except OSError as error:
        raise WrongSetting(f"{variable}_FILE cannot be read ({error.strerror}); name a readable file") from None


def describe(groups: list[tuple[type[Group], str]]) -> str:
    """A table of every setting of `groups` (with their prefixes): meaning, default, value; secrets are masked."""
    lines = ["| variable | meaning | default | now |", "|---|---|---|---|"]
    for group, prefix in groups:
        for name, field in group.model_fields.items():
            variable = (prefix + name).upper()
            secret = "Secret" in str(field.annotation) or variable.endswith("DATABASE_URL")
            given = _value(variable)
            now = "" if given is None else ("(set)" if secret else given)
            default = "required" if field.is_required() else ("" if field.default is None else str(field.default))
            lines.append(f"| {variable} | {field.description or ''} | {default} | {now} |")
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


class DatabaseSettings(Group):
    database_url: PostgresUrl = Field(
        description="postgresql://ROLE:PASSWORD@HOST:PORT/DATABASE of the service's own role"
    )


class OwnerSettings(Group):
    owner_database_url: PostgresUrl = Field(
        description="the same database with its owner's role; read by `migrate` only"
    )


class HttpSettings(Group):
    http_host: str = Field("127.0.0.1", description="the address to listen on")
    http_port: Port = Field(8000, description="the port of the operations")
    health_port: Port = Field(8001, description="the port of /live, /ready and /metrics")


class KafkaSettings(Group):
    kafka_bootstrap_servers: str = Field(description="host:port[,host:port...] of Apache Kafka")


class TokenSettings(Group):
    accounts_url: WebUrl = Field(description="the accounts service, whose /.well-known/jwks.json signs the tokens")
    token_issuer: str = Field("https://rendezvous.example", description="the `iss` that a token must carry")


class ClockSettings(Group):
    clock_file: Path | None = Field(None, description="demo only: a file whose offset_seconds moves the clock forward")


class TelemetrySettings(Group):
    otel_exporter_otlp_endpoint: str | None = Field(None, description="where traces go (OTLP over HTTP); none: nowhere")
    trace_file: Path | None = Field(None, description="a file that takes each finished span as a line of JSON")
    log_level: str = Field("INFO", description="DEBUG, INFO, WARNING or ERROR")


class ClientSettings(Group):
    """How a service identifies itself to accounts for calls to other services."""

    client_id: str = Field(description="the service's own client id")
    client_secret: SecretStr = Field(description="the secret that `python -m accounts add-client` was given")
