"""The whole demo as its own process, a real Chromium, and the mailbox: what every journey starts from."""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, sync_playwright

_START_SECONDS_MAX = 600
_STOP_SECONDS_MAX = 60
Found = TypeVar("Found")


def wait_for(what: str, question: Callable[[], Found | None], seconds_max: float = 90.0) -> Found:
    """The first answer that is one; the test fails with `what` when none comes in time."""
    deadline = time.monotonic() + seconds_max
    while time.monotonic() < deadline:
        found = question()
        if found:
            return found
        time.sleep(0.2)
    pytest.fail(f"in {seconds_max:.0f} s it did not come true: {what}")


@dataclass(frozen=True)
class Demo:
    """A running demo by its `demo.json`."""

    facts: dict[str, Any]

    @property
    def portal(self) -> str:
        return str(self.facts["services"]["portal"])

    def patient(self, number: int) -> dict[str, str]:
        patient: dict[str, str] = self.facts["logins"]["patients"][number]
        return patient

    def wait_in_demo_time(self, duration: str) -> None:
        """Let the demo's clock jump (ISO 8601): waiting, without waiting."""
        control = self.facts["services"]["control"]
        httpx.post(f"{control}/clock", json={"advance": duration}, trust_env=False, timeout=30).raise_for_status()

    def message(self, to: str, channel: str, holding: str) -> dict[str, Any]:
        """The newest message to `to` that has `holding` in its text or an attachment."""

        def look() -> dict[str, Any] | None:
            answer = httpx.get(
                f"{self.facts['services']['mailbox']}/messages", params={"to": to, "channel": channel}, trust_env=False
            )
            for message in answer.raise_for_status().json():
                parts = [message["text"] or "", *(part["text"] or "" for part in message["attachments"])]
                if any(holding in part for part in parts):
                    found: dict[str, Any] = message
                    return found
            return None

        return wait_for(f"a message by {channel} with {holding!r}", look)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """The demo, started here and stopped at the end; DEMO_FILE names the demo.json of one that runs already."""
    running = os.environ.get("DEMO_FILE")
    if running:
        yield Demo(json.loads(Path(running).read_text()))
        return
    data = tmp_path_factory.mktemp("demo")
    log = data / "demo.log"
    with log.open("wb") as output:
        environment = {**os.environ, "DATA": str(data), "CHECK": ""}
        process = subprocess.Popen([sys.executable, "-m", "demo"], env=environment, stdout=output, stderr=output)
    try:
        yield Demo(_facts(process, data / "demo.json", log))
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(_STOP_SECONDS_MAX)
    assert process.returncode == 0, log.read_text()[-2000:]


def _facts(process: subprocess.Popen[bytes], file: Path, log: Path) -> dict[str, Any]:
    deadline = time.monotonic() + _START_SECONDS_MAX
    while time.monotonic() < deadline and process.poll() is None:
        if file.exists() and "Everything is up" in log.read_text():
            facts: dict[str, Any] = json.loads(file.read_text())
            return facts
        time.sleep(0.3)
    pytest.fail(f"the demo did not start:\n{log.read_text()[-3000:]}")


