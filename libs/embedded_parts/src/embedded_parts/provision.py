"""One database with its two roles for each service: the owner that migrates, and the service role that only works."""

from dataclasses import dataclass
from urllib.parse import quote, unquote, urlsplit, urlunsplit

import psycopg
from psycopg import sql

# One provisioning at a time on a server, so that two starts at once do not both create the same role.
_LOCK = 0x5245_4E44
_END_SESSIONS = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s"


@dataclass(frozen=True, slots=True)
class ProvisionedDatabase:
    """The addresses of one database: its owner's (migrations) and its service role's (everything else)."""

    owner_url: str
    service_url: str

    @property
    def service_role(self) -> str:
        """The service role's name, for a migration that grants it something."""
        return unquote(urlsplit(self.service_url).username or "")


def provision(superuser_url: str, name: str, owner_password: str, service_password: str) -> ProvisionedDatabase:
    """Make database `name` with roles `<name>_owner` and `<name>`, or bring an existing one to the same state.

    The owner role owns the database and its schema public. The service role may connect, and on what the owner makes
    in schema public it gets SELECT, INSERT, UPDATE and DELETE of tables and USAGE of sequences: nothing else, unless
    a migration grants it. Nobody else may connect. A migration can name the service role as `current_database()`.
    """
    owner = f"{name}_owner"
    database, owner_id, service_id = sql.Identifier(name), sql.Identifier(owner), sql.Identifier(name)
    with psycopg.connect(superuser_url, autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
        _ensure_role(connection, owner, owner_password)
        _ensure_role(connection, name, service_password)
        if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone() is None:
            connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(database, owner_id))
        connection.execute(sql.SQL("ALTER DATABASE {} OWNER TO {}").format(database, owner_id))
        connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(database))
        connection.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(database, service_id))
    with psycopg.connect(_address(superuser_url, name), autocommit=True) as connection:
        _grant(connection, owner_id, service_id)
    return ProvisionedDatabase(
        owner_url=_address(superuser_url, name, owner, owner_password),
        service_url=_address(superuser_url, name, name, service_password),
    )


def copy(superuser_url: str, original: ProvisionedDatabase, name: str) -> ProvisionedDatabase:
    """Make database `name` as a copy of `original`, with all that is in it, for the same two roles.

    Whoever is connected to the original is thrown out of it.
    """
    template = urlsplit(original.owner_url).path.strip("/")
    words = sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER {}")
    owner = unquote(urlsplit(original.owner_url).username or "")
    with psycopg.connect(superuser_url, autocommit=True) as connection:
        connection.execute(_END_SESSIONS, [template])
        connection.execute(words.format(*map(sql.Identifier, (name, template, owner))))
        _grant_as_on(connection, template, name)
    return ProvisionedDatabase(
        owner_url=_address(original.owner_url, name), service_url=_address(original.service_url, name)
    )


def drop(superuser_url: str, name: str) -> None:
    """Remove what `provision` made, with everything in it; harmless when it is not there."""
    with psycopg.connect(superuser_url, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
        for role in (name, f"{name}_owner"):
            connection.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(role)))


def _ensure_role(connection: psycopg.Connection, role: str, password: str) -> None:
    exists = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone() is not None
    # Hashed here, so that the password itself never travels in a statement that a server may log.
    verifier = connection.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256").decode()
    words = "ALTER ROLE {} LOGIN PASSWORD {}" if exists else "CREATE ROLE {} LOGIN PASSWORD {}"
    connection.execute(sql.SQL(words).format(sql.Identifier(role), sql.Literal(verifier)))


def _grant_as_on(connection: psycopg.Connection, template: str, name: str) -> None:
    """What is granted on a database itself is not copied with it."""
    granted = connection.execute(
        "SELECT privilege_type, pg_get_userbyid(grantee) FROM pg_database, aclexplode(datacl) WHERE datname = %s",
        [template],
    ).fetchall()
    connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(sql.Identifier(name)))
    for privilege, role in granted:
        words = sql.SQL("GRANT {} ON DATABASE {} TO {}")
        connection.execute(words.format(sql.SQL(privilege), *map(sql.Identifier, (name, role))))


def _grant(connection: psycopg.Connection, owner: sql.Identifier, service: sql.Identifier) -> None:
    for words in (
        "ALTER SCHEMA public OWNER TO {owner}",
        "REVOKE ALL ON SCHEMA public FROM PUBLIC",
        "GRANT USAGE ON SCHEMA public TO {service}",
        "ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA public"
        " GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {service}",
        "ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA public GRANT USAGE ON SEQUENCES TO {service}",
    ):
        connection.execute(sql.SQL(words).format(owner=owner, service=service))


def _address(url: str, database: str, user: str | None = None, password: str | None = None) -> str:
    """The same server, another database and, when given, another role."""
    parts = urlsplit(url)
    place = parts.netloc
    if user is not None and password is not None:
        place = f"{quote(user, safe='')}:{quote(password, safe='')}@{parts.netloc.rpartition('@')[2]}"
    return urlunsplit((parts.scheme, place, f"/{quote(database, safe='')}", parts.query, ""))
