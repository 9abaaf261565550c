"""What the house promises about itself: packages that stand alone, rooms without empty names, no recorded addresses."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = [*sorted(path.parent for path in ROOT.glob("[ls]*/*/pyproject.toml")), ROOT / "demo"]
WORKSPACE = {tomllib.loads((p / "pyproject.toml").read_text())["project"]["name"]: p for p in PACKAGES}


def tracked() -> list[str]:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return listed.splitlines()


def dependencies(package: Path) -> set[str]:
    """The names of everything that `package` may import, its workspace packages' own dependencies included."""
    project = tomllib.loads((package / "pyproject.toml").read_text())["project"]
    extras = project.get("optional-dependencies", {}).values()
    declared = [*project["dependencies"], *(requirement for extra in extras for requirement in extra)]
    names = {re.split(r"[\[<>=~! ]", requirement, maxsplit=1)[0] for requirement in declared}
    for name in names & WORKSPACE.keys():
        names |= dependencies(WORKSPACE[name])
    return names


@pytest.mark.parametrize("package", PACKAGES, ids=lambda path: path.name)
def test_a_package_declares_every_package_that_it_imports(package: Path) -> None:
    allowed = {name.replace("-", "_").lower() for name in dependencies(package)}
    allowed |= {WORKSPACE[name].name for name in dependencies(package) & WORKSPACE.keys()} | {package.name}
    imported = set()
    for file in package.glob("src/**/*.py"):
        for match in re.finditer(r"^(?:from|import) (\w+)", file.read_text(), re.MULTILINE):
            imported.add(match[1])
    ours = {path.name for path in WORKSPACE.values()}
    assert imported & ours <= allowed, "a workspace package is imported but not declared"
    foreign = {
        *("aiokafka", "aiosmtplib", "aiosmtpd", "argon2", "cryptography", "fastapi", "httpx", "icalendar", "jinja2"),
        *("joserfc", "orjson", "phonenumbers", "psycopg", "pydantic", "uvicorn", "holidays", "eventsourcing"),
    }
    known = {"argon2": "argon2_cffi"}
    assert {known.get(name, name) for name in imported & foreign} <= allowed


def test_no_room_is_called_by_a_name_that_says_nothing() -> None:
    nothing = re.compile(r"/(utils|common|helpers|core|misc)(\.py|/)")
    assert [path for path in tracked() if path.startswith(("libs/", "services/")) and nothing.search(path)] == []


def test_no_download_address_and_no_lock_file_with_one_is_committed() -> None:
    assert [path for path in tracked() if path.endswith(("uv.lock", "pylock.toml"))] == []
    addresses = re.compile(r"https?://[^ \"]*\.(whl|tar\.gz|tgz|crate|jar|deb)\b")
    named = []
    for path in tracked():
        file = ROOT / path
        if file.is_file() and file.suffix in {".txt", ".py", ".toml", ".md", ".yml", ".yaml", ".sh", ""}:
            named += [path] if addresses.search(file.read_text(errors="ignore")) else []
    assert named == []


def test_every_requirement_is_locked_with_hashes() -> None:
    for file in ("dev.txt", "runtime.txt", "uv.txt"):
        text = (ROOT / "requirements" / file).read_text()
        pinned = re.findall(r"^[\w.\-\[\]]+==", text, re.MULTILINE)
        assert pinned
        assert len(re.findall(r"^[\w.\-\[\]]+==[^\n]*\\\n\s+--hash=sha256:", text, re.MULTILINE)) == len(pinned)


@pytest.mark.parametrize("main", sorted(ROOT.glob("services/*/src/*/__main__.py")), ids=lambda path: path.parent.name)
def test_booting_is_written_once_and_called_in_a_few_lines(main: Path) -> None:
    assert len(main.read_text().splitlines()) < 20
