"""Tests of the time that a bot has for an interaction, by discord.py's command tree."""

import discord
import pytest

from bot.sandbox import Channel, NoResponseError, Person, Sandbox
from tests.sandbox.clients import RecordingClient
from tests.sandbox.handlers import Serve, answer, stay_silent


async def test_a_bot_has_three_seconds(
    serve: Serve, client: RecordingClient, general: Channel, alice: Person, box: Sandbox
) -> None:
    """A response after three seconds is refused with 10062, and the person is told that none came.

    (Discord's documentation, "Interaction Callback")
    """
    refusals: list[tuple[int, int]] = []
    box.discord.interactions.response_seconds = 3

    async def handler(interaction: discord.Interaction) -> None:
        box.clock.moves(seconds=3)
        try:
            await interaction.response.send_message("too late")
        except discord.HTTPException as error:
            refusals.append((error.status, error.code))

    await serve(handler)
    with pytest.raises(NoResponseError, match="did not respond to 'do'"):
        await alice.runs("do", general)
    await client.happens("app_command_completion")
    assert refusals == [(404, 10062)]
    assert box.discord.messages(general, seen_by=alice) == []


async def test_a_silent_bot_did_not_respond(serve: Serve, general: Channel, alice: Person, box: Sandbox) -> None:
    """A command without a response fails for the person (Discord's documentation, "Interaction Callback")."""
    await serve(stay_silent)
    box.discord.interactions.response_seconds = 0.05
    with pytest.raises(NoResponseError):
        await alice.runs("do", general)


async def test_nobody_responds_while_the_bot_is_away(
    serve: Serve, client: RecordingClient, general: Channel, alice: Person, box: Sandbox
) -> None:
    """A command fails for the person while the bot is away.

    (Discord's documentation, Interactions, "Receiving an Interaction")
    """
    await serve(answer)
    box.discord.interactions.response_seconds = 0.05
    await client.close()
    await box.bot.disconnected()
    with pytest.raises(NoResponseError):
        await alice.runs("do", general)


async def test_a_bot_may_be_given_more_time(serve: Serve, general: Channel, alice: Person, box: Sandbox) -> None:
    """`response_seconds` gives the bot more time (Discord's own: documentation, Interactions)."""

    async def handler(interaction: discord.Interaction) -> None:
        box.clock.moves(seconds=60)
        await interaction.response.send_message("at last")

    await serve(handler)
    box.discord.interactions.response_seconds = 120
    assert (await alice.runs("do", general)).content == "at last"


async def test_the_token_lives_a_quarter_of_an_hour(
    serve: Serve, general: Channel, alice: Person, box: Sandbox
) -> None:
    """Follow-ups and edits are refused with 50027 a quarter of an hour after the interaction.

    (Discord's documentation, Interactions, "Followup Messages")
    """
    kept: list[discord.Interaction] = []

    async def handler(interaction: discord.Interaction) -> None:
        kept.append(interaction)
        await interaction.response.send_message("first")

    await serve(handler)
    await alice.runs("do", general)
    box.clock.moves(seconds=14 * 60)
    await kept[0].followup.send("in time")
    box.clock.moves(seconds=61)
    for late in (kept[0].followup.send("too late"), kept[0].edit_original_response(content="too late")):
        with pytest.raises(discord.HTTPException) as caught:
            await late
        assert (caught.value.status, caught.value.code) == (401, 50027)


async def test_thinking_ends_with_the_token(serve: Serve, general: Channel, alice: Person, box: Sandbox) -> None:
    """A deferred response that is not filled in fails when its token ends.

    (Discord's documentation, Interactions, "Followup Messages")
    """

    async def handler(interaction: discord.Interaction) -> None:
        await interaction.response.defer()
        box.clock.moves(seconds=16 * 60)

    await serve(handler)
    with pytest.raises(NoResponseError):
        await alice.runs("do", general)
