"""Interactions, by discord.py's command tree and views."""

import io
from collections.abc import Awaitable, Callable

import discord
import pytest

from bot.sandbox import Channel, Person, RefusedError, Sandbox
from tests.sandbox.clients import RecordingClient, Rest

Handler = Callable[[discord.Interaction], Awaitable[None]]


@pytest.fixture
async def serve(client: RecordingClient) -> Callable[[Handler], Awaitable[None]]:
    """Register a handler as the command `/do`."""
    tree = discord.app_commands.CommandTree(client)

    async def register(handler: Handler) -> None:
        @tree.command(name="do", description="do it")
        async def do(interaction: discord.Interaction) -> None:
            await handler(interaction)

        await tree.sync()

    return register


Serve = Callable[[Handler], Awaitable[None]]


class Press(discord.ui.Button[discord.ui.View]):
    """A button that hands its presses on."""

    def __init__(self, handler: Handler) -> None:
        super().__init__(label="Press", custom_id="press")
        self._handler = handler

    async def callback(self, interaction: discord.Interaction) -> None:
        """Hand the press on."""
        await self._handler(interaction)


def one_button(handler: Handler) -> discord.ui.View:
    """Return a view with a button `Press`."""
    view = discord.ui.View(timeout=None)
    view.add_item(Press(handler))
    return view


async def test_a_command_is_answered(serve: Serve, general: Channel, alice: Person, box: Sandbox) -> None:
    """The plain case: one response, which everybody sees."""

    async def handler(interaction: discord.Interaction) -> None:
        await interaction.response.send_message("done")

    await serve(handler)
    response = await alice.runs("do", general)
    assert (response.content, response.ephemeral) == ("done", False)
    assert box.discord.messages(general) == [response.message]


async def test_the_interaction_tells_who_where_and_with_which_rights(
    serve: Serve, general: Channel, alice: Person, box: Sandbox
) -> None:
    """A bot checks the presser's rights by what the interaction says."""
    told: list[discord.Interaction] = []

    async def handler(interaction: discord.Interaction) -> None:
        told.append(interaction)
        await interaction.response.send_message("ok")

    await serve(handler)
    box.discord.world.upload_limit = 1234
    await alice.runs("do", general)
    (interaction,) = told
    assert isinstance(interaction.user, discord.Member)
    assert (interaction.user.id, interaction.channel_id) == (alice.id, general.id)
    assert interaction.permissions.send_messages
    assert not interaction.permissions.manage_messages
    assert interaction.app_permissions.send_messages
    assert interaction.filesize_limit == 1234
    assert interaction.context.guild
    assert str(interaction.locale) == "en-US"


async def test_direct_messages_have_users_and_no_guild(serve: Serve, alice: Person) -> None:
    """A command in private has no member."""
    told: list[discord.Interaction] = []

    async def handler(interaction: discord.Interaction) -> None:
        told.append(interaction)
        await interaction.response.send_message("ok")

    await serve(handler)
    await alice.runs("do", await alice.dm())
    assert isinstance(told[0].user, discord.User)
    assert told[0].guild_id is None
    assert told[0].context.dm_channel


async def test_a_deferred_response_counts_when_it_is_filled_in(serve: Serve, general: Channel, alice: Person) -> None:
    """A test would read "thinking" for the answer."""

    async def handler(interaction: discord.Interaction) -> None:
        await interaction.response.defer(ephemeral=True, thinking=True)
        await interaction.edit_original_response(content="thought")

    await serve(handler)
    response = await alice.runs("do", general)
    assert (response.content, response.ephemeral) == ("thought", True)


async def test_the_first_followup_takes_the_place_of_the_thinking(
    serve: Serve, general: Channel, alice: Person
) -> None:
    """On Discord there is one message then, as ephemeral as the deferral said."""

    async def handler(interaction: discord.Interaction) -> None:
        await interaction.response.defer(ephemeral=True)
        await interaction.followup.send("first", file=discord.File(io.BytesIO(b"bytes"), "export.json"))
        await interaction.followup.send("second", ephemeral=True)

    await serve(handler)
    response = await alice.runs("do", general)
    assert (response.content, response.ephemeral, response.files) == ("first", True, {"export.json": b"bytes"})


async def test_followups_refer_to_the_response(serve: Serve, general: Channel, alice: Person, box: Sandbox) -> None:
    """Later messages of one interaction hang together."""

    async def handler(interaction: discord.Interaction) -> None:
        await interaction.response.send_message("first")
        sent = await interaction.followup.send("second", wait=True)
        await sent.edit(content="second, edited")

    await serve(handler)
    response = await alice.runs("do", general)
    await box.until(lambda: [one.content for one in response.messages] == ["first", "second, edited"])
    assert response.followups[0].reference is not None
    assert response.followups[0].reference.message_id == response.message.id


async def test_a_response_is_read_edited_and_deleted(
    serve: Serve, general: Channel, alice: Person, box: Sandbox
) -> None:
    """`@original` is the only way to an ephemeral response."""
    read: list[str] = []

    async def handler(interaction: discord.Interaction) -> None:
        await interaction.response.send_message("draft")
        read.append((await interaction.original_response()).content)
        await interaction.edit_original_response(content="final")
        await interaction.delete_original_response()

    await serve(handler)
    response = await alice.runs("do", general)
    await box.until(lambda: response.message.deleted)
    assert (read, response.content) == (["draft"], "final")


