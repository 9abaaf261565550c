"""Only a token of the right key, algorithm, type, issuer, audience and time is let in."""

import base64
import json
from typing import Any

import pytest
from joserfc.jwk import OKPKey
from service_kit.context import Context
from service_kit.problems import Problem
from service_kit.tokens import sign_token


async def test_a_good_token_names_its_caller(context: Context, token: Any) -> None:
    caller = await context.verifier.verify(token("me", roles=["secretary"], practices=["p1"]))
    assert (caller.subject, caller.kind, caller.roles) == ("me", "account", frozenset({"secretary"}))
    assert caller.manages(None, "p1")
    assert not caller.manages("me", "p2")


@pytest.mark.parametrize(
    "claims",
    [{"iss": "https://evil.example"}, {"aud": "other"}, {"exp": 1}, {"kind": "root"}, {"exp": "tomorrow"}],
    ids=str,
)
async def test_a_token_with_a_wrong_claim_is_refused(context: Context, token: Any, claims: dict[str, Any]) -> None:
    with pytest.raises(Problem, match="unauthenticated"):
        await context.verifier.verify(token(**claims))


def _header(token: str, **changes: Any) -> str:
    head, rest = token.split(".", 1)
    fields = json.loads(base64.urlsafe_b64decode(head + "==")) | changes
    return base64.urlsafe_b64encode(json.dumps(fields).encode()).decode().rstrip("=") + "." + rest


async def test_a_token_that_was_changed_or_names_another_algorithm_or_key_is_refused(
    context: Context, token: Any
) -> None:
    good = token()
    body = good.split(".")
    broken = [
        _header(good, alg="none"),
        _header(good, alg="HS256"),
        _header(good, typ="JWT"),
        _header(good, kid="other"),
        _header(good, jwk={}),
        ".".join([body[0], body[1] + "A", body[2]]),
        ".".join([body[0], body[1], ""]),
        "x",
        "",
        "é.é.é",
    ]
    for bad in broken:
        with pytest.raises(Problem, match="unauthenticated"):
            await context.verifier.verify(bad)


async def test_a_token_of_a_foreign_key_with_a_known_name_is_refused(context: Context, token: Any) -> None:
    foreign = OKPKey.generate_key("Ed25519", {"kid": "k1"}, auto_kid=False)
    claims = json.loads(base64.urlsafe_b64decode(token().split(".")[1] + "=="))
    with pytest.raises(Problem, match="unauthenticated"):
        await context.verifier.verify(sign_token(claims, foreign))
