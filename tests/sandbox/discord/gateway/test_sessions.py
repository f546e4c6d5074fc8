"""Tests of the events that a session keeps, and of the guilds that belong to its shard."""

from bot.sandbox.discord.gateway.sessions import REPLAYABLE, Session, Shard
from bot.sandbox.discord.world.guilds import Guild
from bot.sandbox.discord.world.intents import Intent
from bot.sandbox.discord.world.users import User
from bot.sandbox.witness import Nobody


def test_a_session_replays_exactly_what_was_missed() -> None:
    """A session returns exactly the frames after a number (Discord's documentation, Gateway, "Preparing to Resume")."""
    session = Session(Intent.GUILDS, Nobody())
    for number in range(3):
        session.dispatch("TYPING_START", {"n": number})
    missed = session.missed(1)
    assert missed is not None
    assert [b'"s":2' in missed[0], b'"s":3' in missed[1], len(missed)] == [True, True, 2]


def test_a_session_refuses_what_it_no_longer_knows() -> None:
    """A session returns None for a number whose next event it no longer keeps.

    (Discord's documentation, Gateway, "Invalid Session")
    """
    session = Session(Intent.GUILDS, Nobody())
    for number in range(REPLAYABLE + 2):
        session.dispatch("TYPING_START", {"n": number})
    assert session.missed(1) is None
    assert session.missed(session.sequence) == []


def test_a_shard_has_a_guild_by_its_id() -> None:
    """A guild belongs to one shard by its id; events without a guild belong to the first.

    (Discord's documentation, Gateway, "Sharding Formula")
    """
    guild = Guild(41771983423143937, "Home", User(1, "Owner"))
    expected = (41771983423143937 >> 22) % 3
    assert [Shard(number, 3).has(guild) for number in range(3)] == [number == expected for number in range(3)]
    assert [Shard(number, 3).has(None) for number in range(3)] == [True, False, False]
