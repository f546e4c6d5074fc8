"""Tests of nonsense on every route: it is refused in Discord's shape and never breaks the sandbox."""

import asyncio
from collections.abc import AsyncGenerator
from copy import deepcopy
from random import Random
from string import Formatter
from typing import Any

import aiohttp
import discord
import pytest
import pytest_asyncio

from bot.sandbox import Channel, Person, Sandbox
from bot.sandbox.wire import as_list, as_object
from tests.sandbox.clients import RecordingClient, Reply, Rest

pytestmark = pytest.mark.unmeasured

LEAVES: list[object] = [None, True, False, 0, -1, 7, 1 << 31, 1 << 70, 2.5, "", " ", "x", "1", "x" * 5000, "\udc80"]

MESSAGE: dict[str, Any] = {
    "content": "hello",
    "embeds": [
        {
            "title": "t",
            "description": "d",
            "url": "https://a.b",
            "color": 1,
            "timestamp": "2026-01-01T00:00:00Z",
            "fields": [{"name": "n", "value": "v", "inline": True}],
            "footer": {"text": "f", "icon_url": "https://a.b"},
            "author": {"name": "a"},
            "image": {"url": "https://a.b"},
        }
    ],
    "components": [
        {"type": 1, "components": [{"type": 2, "style": 1, "label": "l", "custom_id": "c", "emoji": {"name": "👍"}}]},
        {"type": 1, "components": [{"type": 3, "custom_id": "s", "options": [{"label": "l", "value": "v"}]}]},
        {"type": 9, "components": [{"type": 10, "content": "c"}], "accessory": {"type": 2, "style": 5, "url": "a://b"}},
        {"type": 12, "items": [{"media": {"url": "https://a.b"}}]},
    ],
    "attachments": [{"id": 0, "filename": "f", "description": "d"}],
    "allowed_mentions": {"parse": ["users"], "users": ["1"], "roles": ["1"], "replied_user": True},
    "message_reference": {"message_id": "1", "channel_id": "1", "fail_if_not_exists": False},
    "nonce": "n",
    "enforce_nonce": True,
    "flags": 4,
    "tts": False,
    "sticker_ids": ["1"],
    "poll": {"question": {"text": "q"}},
}
COMMAND: dict[str, Any] = {
    "name": "n",
    "description": "d",
    "type": 1,
    "options": [
        {"type": 3, "name": "o", "description": "d", "required": True, "choices": [{"name": "n", "value": "v"}]},
        {"type": 1, "name": "s", "description": "d", "options": [{"type": 4, "name": "i", "description": "d"}]},
    ],
    "contexts": [0],
    "integration_types": [0],
    "default_member_permissions": "0",
    "name_localizations": {"de": "n"},
}
THREAD: dict[str, Any] = {
    "name": "n",
    "type": 11,
    "auto_archive_duration": 60,
    "rate_limit_per_user": 0,
    "invitable": True,
    "message": MESSAGE,
    "applied_tags": ["1"],
}
CHANNEL: dict[str, Any] = {"name": "n", "topic": "t", "archived": True, "locked": True, "auto_archive_duration": 60}
MODAL: dict[str, Any] = {"custom_id": "m", "title": "t", "components": MESSAGE["components"]}
BODIES: list[Any] = [
    MESSAGE,
    COMMAND,
    [COMMAND, COMMAND],
    THREAD,
    CHANNEL,
    {"type": 4, "data": MESSAGE},
    {"type": 9, "data": MODAL},
    {"type": 8, "data": {"choices": [{"name": "n", "value": "v"}]}},
    {"messages": ["1", "2"]},
    {"recipient_id": "1"},
    {"attachment_urls": ["https://a.b/c"]},
]
"""Bodies that Discord would take somewhere, for something to be wrong in."""


def nonsense(random: Random, depth: int = 3) -> object:
    """Return any JSON value."""
    kind = random.random()
    if depth == 0 or kind < 0.6:
        return random.choice(LEAVES)
    if kind < 0.8:
        return [nonsense(random, depth - 1) for _ in range(random.randrange(4))]
    return {word: nonsense(random, depth - 1) for word in random.sample(["id", "name", "type", "url", "x"], 2)}


