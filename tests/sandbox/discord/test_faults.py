"""Faults on order."""

import discord
import pytest

from bot.sandbox import Channel, Sandbox
from tests.sandbox.clients import RecordingClient, Rest

POST = "/channels/{channel_id}/messages"


async def test_a_limit_is_waited_for_by_discord_py(client: RecordingClient, box: Sandbox, general: Channel) -> None:
    """Without `Via` and `retry_after` discord.py takes a 429 for a ban and raises."""
    box.discord.fails("POST", POST, 429, retry_after=0.01, times=2)
    sent = await client.get_partial_messageable(general.id).send("third time")
    assert sent.content == "third time"
    statuses = [call.status for call in box.discord.calls if call.template == POST]
    assert statuses == [429, 429, 200]


async def test_an_outage_is_raised(client: RecordingClient, box: Sandbox, general: Channel) -> None:
    """discord.py does not retry a 503."""
    box.discord.fails("POST", POST, 503)
    with pytest.raises(discord.DiscordServerError):
        await client.get_partial_messageable(general.id).send("hello")
    assert box.discord.messages(general) == []


async def test_a_fault_meets_only_its_route(box: Sandbox, rest: Rest, general: Channel) -> None:
    """A test would break what it did not mean to."""
    box.discord.fails("POST", POST, 403, code=50013, message="Missing Permissions")
    assert (await rest("GET", f"/channels/{general.id}/messages")).status == 200
    refused = await rest("POST", f"/channels/{general.id}/messages", {"content": "x"})
    assert refused.body == {"message": "Missing Permissions", "code": 50013}
    assert (await rest("POST", f"/channels/{general.id}/messages", {"content": "x"})).status == 200
