"""One service's OpenAPI document as its callers meet it: their requests must fit, and they get what it promises."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import httpx
from jsonschema import Draft202012Validator

Schema = dict[str, Any]
FREE_HEADERS = {
    *("accept", "accept-encoding", "accept-language", "authorization", "connection", "content-length"),
    *("content-type", "host", "traceparent", "user-agent", "x-forwarded-for"),
}
SAMPLES = {"date-time": "2027-03-01T08:00:00Z", "date": "2027-03-01", "uuid": "00000000-0000-4000-8000-000000000001"}


class Breach(AssertionError):
    """A caller sends or reads what the callee has not promised."""


class Callee:
    """Answers each request with the least that its document promises; `met` keeps (method, template, request)."""

    def __init__(self, name: str, document: Schema) -> None:
        self.name = name
        self._document = document
        self.met: list[tuple[str, str, httpx.Request]] = []

    def client(self) -> httpx.AsyncClient:
        """What its callers use. Raises `Breach` at a request that does not fit."""
        return httpx.AsyncClient(transport=httpx.MockTransport(self._answer), base_url=f"http://{self.name}")

    def promised(self, method: str, template: str) -> Schema | None:
        """The schema of the successful answer; None where it has no body."""
        return self._success(self._document["paths"][template][method.lower()])[1]

    def resolve(self, schema: Schema) -> Schema:
        while "$ref" in schema:
            schema = self._document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        return schema

    def _answer(self, request: httpx.Request) -> httpx.Response:
        template, operation = self._operation(request)
        where = f"{request.method} {template} of {self.name}"
        self._check_parameters(where, request, template, operation)
        self._check_body(where, request, operation)
        self.met.append((request.method, template, request))
        status, schema = self._success(operation)
        return httpx.Response(status) if schema is None else httpx.Response(status, json=self._least(schema))

    def _operation(self, request: httpx.Request) -> tuple[str, Schema]:
        path = request.url.raw_path.decode().partition("?")[0]
        for template, operations in self._document["paths"].items():
            pattern = re.sub(r"\\\{[^}]*\\\}", "[^/]+", re.escape(template))
            if re.fullmatch(pattern, path) and request.method.lower() in operations:
                return template, operations[request.method.lower()]
        raise Breach(f"{self.name} has no {request.method} {path}")

    def _check_parameters(self, where: str, request: httpx.Request, template: str, operation: Schema) -> None:
        known = {(one["in"], one["name"].lower()): one for one in operation.get("parameters", [])}
        sent: dict[tuple[str, str], Any] = {}
        for name in request.url.params:
            schema = known.get(("query", name.lower()), {}).get("schema", {})
            values = request.url.params.get_list(name)
            sent["query", name.lower()] = values if self._is_list(schema) else values[0]
        # To wait for a position is a wish of every read; a change that does not know it decides from its own log.
        free = FREE_HEADERS if request.method == "GET" else FREE_HEADERS | {"position-at-least"}
        known_headers = {name for place, name in known if place == "header"}
        sent |= {
            ("header", name): value
            for name, value in request.headers.items()
            if name in known_headers or name not in free
        }
        for place, value in sent.items():
            if place not in known:
                raise Breach(f"{where} knows no {place[0]} parameter {place[1]}")
            if not self._fits(_typed(value), known[place]["schema"]) and not self._fits(value, known[place]["schema"]):
                raise Breach(f"{where}: {place[1]} may not be {value!r}")
        missing = {place for place, one in known.items() if one.get("required") and place[0] != "path"} - sent.keys()
        if missing:
            raise Breach(f"{where} needs {sorted(missing)}")

    def _check_body(self, where: str, request: httpx.Request, operation: Schema) -> None:
        body = operation.get("requestBody")
        if not request.content:
            if body and body.get("required"):
                raise Breach(f"{where} needs a body")
            return
        if body is None:
            if json.loads(request.content) != {}:
                raise Breach(f"{where} takes no body")
            return
        for error in self._validator(body["content"]["application/json"]["schema"]).iter_errors(
            json.loads(request.content)
        ):
            raise Breach(f"{where}: {'.'.join(map(str, error.absolute_path))}: {error.message}")

    def _success(self, operation: Schema) -> tuple[int, Schema | None]:
        status = min(int(code) for code in operation["responses"] if code.startswith("2"))
        content = operation["responses"][str(status)].get("content", {})
        return status, content.get("application/json", {}).get("schema")

    def _validator(self, schema: Schema) -> Draft202012Validator:
        return Draft202012Validator({**schema, "components": self._document["components"]})

    def _fits(self, value: Any, schema: Schema) -> bool:
        return bool(self._validator(schema).is_valid(value))

    def _is_list(self, schema: Schema) -> bool:
        return any(one.get("type") == "array" for one in schema.get("anyOf", [schema]))

    def _least(self, schema: Schema) -> Any:
        """A value with nothing in it that is not promised."""
        schema = self.resolve(schema)
        if "anyOf" in schema:
            return None if {"type": "null"} in schema["anyOf"] else self._least(schema["anyOf"][0])
        if "enum" in schema or "const" in schema:
            return schema.get("const", schema.get("enum", [None])[0])
        match schema.get("type"):
            case "object":
                return {name: self._least(schema["properties"][name]) for name in schema.get("required", [])}
            case "array":
                return [self._least(schema["items"])] if schema.get("items") else []
            case "string":
                return SAMPLES.get(schema.get("format", ""), "x" * max(1, schema.get("minLength", 1)))
            case "integer" | "number":
                return max(schema.get("minimum", 1), 1)
            case "boolean":
                return False
        return None


def _typed(value: Any) -> Any:
    try:
        return json.loads(value)
    except (TypeError, ValueError):
        return value


def unpromised(callee: Callee, reads: Schema, promised: Schema, path: str = "") -> Iterator[str]:
    """What a caller's shape (its own JSON Schema, references followed) reads that the callee does not promise."""
    wanted, told = _object(reads), _object(_followed(callee, promised))
    if wanted is None:
        return
    if told is None:
        yield f"{path or 'the answer'} is no object"
        return
    for name, field in wanted["properties"].items():
        place = f"{path}.{name}".lstrip(".")
        if name not in told.get("properties", {}):
            yield f"{place} is not promised"
            continue
        if name in wanted.get("required", []) and name not in told.get("required", []):
            yield f"{place} is needed, and may be missing"
        mine, theirs = _alternatives(field), _alternatives(_followed(callee, told["properties"][name]))
        if strange := {_kind(one) for one in theirs} - {_kind(one) for one in mine}:
            yield f"{place} may be {' or '.join(sorted(strange))}"
        for one in mine:
            for other in theirs:
                yield from _deeper(callee, one, other, place)


