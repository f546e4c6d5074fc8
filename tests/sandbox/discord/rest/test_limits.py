"""Tests of rate limits. Source unless another is named: Discord's documentation, "Rate Limits"."""

import asyncio

import aiohttp
import pytest
from multidict import CIMultiDict

from bot.sandbox import Channel, Person, Sandbox, Server
from bot.sandbox.clock import Clock
from bot.sandbox.discord.rest.calls import Call
from bot.sandbox.discord.rest.limits import Limits
from tests.sandbox.clients import RecordingClient, Reply, Rest

HEADERS = {"Limit", "Remaining", "Reset", "Reset-After", "Bucket"}
SLOWLY = 30
"""How many times longer than Discord's a window lasts where many requests have to fall into it on any machine."""


@pytest.fixture(autouse=True)
def limited(box: Sandbox) -> None:
    """Enforce Discord's limits."""
    box.discord.enforces_limits()


async def posted(rest: Rest, channel: Channel, times: int) -> list[Reply]:
    """Post this many messages, whatever the headers say."""
    return [await rest("POST", f"/channels/{channel.id}/messages", {"content": "x"}) for _ in range(times)]


async def test_headers_tell_what_is_left(rest: Rest, general: Channel) -> None:
    """The headers tell the limit, the rest, and the end of the window ("Header Format")."""
    first, second = await posted(rest, general, 2)
    for name in HEADERS:
        assert f"X-RateLimit-{name}" in first.headers
    assert (first.headers["X-RateLimit-Limit"], first.headers["X-RateLimit-Remaining"]) == ("5", "4")
    assert second.headers["X-RateLimit-Remaining"] == "3"
    assert 0 < float(first.headers["X-RateLimit-Reset-After"]) <= 5
    assert second.headers["X-RateLimit-Reset"] == first.headers["X-RateLimit-Reset"]


async def test_the_sixth_message_in_five_seconds_is_refused(rest: Rest, general: Channel, box: Sandbox) -> None:
    """The sixth message in five seconds is refused with 429 and a time to wait (measured; "Exceeding A Rate Limit")."""
    replies = await posted(rest, general, 6)
    assert [reply.status for reply in replies] == [200] * 5 + [429]
    refused = replies[-1]
    assert refused.body.keys() == {"message", "retry_after", "global"}
    assert (refused.body["message"], refused.body["global"]) == ("You are being rate limited.", False)
    assert 0 < refused.body["retry_after"] <= 5
    assert (refused.headers["Via"], refused.headers["X-RateLimit-Scope"]) == ("1.1 google", "user")
    assert int(refused.headers["Retry-After"]) >= refused.body["retry_after"]
    assert refused.headers["X-RateLimit-Remaining"] == "0"
    assert "X-RateLimit-Global" not in refused.headers
    assert len(box.discord.messages(general)) == 5


async def test_a_window_ends_on_the_clock(rest: Rest, general: Channel, box: Sandbox) -> None:
    """A window ends when the sandbox's clock is moved past it (the sandbox's own promise)."""
    await posted(rest, general, 5)
    box.clock.moves(seconds=5)
    assert (await posted(rest, general, 1))[0].status == 200


async def test_channels_do_not_share_a_window(rest: Rest, general: Channel, home: Server) -> None:
    """Each channel has a window of its own in the bucket ("Rate Limits", top-level resources)."""
    here = await posted(rest, general, 6)
    there = await posted(rest, home.channel("other"), 1)
    assert (here[-1].status, there[0].status) == (429, 200)
    assert here[0].headers["X-RateLimit-Bucket"] == there[0].headers["X-RateLimit-Bucket"]


async def test_edits_have_a_bucket_of_their_own(rest: Rest, general: Channel) -> None:
    """Edits are counted apart from new messages (measured)."""
    sent = (await posted(rest, general, 6))[0]
    path = f"/channels/{general.id}/messages/{sent.body['id']}"
    edits = [await rest("PATCH", path, {"content": str(number)}) for number in range(6)]
    assert [edit.status for edit in edits] == [200] * 5 + [429]
    assert edits[0].headers["X-RateLimit-Bucket"] != sent.headers["X-RateLimit-Bucket"]


async def test_deletions_are_limited_by_the_age_of_the_message(rest: Rest, general: Channel, box: Sandbox) -> None:
    """The age of a message decides the limit of its deletion (discord-api-docs, issue 8330)."""
    old, middle, new = "old", "middle", "new"
    sent: dict[str, str] = {}
    for name, pause in ((old, 15 * 24 * 3600), (middle, 60), (new, 0)):
        sent[name] = (await posted(rest, general, 1))[0].body["id"]
        box.clock.moves(seconds=pause)
    limits = {
        name: (await rest("DELETE", f"/channels/{general.id}/messages/{sent[name]}")).headers["X-RateLimit-Limit"]
        for name in (old, middle, new)
    }
    assert limits == {old: "30", middle: "3", new: "5"}


