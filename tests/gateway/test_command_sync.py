"""The sync of slash commands."""

import pytest
from discord import Interaction

from bot.gateway.command_sync import sync_commands
from bot.gateway.discord_internals import set_api_base
from tests.fakes.facts import MemoryFacts
from tests.fakes.state import State
from tests.gateway.conftest import Town
from tests.gateway.proxy import proxy

SYNC = ("PUT", "/applications/{application_id}/commands")


def syncs(town: Town) -> int:
    """How often commands were sent."""
    return sum((call.method, call.template) == SYNC for call in town.box.discord.calls)


def add(town: Town, name: str) -> None:
    """Add a command to the client."""

    async def nothing(interaction: Interaction) -> None:
        """Do nothing."""

    town.client.tree.command(name=name, description="Does nothing.")(nothing)


async def test_commands_are_sent_only_where_they_changed(town: Town) -> None:
    """Discord is sent the commands at the first start and after a change, and not at the starts in between."""
    facts = MemoryFacts(State())
    add(town, "one")
    for _ in range(2):
        await sync_commands(town.client, facts)
        assert syncs(town) == 1
    add(town, "two")
    await sync_commands(town.client, facts)
    assert syncs(town) == 2


async def test_commands_that_discord_does_not_take_are_sent_at_the_next_start(
    town: Town, caplog: pytest.LogCaptureFixture
) -> None:
    """A sync that fails is logged, stops no start, and is tried again at the next one."""
    facts = MemoryFacts(State())
    add(town, "one")
    town.box.discord.fails(*SYNC, 403, code=50001)
    await sync_commands(town.client, facts)
    assert "did not take our commands (Forbidden)" in caplog.text
    await sync_commands(town.client, facts)
    assert syncs(town) == 2
    await sync_commands(town.client, facts)
    assert syncs(town) == 2


@pytest.mark.parametrize(
    ("answer", "content_type"),
    [
        ([{"name": "one", "description": "Does nothing."}], "application/json"),
        ([{"id": "one"}], "application/json"),
        ([5], "application/json"),
        ([None], "application/json"),
        ({"message": "fine"}, "application/json"),
        (None, "application/json"),
        (7, "application/json"),
        ("", "application/json"),
        ("[" * 100_000, "application/json"),
        ("<!doctype html>", "text/html"),
        ([{"id": "1", "type": 1}], "application/json; charset=utf-8"),
    ],
)
async def test_a_sync_that_cannot_be_read_stops_no_start(
    town: Town, caplog: pytest.LogCaptureFixture, answer: object, content_type: str
) -> None:
    """An answer of any shape to the sync is logged as a failure, and the commands are sent again at the next start."""
    facts = MemoryFacts(State())
    add(town, "one")
    async with proxy({f"/applications/{town.client.application_id}/commands": answer}, content_type) as elsewhere:
        set_api_base(elsewhere.api_base)
        await sync_commands(town.client, facts)
    (line,) = caplog.messages
    assert line.startswith("Discord's answer to our commands cannot be read (")
    set_api_base(town.box.discord.api_base)
    await sync_commands(town.client, facts)
    assert syncs(town) == 1
