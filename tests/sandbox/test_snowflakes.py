"""Snowflakes: unique, increasing, dated."""

import discord

from bot.sandbox.clock import Clock
from bot.sandbox.snowflakes import Snowflakes


def test_ids_are_unique_and_increase() -> None:
    """Ids are unique and increase."""
    ids = Snowflakes(Clock())
    made = [ids.next() for _ in range(1000)]
    assert made == sorted(set(made))


def test_discord_py_reads_the_time_of_birth() -> None:
    """discord.py reads the time of creation from an id (Discord's documentation, "Snowflakes")."""
    clock = Clock()
    clock.moves(seconds=1_000_000)
    made = Snowflakes(clock).next()
    assert abs((discord.utils.snowflake_time(made) - clock.now()).total_seconds()) < 1
