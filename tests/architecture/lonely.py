"""Imports one package with all its modules while only the named folders and distributions are there.

Run by test_imports_alone.py as `python -I -S lonely.py`, with its orders as JSON on standard input.
"""

import importlib
import importlib.abc
import importlib.machinery
import json
import pkgutil
import sys
from collections.abc import Sequence
from types import ModuleType


class Absent(importlib.abc.MetaPathFinder):
    """Finds nothing by these names, as if what holds them were not installed."""

    def __init__(self, names: set[str]) -> None:
        self._names = names

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname.partition(".")[0] in self._names:
            raise ModuleNotFoundError(f"No module named {fullname!r}: it is not declared", name=fullname)
        return None


def main() -> None:
    orders = json.load(sys.stdin)
    sys.path += orders["folders"]
    sys.meta_path.insert(0, Absent(set(orders["absent"])))
    package = importlib.import_module(orders["package"])
    imported = [package.__name__]
    for found in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        # A __main__ does its work when it is imported.
        if not found.name.endswith(".__main__") and found.name not in orders["besides"]:
            importlib.import_module(found.name)
            imported.append(found.name)
    print(json.dumps(imported))


main()