def spoiled(random: Random, body: object, chance: float = 0.15) -> object:
    """Return a body with nonsense in some places of it."""
    if random.random() < chance:
        return nonsense(random)
    if (fields := as_object(body)) is not None:
        return {key: spoiled(random, value, chance) for key, value in fields.items() if random.random() < 0.7}
    if (items := as_list(body)) is not None:
        return [spoiled(random, value, chance) for value in items]
    return body


EXTRA = (
    *("id", "type", "components", "component", "accessory", "options", "choices", "emoji", "nonce", "flags", "items"),
    *(
        "media",
        "file",
        "url",
        "value",
        "default",
        "default_values",
        "custom_id",
        "content",
        "name",
        "style",
        "disabled",
    ),
    *(
        "min_values",
        "max_values",
        "min_value",
        "max_value",
        "channel_types",
        "contexts",
        "nsfw",
        "attachments",
        "message",
    ),
)
ODD: list[object] = [
    *([], {}, [1], [[]], [{}], {"a": 1}, [None]),
    *({"type": []}, [{"type": []}], [{"type": 4}], [{"id": [1]}]),
]
LAYOUT: dict[str, Any] = {
    "flags": 1 << 15,
    "components": [
        {
            "type": 17,
            "components": [
                {
                    "type": 9,
                    "components": [{"type": 10, "content": "c"}],
                    "accessory": {"type": 11, "media": {"url": "https://a.b"}},
                },
                {"type": 12, "items": [{"media": {"url": "https://a.b"}}]},
                {"type": 14},
                {
                    "type": 1,
                    "components": [{"type": 5, "custom_id": "u", "default_values": [{"id": "1", "type": "user"}]}],
                },
            ],
        }
    ],
}
PLAIN: dict[str, Any] = {
    **{key: MESSAGE[key] for key in ("content", "embeds", "nonce", "flags", "tts")},
    "components": MESSAGE["components"][:2],
}
FILLED: dict[str, Any] = {
    "custom_id": "m",
    "title": "t",
    "components": [
        {
            "type": 18,
            "label": "l",
            "component": {"type": 3, "custom_id": "q", "options": [{"label": "l", "value": "v"}]},
        },
        {"type": 10, "content": "x"},
        {"type": 1, "components": [{"type": 4, "custom_id": "t", "label": "l", "style": 1}]},
    ],
}
VALID: list[Any] = [
    PLAIN,
    LAYOUT,
    COMMAND | {"options": COMMAND["options"][:1]},
    [COMMAND | {"options": COMMAND["options"][1:]}],
    {"name": "n", "message": {"content": "q"}},
    CHANNEL,
    {"type": 4, "data": PLAIN},
    {"type": 4, "data": LAYOUT},
    {"type": 9, "data": FILLED},
]
"""Bodies that Discord takes as they are, for something to be added to them."""


def objects(body: object) -> list[dict[str, Any]]:
    """Return every object in a body."""
    found = as_object(body)
    inner = list(found.values()) if found is not None else as_list(body) or []
    return ([] if found is None else [found]) + [one for value in inner for one in objects(value)]


def overloaded(random: Random, body: object) -> object:
    """Return a body with a key or two more, or others than it had."""
    changed = deepcopy(body)
    for _ in range(random.choice([1, 1, 2])):
        place = random.choice(objects(changed))
        place[random.choice([*EXTRA, *place])] = deepcopy(random.choice([*LEAVES, *ODD]))
    return changed


def fields_of(template: str) -> list[str]:
    """Return the names of the values in a path's template."""
    return [name for _, name, _, _ in Formatter().parse(template) if name]


def is_refusal(reply: Reply) -> bool:
    """Tell whether an answer is one that Discord would refuse a request with."""
    body: Any = reply.body
    return 400 <= reply.status < 500 and isinstance(body["message"], str) and isinstance(body["code"], int)


@pytest_asyncio.fixture
async def box() -> AsyncGenerator[Sandbox]:
    """A sandbox that is unwatched, because the documents do not describe answers to nonsense that is taken."""
    async with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
