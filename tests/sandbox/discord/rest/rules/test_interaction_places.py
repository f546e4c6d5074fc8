"""Tests of interactions whose place, person or message is gone when the bot responds."""

import discord
import pytest

from bot.sandbox import Channel, NoResponseError, Person, Sandbox, Server
from tests.sandbox.clients import RecordingClient, Rest
from tests.sandbox.handlers import Serve, answer, one_button


@pytest.mark.parametrize("kind", [4, 5])
async def test_nobody_answers_in_a_channel_that_is_gone(
    serve: Serve, box: Sandbox, alice: Person, rest: Rest, kind: int
) -> None:
    """A response in a deleted channel is refused with 10003.

    (Discord's documentation, "JSON Error Codes", 10003; for this no source)
    """
    refusals: list[tuple[int, int]] = []
    doomed = box.discord.guild("Doomed").channel("doomed")

    async def handler(interaction: discord.Interaction) -> None:
        box.discord.deletes_channel(doomed)
        path = f"/interactions/{interaction.id}/{interaction.token}/callback"
        refused = await rest("POST", path, {"type": kind, "data": {"content": "x"}})
        refusals.append((refused.status, refused.body["code"]))

    await serve(handler)
    box.discord.interactions.response_seconds = 0.2
    with pytest.raises(NoResponseError):
        await alice.runs("do", doomed)
    assert refusals == [(404, 10003)]


async def test_nobody_follows_up_in_a_channel_that_is_gone(
    serve: Serve, box: Sandbox, home: Server, alice: Person
) -> None:
    """A follow-up in a deleted channel is refused with 10003.

    (Discord's documentation, "JSON Error Codes", 10003; for this no source)
    """
    kept: list[discord.Interaction] = []
    doomed = home.channel("doomed")

    async def handler(interaction: discord.Interaction) -> None:
        kept.append(interaction)
        await interaction.response.send_message("first")

    await serve(handler)
    response = await alice.runs("do", doomed)
    box.discord.deletes_channel(doomed)
    with pytest.raises(discord.NotFound) as caught:
        await kept[0].followup.send("second")
    assert (caught.value.code, response.followups) == (10003, [])


async def test_a_bot_does_not_hear_of_a_guild_that_it_left(
    client: RecordingClient, box: Sandbox, home: Server, general: Channel, alice: Person
) -> None:
    """A press in a guild that the bot was removed from does not reach it.

    (Discord's documentation, Gateway Events, "Guild Delete")
    """
    sent = await client.get_partial_messageable(general.id).send("press me", view=one_button(answer))
    message = box.discord.world.message(general, sent.id)
    box.discord.removes_bot(home)
    box.discord.interactions.response_seconds = 0.05
    with pytest.raises(NoResponseError):
        await alice.presses(message, "Press")
    other = box.discord.guild("Other")
    await client.sees("guild_join", discord.Guild, lambda guild: guild.id == other.id)
    assert not client.all("interaction", discord.Interaction)


async def test_a_followup_after_a_deleted_thinking_is_a_message(
    serve: Serve, general: Channel, alice: Person, box: Sandbox
) -> None:
    """A follow-up after a deleted deferred response is a message of its own.

    (Discord's documentation, "Delete Original Interaction Response")
    """

    async def handler(interaction: discord.Interaction) -> None:
        await interaction.response.defer(thinking=True)
        await interaction.delete_original_response()
        await interaction.followup.send("answer")

    await serve(handler)
    response = await alice.runs("do", general)
    await box.until(lambda: bool(response.followups))
    assert [one.content for one in box.discord.messages(general)] == ["answer"]


async def test_a_deferral_has_no_flag_but_ephemeral(serve: Serve, general: Channel, alice: Person, rest: Rest) -> None:
    """A deferred response keeps no flag but EPHEMERAL.

    (Discord's documentation, "Interaction Callback Data Structure": the only valid flag is EPHEMERAL)
    """

    async def handler(interaction: discord.Interaction) -> None:
        path = f"/interactions/{interaction.id}/{interaction.token}/callback"
        deferred = await rest("POST", path, {"type": 5, "data": {"flags": (1 << 15) | (1 << 6) | (1 << 2)}})
        assert deferred.status == 204
        await interaction.edit_original_response(content="text")

    await serve(handler)
    response = await alice.runs("do", general)
    assert (response.content, response.ephemeral, int(response.message.flags)) == ("text", True, 1 << 6)


async def test_a_callback_needs_the_interactions_own_token(
    serve: Serve, general: Channel, alice: Person, rest: Rest
) -> None:
    """A response with the token or the id of another interaction is refused.

    (Discord's documentation, "JSON Error Codes", 10062)
    """
    answers: list[tuple[int, int]] = []

    async def handler(interaction: discord.Interaction) -> None:
        for path in (f"{interaction.id}/x{interaction.token}", f"{interaction.id + 1}/{interaction.token}"):
            refused = await rest("POST", f"/interactions/{path}/callback", {"type": 4, "data": {"content": "x"}})
            answers.append((refused.status, refused.body["code"]))
        await answer(interaction)

    await serve(handler)
    assert (await alice.runs("do", general)).content == "ok"
    assert answers == [(404, 10062)] * 2


async def test_what_is_over_is_forgotten(serve: Serve, general: Channel, alice: Person, box: Sandbox) -> None:
    """Interactions that are over are forgotten (the sandbox's own promise)."""
    await serve(answer)
    first = await alice.runs("do", general)
    box.clock.moves(seconds=15 * 60 + 1)
    second = await alice.runs("do", general)
    assert list(box.discord.interactions.by_id) == [second.interaction.id]
    assert list(box.discord.interactions.by_token) == [second.interaction.token]
    assert first.content == "ok"
