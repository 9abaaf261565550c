"""The jars that make Apache Kafka: pinned by version and SHA-256, taken from the user's Maven cache, fetched by jgo.

python -m embedded_parts.kafka_jars        # resolve the pinned releases anew and rewrite kafka_jars.txt
"""

import fcntl
import hashlib
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from embedded_parts.failure import PartFailed

PINS = Path(__file__).with_name("kafka_jars.txt")
# The second makes Kafka's log readable: without it the broker writes no log at all.
_RELEASES = ("org.apache.kafka:kafka_2.13:4.3.1", "org.apache.logging.log4j:log4j-slf4j-impl:2.25.4")
_HEADER = "# SHA-256 and Maven coordinates of every jar of the broker; written by python -m embedded_parts.kafka_jars\n"
_FETCHES_AT_ONCE = 6


@dataclass(frozen=True, slots=True)
class Jar:
    """One pinned jar."""

    group: str
    artifact: str
    version: str
    sha256: str

    @property
    def path(self) -> Path:
        """Where a Maven repository keeps it."""
        return Path(*self.group.split("."), self.artifact, self.version, f"{self.artifact}-{self.version}.jar")

    def __str__(self) -> str:
        return f"{self.group}:{self.artifact}:{self.version}"


def class_path(say: Callable[[str], None] = lambda _: None) -> list[Path]:
    """Every jar of the broker, each checked against its pin; what is missing is fetched first. PartFailed if it can't.

    `say` hears one line when a download begins.
    """
    jars, cache = pinned(), _cache()
    missing = [jar for jar in jars if not _is_whole(cache / jar.path, jar)]
    if missing:
        with _fetching(cache):
            # Somebody else may have fetched them while we waited.
            missing = [jar for jar in missing if not _is_whole(cache / jar.path, jar)]
            if missing:
                say(f"fetching {len(missing)} jars of Apache Kafka into {cache} (once)")
                _fetch_all(missing, cache)
    return [cache / jar.path for jar in jars]


def pinned() -> list[Jar]:
    """The jars of kafka_jars.txt, in the order of the class path."""
    jars = []
    for line in PINS.read_text().splitlines():
        if line and not line.startswith("#"):
            digest, coordinates = line.split()
            group, artifact, version = coordinates.split(":")
            jars.append(Jar(group, artifact, version, digest))
    return jars


def _is_whole(file: Path, jar: Jar) -> bool:
    return file.is_file() and _digest(file) == jar.sha256


def _digest(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _cache() -> Path:
    from jgo.config import GlobalSettings

    return Path(GlobalSettings.load().repo_cache)


@contextmanager
def _fetching(cache: Path) -> Iterator[None]:
    """One fetch at a time: jgo writes its downloads in place, so a second one would see them half written."""
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / ".rendezvous.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _fetch_all(jars: Iterable[Jar], cache: Path) -> None:
    with ThreadPoolExecutor(_FETCHES_AT_ONCE) as fetchers:
        for fetched in [fetchers.submit(_fetch, jar, cache) for jar in jars]:
            fetched.result()


def _fetch(jar: Jar, cache: Path) -> None:
    from jgo.config import GlobalSettings
    from jgo.constants import MAVEN_CENTRAL_URL
    from jgo.maven import MavenContext

    # A download that was cut short earlier would be taken for the jar.
    (cache / jar.path).unlink(missing_ok=True)
    repositories = {**GlobalSettings.load().repositories, "central": MAVEN_CENTRAL_URL}
    context = MavenContext(repo_cache=cache, remote_repos=repositories, timeout=60)
    try:
        context.project(jar.group, jar.artifact).at_version(jar.version).artifact().resolve()
    except Exception as failure:
        raise PartFailed(f"The jar {jar} of Apache Kafka could not be fetched: {failure}.") from failure
    if not _is_whole(cache / jar.path, jar):
        found = _digest(cache / jar.path)
        raise PartFailed(f"The jar {cache / jar.path} has SHA-256 {found}, but {PINS.name} pins {jar.sha256}.")


def _pin() -> None:
    """Resolve the releases with everything that they need and write each jar's coordinates and SHA-256."""
    import jgo

    lines: dict[str, str] = {}
    for release in _RELEASES:
        for artifact in jgo.resolve(release):
            coordinates = f"{artifact.groupId}:{artifact.artifactId}:{artifact.version}"
            lines[f"{artifact.groupId}:{artifact.artifactId}"] = f"{_digest(artifact.resolve())}  {coordinates}\n"
    PINS.write_text(_HEADER + "".join(sorted(lines.values(), key=lambda line: line.split()[1])))


if __name__ == "__main__":
    _pin()