async def test_edits_of_old_messages_are_limited_once_more(rest: Rest, general: Channel, box: Sandbox) -> None:
    """The fourth edit of a message older than an hour is refused with 30046 ("JSON Error Codes"; starboard-4 #118)."""
    path = f"/channels/{general.id}/messages/{(await posted(rest, general, 1))[0].body['id']}"
    box.clock.moves(seconds=3599)
    young = [await rest("PATCH", path, {"content": str(number)}) for number in range(4)]
    box.clock.moves(seconds=5)
    old = [await rest("PATCH", path, {"content": str(number)}) for number in range(4)]
    assert [edit.status for edit in (*young, *old)] == [200] * 7 + [429]
    assert old[-1].body["code"] == 30046
    assert old[-1].body["message"] == "Maximum number of edits to messages older than 1 hour reached. Try again later"
    assert old[-1].headers["X-RateLimit-Remaining"] == "1"


async def test_reactions_come_slowly_and_go_from_the_same_bucket(
    rest: Rest, general: Channel, alice: Person, box: Sandbox
) -> None:
    """Added and removed reactions share a bucket of one in a quarter of a second (discord-api-docs, issue 981)."""
    box.discord.enforces_limits(scale=SLOWLY)
    said = await alice.says(general, "choose")
    path = f"/channels/{general.id}/messages/{said.id}/reactions/%F0%9F%91%8D/@me"
    added, removed = await rest("PUT", path), await rest("DELETE", path)
    assert (added.status, added.headers["X-RateLimit-Limit"]) == (204, "1")
    assert float(added.headers["X-RateLimit-Reset-After"]) <= 0.25 * SLOWLY
    assert removed.status == 429
    assert removed.headers["X-RateLimit-Bucket"] == added.headers["X-RateLimit-Bucket"]


async def test_fifty_requests_a_second_are_the_most(rest: Rest, general: Channel, box: Sandbox) -> None:
    """The fifty-first request in a second meets the global limit ("Global Rate Limit")."""
    box.discord.enforces_limits(scale=SLOWLY)
    replies = [await rest("GET", f"/channels/{general.id}") for _ in range(51)]
    assert [reply.status for reply in replies] == [200] * 50 + [429]
    refused = replies[-1]
    assert refused.body["global"] is True
    assert (refused.headers["X-RateLimit-Global"], refused.headers["X-RateLimit-Scope"]) == ("true", "global")
    assert "X-RateLimit-Bucket" not in refused.headers


async def test_interactions_are_free_of_the_global_limit(rest: Rest, general: Channel, box: Sandbox) -> None:
    """Responses to interactions are free of the global limit ("Global Rate Limit", interaction endpoints)."""
    box.discord.enforces_limits(scale=SLOWLY)
    while (await rest("GET", f"/channels/{general.id}")).status == 200:
        pass
    for path in ("/interactions/1/token/callback", "/webhooks/1/token"):
        assert (await rest("POST", path, {"type": 5})).status != 429


async def test_discord_py_obeys_the_headers(client: RecordingClient, box: Sandbox, general: Channel) -> None:
    """discord.py obeys the headers and meets no 429 (discord.py 2.7, http.py, `Ratelimit`)."""
    box.discord.enforces_limits(scale=0.2)
    channel = client.get_partial_messageable(general.id)
    await asyncio.gather(*(channel.send(f"number {number}") for number in range(12)))
    assert len(box.discord.messages(general)) == 12
    assert [call.status for call in box.discord.calls if call.method == "POST"] == [200] * 12


async def test_discord_py_waits_when_another_process_was_faster(
    client: RecordingClient, rest: Rest, box: Sandbox, general: Channel
) -> None:
    """discord.py waits after a 429 that another process caused (discord.py 2.7, http.py, `request`)."""
    box.discord.enforces_limits(scale=0.2)
    await posted(rest, general, 5)
    sent = await client.get_partial_messageable(general.id).send("patient")
    assert sent.content == "patient"


async def test_limits_that_are_not_enforced_stand_in_headers() -> None:
    """A sandbox that enforces no limits refuses nothing, and tells in headers what is left, as Discord does ("Header Format")."""
    async with Sandbox() as box:
        channel = box.discord.guild("Home").channel("general")
        async with aiohttp.ClientSession() as http:
            rest = Rest(http, box.discord.api_base, box.discord.token)
            replies = await posted(rest, channel, 10)
    assert [reply.status for reply in replies] == [200] * 10
    for name in HEADERS:
        assert all(f"X-RateLimit-{name}" in reply.headers for reply in replies)
    assert [reply.headers["X-RateLimit-Limit"] for reply in replies] == ["5"] * 10
    assert replies[0].headers["X-RateLimit-Remaining"] == "4"
    assert all(0 < float(reply.headers["X-RateLimit-Reset-After"]) <= 0.1 for reply in replies)


def test_windows_that_ended_are_forgotten() -> None:
    """Windows that have ended are forgotten (the sandbox's own promise)."""
    clock = Clock()
    limits = Limits(clock, enforced=True, scale=1)
    template = "/channels/{channel_id}/messages"

    def posts_in(channel: str) -> None:
        limits.admit(Call("POST", template, template, {"channel_id": channel}, CIMultiDict[str]()))

    for number in range(5):
        posts_in(str(number))
    assert len(limits.windows) == 6
    clock.moves(seconds=5)
    posts_in("last")
    assert [name for name, _ in limits.windows] == ["global", "message-create"]