@pytest.fixture
def eventually() -> Callable[..., Any]:
    """`eventually(what, question)` asks until the answer is true."""
    return wait_for


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium. Where there is none the journey cannot be tried, and in CI that is a failure.

    It ends with its module: while Playwright is open no test of this process can run a loop of its own.
    """
    executable = shutil.which("chromium")
    if executable is None:
        if os.environ.get("CI") == "true":
            pytest.fail("no chromium is installed, and CI requires one: apt-get install chromium")
        pytest.skip("no chromium is installed: the journey in a browser was not tried (apt-get install chromium)")
    with sync_playwright() as playwright:
        quiet = ["--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
        chromium = playwright.chromium.launch(
            executable_path=executable, chromium_sandbox=False, args=["--disable-quic", *quiet]
        )
        yield chromium
        chromium.close()


# In words that a page must not lack for somebody who cannot see it, or who uses a small screen.
_UNFIT = """() => {
  const wrong = [];
  const root = document.documentElement;
  if (root.scrollWidth > root.clientWidth) wrong.push('wider than the screen');
  if (!root.lang) wrong.push('no language');
  if (!document.title.trim()) wrong.push('no title');
  for (const mark of ['main', 'header', 'footer', 'h1'])
    if (document.querySelectorAll('body ' + mark).length < 1) wrong.push('no ' + mark);
  if (document.querySelectorAll('h1').length > 1) wrong.push('two h1');
  let level = 1;
  for (const one of document.querySelectorAll('main h1, main h2, main h3, main h4')) {
    const next = Number(one.tagName[1]);
    if (next > level + 1) wrong.push('heading too deep: ' + one.textContent);
    level = next;
  }
  for (const field of document.querySelectorAll('input:not([type=hidden]), textarea, select'))
    if (!field.labels.length) wrong.push('no label: ' + field.name);
  for (const id of [...document.querySelectorAll('[aria-describedby]')].flatMap(
    one => one.getAttribute('aria-describedby').split(/\\s+/)).filter(Boolean))
    if (!document.getElementById(id)) wrong.push('described by nothing: ' + id);
  const ids = [...document.querySelectorAll('[id]')].map(one => one.id);
  if (new Set(ids).size !== ids.length) wrong.push('an id twice');
  for (const one of document.querySelectorAll('a[href], button'))
    if (!one.textContent.trim()) wrong.push('no name: ' + one.outerHTML.slice(0, 80));
  for (const one of document.querySelectorAll('main button, main a.button')) {
    const box = one.getBoundingClientRect();
    if (box.height && box.height < 24) wrong.push('too small to touch: ' + one.textContent.trim());
  }
  return wrong;
}"""


class Person:
    """Somebody in front of a browser. `look` is called on every page: it must be fit for everybody."""

    def __init__(self, context: BrowserContext, portal: str, name: str, scripts: bool) -> None:
        self._portal, self._name, self._scripts, self._looks = portal, name, scripts, 0
        self.context = context
        self.page: Page = context.new_page()
        self.errors: list[str] = []
        self.page.on("console", lambda said: self.errors.append(said.text) if "Content Security" in said.text else None)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))

    def go(self, path: str) -> None:
        self.page.goto(path if path.startswith("http") else self._portal + path)
        self.look()

    def press(self, name: str, within: str = "main") -> None:
        """Press the button, or follow the link, that bears this name."""
        place = self.page.locator(within)
        either = place.get_by_role("button", name=name).or_(place.get_by_role("link", name=name))
        self.follow(either.first)

    def follow(self, place: Locator) -> None:
        """Click there and wait for the page that comes: on this site every button and link leads to one."""
        with self.page.expect_navigation(wait_until="load"):
            place.click()
        self.look()

    def fill(self, **fields: str) -> None:
        """Fill in fields by their ids."""
        for name, value in fields.items():
            self.page.fill(f"#{name}", value)

    def choose(self, name: str) -> None:
        """Choose a radio button or tick a box by its label."""
        self.page.locator("main label").filter(has_text=re.compile(rf"^\s*{re.escape(name)}")).first.click()

    def sees(self, text: str) -> bool:
        """Whether the page says so; typographic spaces and apostrophes count as plain ones."""
        return _plain(text) in _plain(self.page.inner_text("body"))

    def look(self) -> None:
        """Check the page that is open now, and keep its picture where SCREENSHOTS names a folder."""
        self._looks += 1
        folder = os.environ.get("SCREENSHOTS")
        if folder:
            Path(folder).mkdir(parents=True, exist_ok=True)
            self.page.screenshot(path=Path(folder) / f"{self._name}-{self._looks:02d}.png", full_page=True)
        # Playwright can ask a page even where the page's own scripts are off.
        assert self.page.evaluate(_UNFIT) == [], self.page.url
        assert self.errors == []


def _plain(text: str) -> str:
    for written, plain in (("’", "'"), ("\u2011", "-"), ("\u202f", " "), ("\u00a0", " ")):
        text = text.replace(written, plain)
    return " ".join(text.split()).lower()


People = Callable[..., Person]


@pytest.fixture
def person(demo: Demo, browser: Browser, request: pytest.FixtureRequest) -> Iterator[People]:
    """Makes people with a browser of their own; `width` in pixels (390: a phone), `scripts`: whether theirs run."""
    contexts: list[BrowserContext] = []

    def come(width: int = 390, locale: str = "fr-FR", scripts: bool = True) -> Person:
        context = browser.new_context(
            viewport={"width": width, "height": 844},
            locale=locale,
            java_script_enabled=scripts,
            has_touch=width < 500,
            timezone_id="Europe/Paris",
        )
        context.set_default_timeout(20_000)
        contexts.append(context)
        return Person(context, demo.portal, f"{request.node.name}-{len(contexts)}-{width}", scripts)

    yield come
    for context in contexts:
        context.close()


@dataclass(frozen=True)
class Newcomer:
    """An invented patient whom the demo has never seen."""

    email: str
    phone: str
    password: str


@pytest.fixture
def newcomer() -> Newcomer:
    """With a number of the range for fiction, beyond those of the demo's own patients."""
    tail = 1000 + secrets.randbelow(9000)
    return Newcomer(
        f"camille.{secrets.token_hex(6)}@patients.example", f"+3363998{tail}", "une phrase facile a retenir"
    )