def _deeper(callee: Callee, mine: Schema, theirs: Schema, place: str) -> Iterator[str]:
    if _kind(mine) != _kind(theirs):
        return
    if "enum" in mine and (strange := set(theirs.get("enum", ["any string"])) - set(mine["enum"])):
        yield f"{place} may be {' or '.join(sorted(strange))}"
    if _kind(mine) == "object":
        yield from unpromised(callee, mine, theirs, place)
    if _kind(mine) == "array" and "items" in mine and "items" in theirs:
        yield from _deeper(callee, mine["items"], _followed(callee, theirs["items"]), f"{place}[]")


def _followed(callee: Callee, schema: Schema) -> Schema:
    """With the references at the top, in alternatives and in items followed."""
    schema = callee.resolve(schema)
    if "anyOf" in schema:
        return {**schema, "anyOf": [callee.resolve(one) for one in schema["anyOf"]]}
    return schema


def _object(schema: Schema) -> Schema | None:
    return next((one for one in _alternatives(schema) if "properties" in one), None)


def _alternatives(schema: Schema) -> list[Schema]:
    found: list[Schema] = schema.get("anyOf", [schema])
    return found


def _kind(schema: Schema) -> str:
    kind = str(schema.get("type", "anything"))
    return "number" if kind == "integer" else kind


def inlined(schema: Mapping[str, Any], definitions: Mapping[str, Any] | None = None) -> Any:
    """A model's JSON Schema without references (no model here holds itself)."""
    definitions = schema.get("$defs", {}) if definitions is None else definitions
    if "$ref" in schema:
        return inlined(definitions[schema["$ref"].rpartition("/")[2]], definitions)
    found: dict[str, Any] = {}
    for name, value in schema.items():
        if isinstance(value, dict) and name != "$defs":
            found[name] = inlined(value, definitions)
        elif isinstance(value, list):
            found[name] = [inlined(one, definitions) if isinstance(one, dict) else one for one in value]
        elif name != "$defs":
            found[name] = value
    return found
