"""The fake Discord is held to Discord's own document, and that would notice if it drifted."""

import pytest
from contracts.discord_spec import Spec, require_spec
from discord_fakes import world

MESSAGES = "/channels/123/messages"


@pytest.fixture(scope="module")
def spec() -> Spec:
    """Discord's OpenAPI document."""
    return require_spec()


def test_what_discord_takes_is_no_problem(spec: Spec) -> None:
    embed = {"title": "머리", "description": "몸", "color": 1, "footer": {"text": "발"}}
    assert spec.request("POST", MESSAGES, {"content": "글", "embeds": [embed]}) == []


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ({"embeds": [{"title": "가" * 257}]}, ".embeds[0].title has 257 length"),
        ({"contents": "글"}, ".contents is unknown"),
        ({"content": 7}, ".content is 7"),
        ({"embeds": [{}] * 11}, ".embeds has 11 items"),
        ({"components": [{"type": 1, "components": [{"type": 2}]}]}, "style is missing"),
    ],
)
def test_what_discord_would_refuse_is_said(
    spec: Spec, body: dict[str, object], problem: str
) -> None:
    (said,) = spec.request("POST", MESSAGES, body)
    assert problem in said


def test_an_operation_that_discord_does_not_have_is_said(spec: Spec) -> None:
    assert spec.request("POST", "/channels/123/letters", {}) == [
        "POST /channels/123/letters is no operation of Discord"
    ]


def test_an_answer_that_discord_would_not_give_is_said(spec: Spec) -> None:
    (said,) = spec.answer("GET", "/gateway/bot", 200, {"url": "wss://a.example", "shards": 1})
    assert ".session_start_limit is missing" in said
    assert spec.answer("GET", "/users/@me", 204, None) == ["GET /users/@me: never answers 204"]
    assert spec.answer("GET", "/users/@me", 404, {"message": "?"}) != []


async def test_everything_else_here_is_checked_against_it(spec: Spec) -> None:
    async with world() as w:
        assert w.discord.checked