async def values(box: Sandbox, client: RecordingClient, general: Channel, alice: Person, rest: Rest) -> dict[str, str]:
    """Values for the templates: things that exist, and an interaction that waits for its answer."""
    said = await alice.says(general, "hello")
    base = f"/applications/{box.discord.application.id}/commands"
    command = await rest("POST", base, {"name": "wait", "description": "for an answer"})
    waiting = asyncio.create_task(alice.runs("wait", general))
    interaction = await client.sees("interaction", discord.Interaction)
    waiting.cancel()
    return {
        "channel_id": str(general.id),
        "message_id": str(said.id),
        "guild_id": str(general.guild.id if general.guild else 0),
        "user_id": str(alice.id),
        "application_id": str(box.discord.application.id),
        "command_id": str(command.body["id"]),
        "webhook_id": str(box.discord.application.id),
        "webhook_token": interaction.token,
        "interaction_id": str(interaction.id),
        "interaction_token": interaction.token,
        "emoji_name": "%F0%9F%94%A5",
    }


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_no_body_breaks_a_route(box: Sandbox, rest: Rest, values: dict[str, str], seed: int) -> None:
    """A body with wrong types deep inside is taken or refused, and breaks no route.

    (Discord's documentation, Opcodes and Status Codes, "HTTP": 4xx for what the client did wrong)
    """
    random = Random(seed)
    for method, template in box.discord.routes:
        for _ in range(25):
            body = spoiled(random, random.choice(BODIES))
            reply = await rest(method, template.format_map(values), body)
            assert reply.status < 300 or is_refusal(reply), (seed, method, template, body, reply)


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_no_key_too_many_breaks_a_route(box: Sandbox, rest: Rest, values: dict[str, str], seed: int) -> None:
    """A valid body with foreign keys is taken or refused, and breaks no route.

    (Discord's documentation, Opcodes and Status Codes, "HTTP": 4xx for what the client did wrong)
    """
    random = Random(seed)
    taking = [(method, template) for method, template in box.discord.routes if method in {"POST", "PUT", "PATCH"}]
    for _ in range(1500):
        method, template = random.choice(taking)
        body = overloaded(random, random.choice(VALID))
        reply = await rest(method, template.format_map(values), body)
        assert reply.status < 300 or is_refusal(reply), (seed, method, template, body, reply)


@pytest.mark.parametrize("value", ["x", "-1", "0", "9" * 30, "%F0%9F%92%A9", "1_0", "%00", "@me"])
async def test_no_path_breaks_a_route(box: Sandbox, rest: Rest, values: dict[str, str], value: str) -> None:
    """A path with nonsense in the place of an id is taken or refused, and breaks no route.

    (Discord's documentation, Opcodes and Status Codes, "HTTP": 4xx for what the client did wrong)
    """
    for method, template in box.discord.routes:
        for name in fields_of(template):
            reply = await rest(method, template.format_map(values | {name: value}), {})
            assert reply.status < 300 or is_refusal(reply), (method, template, name, reply)


@pytest.mark.parametrize(
    "query", ["limit=x", "limit=-1", "before=x", "after=%00", "around=" + "9" * 30, "with_counts=x"]
)
async def test_no_query_breaks_a_route(box: Sandbox, rest: Rest, values: dict[str, str], query: str) -> None:
    """A query with nonsense is taken or refused, and breaks no route.

    (Discord's documentation, Opcodes and Status Codes, "HTTP": 4xx for what the client did wrong)
    """
    for method, template in box.discord.routes:
        reply = await rest(method, f"{template.format_map(values)}?{query}", {})
        assert reply.status < 300 or is_refusal(reply), (method, template, query, reply)


@pytest.mark.parametrize(
    "raw", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b"NaN", b'{"content": "\\ud800"}', b"1" * 10_000]
)
@pytest.mark.parametrize("kind", ["application/json", "multipart/form-data", "multipart/form-data; boundary=x", "a/b"])
async def test_no_bytes_break_a_route(
    box: Sandbox, http: aiohttp.ClientSession, general: Channel, raw: bytes, kind: str
) -> None:
    """Bytes that are no JSON are taken or refused, and break no route.

    (Discord's documentation, Opcodes and Status Codes, 50035 and 50109)
    """
    headers = {"Authorization": f"Bot {box.discord.token}", "Content-Type": kind}
    url = f"{box.discord.api_base}/channels/{general.id}/messages"
    async with http.post(url, data=raw, headers=headers) as response:
        answered = Reply(response.status, await response.json(), response.headers)
    assert answered.status < 300 or is_refusal(answered), (raw[:20], kind, answered)
