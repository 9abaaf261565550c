"""python make_secrets.py FOLDER VERSION: every secret that docker-compose.yml hands out, one file each; made once.

What is there already stays as it is. A secret's file has the name of the variable that it is for, in small letters.
"""

import json
import secrets
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

_DATABASES = ("directory", "availability", "booking", "booking_keys", "notification", "accounts")


def wanted(version: str, folder: Path) -> dict[str, Callable[[], str]]:
    """Each secret's name and how it is made."""

    def key(service: str) -> str:
        command = ["docker", "run", "--rm", "--network=none", f"rendezvous/{service}:{version}", "make-key"]
        printed = subprocess.run(command, check=True, text=True, capture_output=True).stdout  # noqa: S603
        return json.dumps(json.loads(printed))

    def superuser() -> str:
        password = (folder / "postgres_password").read_text().strip()
        return f"postgresql://postgres:{password}@postgres:5432/postgres"

    made: dict[str, Callable[[], str]] = {
        "postgres_password": _password,
        "superuser_database_url": superuser,
        "accounts_token_key": lambda: key("accounts"),
        "availability_offer_key": lambda: key("availability"),
        "notification_client_secret": _password,
        "portal_session_key": _password,
    }
    for database in _DATABASES:
        made[f"{database}_owner_database_url"] = lambda name=database: _url(f"{name}_owner", name)  # type: ignore[misc]
        made[f"{database}_database_url"] = lambda name=database: _url(name, name)  # type: ignore[misc]
    return made


def _password() -> str:
    return secrets.token_urlsafe(32)


def _url(role: str, database: str) -> str:
    return f"postgresql://{role}:{_password()}@postgres:5432/{database}"


def main(folder: Path, version: str) -> None:
    """Only the folder keeps others out: its files are read in containers, by a user of another number."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name, make in wanted(version, folder).items():
        file = folder / name
        if not file.exists():
            file.write_text(make() + "\n")
            file.chmod(0o444)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
