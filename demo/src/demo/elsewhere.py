"""python -m demo.elsewhere: loads the demo data into services that others run (compose), and plays the path there.

Set as the services are: DIRECTORY_URL and its like say where each answers, and the commands of accounts and directory
run in here, with their own settings. Besides: DATA (a folder to keep), SAMPLE (the edition of the national directory),
SECRETS (where `<client>_client_secret` of clients lie that are there already), PLAY=1; and CONTROL_URL with CLOCK_FILE,
unless the services go by the real clock: then the path goes without those reminders that are days away.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from embedded_parts import PartFailed
from embedded_parts.files import write_atomically

from demo.api import StepFailed
from demo.clock import DemoClock
from demo.data import load
from demo.house import House
from demo.journey.play import play
from demo.keys import Keys
from demo.plan import demo_json
from demo.say import say

_COMMAND_SECONDS_MAX = 120


class _GivenKeys(Keys):
    """The secrets of clients that others have made; all others as ever."""

    def __init__(self, folder: Path, given: Path) -> None:
        super().__init__(folder)
        self._given = given

    def password(self, name: str) -> str:
        given = self._given / f"{name.removeprefix('client ')}_client_secret"
        return given.read_text().strip() if given.exists() else super().password(name)


class _Elsewhere(House):
    """A house whose rooms others have built: every address comes from the environment."""

    def __init__(self, data: Path, secrets: Path) -> None:
        super().__init__(data)
        self.keys = _GivenKeys(data / "keys", secrets)
        self.kafka = os.environ["KAFKA_BOOTSTRAP_SERVERS"]
        self.clock_moves = "CONTROL_URL" in os.environ
        if self.clock_moves:
            self.clock_file = Path(os.environ["CLOCK_FILE"])
            DemoClock(self.clock_file).ensure_exists()

    def url(self, name: str) -> str:
        """Where the service answers, of however many processes: `booking-2` is one of booking's."""
        return os.environ[f"{name.partition('-')[0].upper()}_URL"]

    def environment(self, own: Mapping[str, str]) -> dict[str, str]:
        """This process' own: it is set as the services are."""
        return {**os.environ, **own}


class _Hands:
    def __init__(self, house: House) -> None:
        self.house = house

    def command(self, service: str, words: tuple[str, ...], told: str | None) -> str:
        done = subprocess.run(  # noqa: S603 (our own modules)
            self.house.module(service, *words),
            env=self.house.environment({}), input=told, text=True, capture_output=True, timeout=_COMMAND_SECONDS_MAX,
        )  # fmt: skip
        if done.returncode:
            raise PartFailed(f"{service} {words[0]} failed: {done.stderr.strip()[-500:]}")
        return done.stdout

    def together(self, tasks: Sequence[Callable[[], None]]) -> None:
        for task in tasks:
            task()


def main() -> int:
    """0, or 1 when the data could not be loaded or the path failed."""
    house = _Elsewhere(Path(os.environ["DATA"]), Path(os.environ.get("SECRETS", "/run/secrets")))
    try:
        loaded = load(_Hands(house), Path(os.environ["SAMPLE"]))
        demo = demo_json(house, loaded)
        write_atomically(house.demo_file, json.dumps(demo, indent=1, ensure_ascii=False) + "\n", mode=0o600)
        if os.environ.get("PLAY") == "1":
            play(demo)
            say("The path is played to its end")
    except (PartFailed, StepFailed) as failure:
        say(f"FAILED: {failure}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
