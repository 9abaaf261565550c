"""python -m demo.databases: every service's database and roles on a PostgreSQL that others run, as its superuser.

SUPERUSER_DATABASE_URL says which; the passwords are those of `<DATABASE>_OWNER_DATABASE_URL` and of
`<DATABASE>_DATABASE_URL`, which the services are given too. Each may be a file (`<NAME>_FILE`).
What is there already is brought to the same state.
"""

import os
from pathlib import Path
from urllib.parse import unquote, urlsplit

from embedded_parts import provision

from demo.plan import full_plan


def _given(name: str) -> str:
    file = os.environ.get(f"{name}_FILE")
    return Path(file).read_text().strip() if file else os.environ[name]


def _password(name: str) -> str:
    return unquote(urlsplit(_given(name)).password or "")


if __name__ == "__main__":
    for database in full_plan().databases:
        prefix = database.upper()
        owner, service = (_password(f"{prefix}{role}_DATABASE_URL") for role in ("_OWNER", ""))
        provision(_given("SUPERUSER_DATABASE_URL"), database, owner, service)
        print(f"{database}: there, with its two roles")
