"""The README is true: its example prints what it says; every public name stands in it and is documented."""

import contextlib
import inspect
import io
import re
from pathlib import Path

import event_store
import pytest
from embedded_parts.provision import ProvisionedDatabase

README = (Path(__file__).parents[1] / "README.md").read_text()


def test_the_example_prints_what_the_readme_says(fresh: ProvisionedDatabase) -> None:
    code, output, *_ = re.findall(r"^```(?:python)?\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        exec(compile(code, "README.md", "exec"), {"DATABASE_URL": fresh.service_url})  # noqa: S102 (our own page)
    assert printed.getvalue() == output


@pytest.mark.parametrize("name", event_store.__all__)
def test_every_public_name_stands_in_the_readme(name: str) -> None:
    assert re.search(rf"\b{name}\b", README)


def undocumented(thing: object, name: str) -> list[str]:
    """The public functions and classes, from `thing` on, that say nothing of themselves."""
    missing = [] if inspect.getdoc(thing) else [name]
    if inspect.isclass(thing):
        for member, value in vars(thing).items():
            # A property or method named by its own class only: what a dataclass makes needs no words.
            if not member.startswith("_") and (inspect.isfunction(value) or isinstance(value, property)):
                missing += undocumented(value, f"{name}.{member}")
    return missing


@pytest.mark.parametrize("name", event_store.__all__)
def test_every_public_function_and_class_is_documented(name: str) -> None:
    thing = getattr(event_store, name)
    if inspect.isclass(thing) or inspect.isfunction(thing):
        assert undocumented(thing, name) == []
    else:
        assert isinstance(thing, str | bytes | Path)  # a constant: the README says what it is


def test_the_check_for_words_bites() -> None:
    class Silent:
        def method(self) -> None: ...

    assert undocumented(Silent, "Silent") == ["Silent", "Silent.method"]
