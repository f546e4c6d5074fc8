"""Interactions that arrive too late for a response."""

from datetime import UTC, datetime, timedelta

import discord
import pytest

from bot.gateway.late_interactions import ignore_late_interactions
from tests.gateway.conftest import Town

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "handled"), [(0, True), (3, True), (9.9, True), (10.1, False), (3_600, False), (-60, True)]
)
async def test_an_interaction_that_discord_takes_no_response_to_has_no_effect(
    town: Town, seconds: float, handled: bool
) -> None:
    """An interaction that a resumed session repeats is left alone when it is older than ten seconds."""
    parsers = town.client._connection.parsers  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] -- no public way
    heard: list[object] = []
    parsers["INTERACTION_CREATE"] = heard.append
    ignore_late_interactions(town.client, lambda: int(NOW.timestamp() * 1000))
    event = {"id": str(discord.utils.time_snowflake(NOW - timedelta(seconds=seconds)))}
    parsers["INTERACTION_CREATE"](event)
    assert heard == [event] * handled


@pytest.mark.parametrize("event", [{}, {"id": None}, {"id": "x"}, {"id": "9" * 40}])
async def test_an_interaction_without_an_id_is_left_to_its_reader(town: Town, event: dict[str, object]) -> None:
    """An event without a readable id has no age: it goes to discord.py's reader, whose errors are dealt with elsewhere."""
    parsers = town.client._connection.parsers  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] -- no public way
    heard: list[object] = []
    parsers["INTERACTION_CREATE"] = heard.append
    ignore_late_interactions(town.client, lambda: int(NOW.timestamp() * 1000))
    parsers["INTERACTION_CREATE"](event)
    assert heard == [event]
