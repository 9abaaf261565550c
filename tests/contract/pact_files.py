"""The pacts: messages with the fields that a consumer needs. `python -m tests.contract.pact_files` writes them anew."""

from __future__ import annotations

import json
import re
import tempfile
from pathlib import Path
from typing import Any

from booking_events.golden import Golden, goldens
from booking_events.schemas_of_events import name_of
from pact import Pact
from pact import match as like

from .needs import PACTS
from .openapi import inlined
from .reading import only

FOLDER = Path(__file__).with_name("pacts")
INSTANT = r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z"
DATE = r"\d{4}-\d{2}-\d{2}"
EXAMPLES: dict[str, Golden] = {name_of(one.model): one for one in goldens() if one.file.parent.name == "examples"}


def pact_of(consumer: str, provider: str) -> Pact:
    """Of each event the fields that the consumer needs: of the example's kinds, not of its values."""
    pact = Pact(consumer, provider)
    for name, fields in PACTS[consumer, provider].items():
        example = EXAMPLES[name]
        body = only(example.content["data"], fields)
        metadata: dict[str, Any] = {
            "ce_type": example.model.ce_type,
            "ce_source": provider,
            "ce_sequence": like.regex(example.content["sequence"], regex=r"^\d{20}$"),
            "ce_time": like.regex(example.content["time"], regex=f"^{INSTANT}$"),
        }
        rules: dict[str, Any] = {}
        kinds = _kind(body, inlined(example.model.model_json_schema()), "$", rules)
        message = pact.upon_receiving(name, "Async").with_body(kinds, "application/json").with_metadata(metadata)
        if rules:
            message.with_matching_rules({"body": rules})
    return pact


def _kind(value: Any, schema: dict[str, Any], path: str, rules: dict[str, Any]) -> Any:
    """What matches every value that is like `value`. Where the schema allows none, `rules` takes "null or alike"."""
    alternatives = schema.get("anyOf", [schema])
    match value:
        case dict():
            (part,) = (one for one in alternatives if "properties" in one)
            properties = part["properties"].items()
            return {name: _kind(value[name], one, f"{path}.{name}", rules) for name, one in properties if name in value}
        case [first, *_]:
            return like.each_like(_kind(first, schema["items"], f"{path}[*]", rules), min=1)
        case bool():
            matcher, rule = like.boolean(value), {"match": "boolean"}
        case int():
            matcher, rule = like.integer(value), {"match": "integer"}
        case float():
            matcher, rule = like.decimal(value), {"match": "decimal"}
        case str() if pattern := next((one for one in (INSTANT, DATE) if re.fullmatch(one, value)), None):
            matcher, rule = like.regex(value, regex=f"^{pattern}$"), {"match": "regex", "regex": f"^{pattern}$"}
        case str():
            matcher, rule = like.str(value), {"match": "type"}
        case _:
            raise AssertionError(f"the example shows nothing that could be matched: {path}")
    if {"type": "null"} not in alternatives:
        return matcher
    rules[path] = {"combine": "OR", "matchers": [{"match": "null"}, rule]}
    return value


def written(pact: Pact) -> dict[str, Any]:
    """The pact as a file holds it, without the versions of what wrote it."""
    with tempfile.TemporaryDirectory() as folder:
        pact.write_file(folder)
        (file,) = Path(folder).iterdir()
        content: dict[str, Any] = json.loads(file.read_text())
    content["metadata"].pop("pactRust", None)
    return content


def file_of(consumer: str, provider: str) -> Path:
    return FOLDER / f"{consumer}-{provider}.json"


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for pair in PACTS:
        file_of(*pair).write_text(json.dumps(written(pact_of(*pair)), indent=2, ensure_ascii=False) + "\n")
