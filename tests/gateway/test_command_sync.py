"""The sync of slash commands."""

import pytest
from discord import Interaction

from bot.gateway.command_sync import sync_commands
from tests.fakes.facts import MemoryFacts
from tests.fakes.state import State
from tests.gateway.conftest import Town

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
