"""python -m demo.databases: every service's database and roles on a PostgreSQL that others run, as its superuser.

SUPERUSER_DATABASE_URL says which; the passwords are those of `<DATABASE>_OWNER_DATABASE_URL` and of
`<DATABASE>_DATABASE_URL`, which the services are given too. Each may be a file (`<NAME>_FILE`).
What is there already is brought to the same state.
"""

from urllib.parse import unquote, urlsplit

from embedded_parts import provision
from service_kit.settings import DatabaseSettings, OwnerSettings, WrongSetting, fail, load

from demo.plan import full_plan


def _password(url: str) -> str:
    return unquote(urlsplit(url).password or "")


def main() -> None:
    """Exit code 2, with one line, when a variable is missing or wrong."""
    try:
        superuser = load(DatabaseSettings, "SUPERUSER_").database_url
        for database in full_plan().databases:
            prefix = f"{database}_".upper()
            owner = _password(load(OwnerSettings, prefix).owner_database_url)
            provision(superuser, database, owner, _password(load(DatabaseSettings, prefix).database_url))
            print(f"{database}: there, with its two roles")
    except WrongSetting as error:
        fail(error)


if __name__ == "__main__":
    main()