async def test_the_callback_tells_what_it_made(
    serve: Serve, client: RecordingClient, general: Channel, alice: Person, box: Sandbox
) -> None:
    """discord.py takes the message's id from the callback's response (`with_response`)."""
    made: list[int | None] = []

    async def handler(interaction: discord.Interaction) -> None:
        callback = await interaction.response.send_message("hello", ephemeral=True)
        made.append(callback.message_id)
        assert callback.is_ephemeral()

    await serve(handler)
    response = await alice.runs("do", general)
    await box.until(lambda: any(call.template.endswith("/callback") for call in box.discord.calls))
    await client.happens("app_command_completion")
    assert made == [response.message.id]


async def test_a_second_response_is_refused(serve: Serve, general: Channel, alice: Person, rest: Rest) -> None:
    """40060 is what a bot gets that answers in two places."""

    async def handler(interaction: discord.Interaction) -> None:
        await interaction.response.send_message("first")

    await serve(handler)
    interaction = (await alice.runs("do", general)).interaction
    path = f"/interactions/{interaction.id}/{interaction.token}/callback"
    refused = await rest("POST", path, {"type": 4, "data": {"content": "again"}})
    assert (refused.status, refused.body["code"]) == (400, 40060)


@pytest.mark.parametrize(
    ("method", "path", "code"),
    [
        ("POST", "/interactions/1/token/callback", 10062),
        ("POST", "/webhooks/{app}/token", 10015),
        ("GET", "/webhooks/{app}/token/messages/@original", 10015),
        ("GET", "/webhooks/1/token/messages/@original", 10015),
    ],
)
async def test_unknown_interactions_are_refused(rest: Rest, box: Sandbox, method: str, path: str, code: int) -> None:
    """10062 is what a bot gets that answers too late, or after a restart."""
    refused = await rest(method, path.format(app=box.discord.application.id), {"type": 4, "data": {"content": "x"}})
    assert (refused.status, refused.body["code"]) == (404, code)


async def test_bad_callbacks_are_refused(
    serve: Serve, client: RecordingClient, general: Channel, alice: Person, rest: Rest
) -> None:
    """A callback without a type, of a type that does not fit, or with an empty message."""
    refusals: list[int] = []

    async def handler(interaction: discord.Interaction) -> None:
        path = f"/interactions/{interaction.id}/{interaction.token}/callback"
        bodies: list[object] = [{}, {"type": 7}, {"type": 4, "data": [1]}]
        refusals.extend([(await rest("POST", path, body)).body["code"] for body in bodies])
        follow_up = await rest("POST", f"/webhooks/{interaction.application_id}/{interaction.token}", {"content": "x"})
        refusals.append(follow_up.body["code"])
        await interaction.response.send_message("ok")
        original = f"/webhooks/{interaction.application_id}/{interaction.token}/messages/1"
        refusals.append((await rest("GET", original)).body["code"])

    await serve(handler)
    await alice.runs("do", general)
    await client.happens("app_command_completion")
    assert refusals == [50035, 50035, 50035, 10015, 10008]


async def test_a_press_updates_its_message(
    client: RecordingClient, general: Channel, alice: Person, box: Sandbox
) -> None:
    """Buttons that change what they stand under."""

    async def handler(interaction: discord.Interaction) -> None:
        await interaction.response.edit_message(content="pressed", view=None)

    sent = await client.get_partial_messageable(general.id).send("press me", view=one_button(handler))
    message = box.discord.world.message(general, sent.id)
    response = await alice.presses(message, "Press")
    assert (response.message, message.content, message.components) == (message, "pressed", [])


async def test_a_press_is_answered_beside_its_message(
    client: RecordingClient, general: Channel, alice: Person, box: Sandbox
) -> None:
    """A response to a press is a reply to the message of the button."""

    async def handler(interaction: discord.Interaction) -> None:
        await interaction.response.send_message("ouch", ephemeral=True)

    sent = await client.get_partial_messageable(general.id).send("press me", view=one_button(handler))
    response = await alice.presses(box.discord.world.message(general, sent.id), "press")
    assert (response.content, response.ephemeral) == ("ouch", True)
    assert response.message.reference is not None
    assert response.message.reference.message_id == sent.id


async def test_a_deferred_press_is_enough(
    client: RecordingClient, general: Channel, alice: Person, box: Sandbox
) -> None:
    """Retry defers and then answers by plain messages."""

    async def handler(interaction: discord.Interaction) -> None:
        await interaction.response.defer()
        await interaction.edit_original_response(content="later")

    sent = await client.get_partial_messageable(general.id).send("press me", view=one_button(handler))
    message = box.discord.world.message(general, sent.id)
    response = await alice.presses(message, "Press")
    assert response.message is message
    await box.until(lambda: message.content == "later")


async def test_a_press_on_a_message_that_went_is_refused(
    client: RecordingClient, general: Channel, alice: Person, box: Sandbox
) -> None:
    """An update of a message that somebody deleted meanwhile is 10008."""
    codes: list[int] = []

    async def handler(interaction: discord.Interaction) -> None:
        box.discord.deletes(message)
        try:
            await interaction.response.edit_message(content="too late")
        except discord.HTTPException as error:
            codes.append(error.code)
            await interaction.response.defer()

    sent = await client.get_partial_messageable(general.id).send("press me", view=one_button(handler))
    message = box.discord.world.message(general, sent.id)
    await alice.presses(message, "Press")
    assert codes == [10008]
    with pytest.raises(RefusedError):
        await alice.presses(message, "Press")
