"""Tests of interactions, by discord.py's command tree and views."""

import io
from typing import Any

import discord
import pytest

from bot.sandbox import Channel, Person, RefusedError, Sandbox
from tests.sandbox.clients import RecordingClient, Rest
from tests.sandbox.handlers import Serve, one_button


async def test_a_command_is_answered(serve: Serve, general: Channel, alice: Person, box: Sandbox) -> None:
    """A command's response is shown to everybody (Discord's documentation, Interactions, "Interaction Callback Type")."""

    async def handler(interaction: discord.Interaction) -> None:
        await interaction.response.send_message("done")

    await serve(handler)
    response = await alice.runs("do", general)
    assert (response.content, response.ephemeral) == ("done", False)
    assert box.discord.messages(general) == [response.message]


async def test_the_interaction_tells_who_where_and_with_which_rights(
    serve: Serve, general: Channel, alice: Person, box: Sandbox
) -> None:
    """An interaction tells the person, the place, the permissions of both sides and the upload limit.

    (Discord's documentation, "Interaction Structure")
    """
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
    """An interaction in a direct message has a user and no guild (Discord's documentation, "Interaction Structure")."""
    told: list[discord.Interaction] = []

    async def handler(interaction: discord.Interaction) -> None:
        told.append(interaction)
        await interaction.response.send_message("ok")

    await serve(handler)
    await alice.runs("do", await alice.dm())
    assert isinstance(told[0].user, discord.User)
    assert told[0].guild_id is None
    assert told[0].context.dm_channel
    assert told[0].app_permissions.value == 442368


async def test_a_deferred_response_counts_when_it_is_filled_in(serve: Serve, general: Channel, alice: Person) -> None:
    """A deferred response is complete once it is filled in.

    (Discord's documentation, Interactions, "Interaction Callback Type")
    """

    async def handler(interaction: discord.Interaction) -> None:
        await interaction.response.defer(ephemeral=True, thinking=True)
        await interaction.edit_original_response(content="thought")

    await serve(handler)
    response = await alice.runs("do", general)
    assert (response.content, response.ephemeral) == ("thought", True)


async def test_the_first_followup_takes_the_place_of_the_thinking(
    serve: Serve, general: Channel, alice: Person
) -> None:
    """The first follow-up fills in a deferred response and is as ephemeral as the deferral said.

    (Discord's documentation, "Create Followup Message")
    """

    async def handler(interaction: discord.Interaction) -> None:
        await interaction.response.defer(ephemeral=True)
        await interaction.followup.send("first", file=discord.File(io.BytesIO(b"bytes"), "export.json"))
        await interaction.followup.send("second", ephemeral=True)

    await serve(handler)
    response = await alice.runs("do", general)
    assert (response.content, response.ephemeral, response.files) == ("first", True, {"export.json": b"bytes"})


async def test_followups_refer_to_the_response(serve: Serve, general: Channel, alice: Person, box: Sandbox) -> None:
    """A follow-up refers to the response, and can be edited (OpenAPI document, original_response_message_id)."""

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
    """A response is read, edited and deleted under `@original`.

    (Discord's documentation, Interactions, "Followup Messages")
    """
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
    """A callback with `with_response` returns the id of the response (discord.py 2.7, interactions.py)."""
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
    """A second response is refused with 40060 (Discord's documentation, "JSON Error Codes")."""

    async def handler(interaction: discord.Interaction) -> None:
        await interaction.response.send_message("first")

    await serve(handler)
    interaction = (await alice.runs("do", general)).interaction
    path = f"/interactions/{interaction.id}/{interaction.token}/callback"
    refused = await rest("POST", path, {"type": 4, "data": {"content": "again"}})
    assert (refused.status, refused.body["code"]) == (400, 40060)


@pytest.mark.parametrize(
    ("method", "path", "refusal"),
    [
        ("POST", "/interactions/1/token/callback", (404, 10062)),
        ("POST", "/webhooks/{app}/token", (401, 50027)),
        ("GET", "/webhooks/{app}/token/messages/@original", (401, 50027)),
        ("GET", "/webhooks/1/token/messages/@original", (404, 10015)),
    ],
)
async def test_unknown_interactions_are_refused(
    rest: Rest, box: Sandbox, method: str, path: str, refusal: tuple[int, int]
) -> None:
    """An unknown interaction or token is refused (Discord's documentation, "JSON Error Codes")."""
    refused = await rest(method, path.format(app=box.discord.application.id), {"type": 4, "data": {"content": "x"}})
    assert (refused.status, refused.body["code"]) == refusal


async def test_bad_callbacks_are_refused(
    serve: Serve, client: RecordingClient, general: Channel, alice: Person, rest: Rest
) -> None:
    """A callback without a type, of a wrong type, or without an object is refused.

    (OpenAPI document, create_interaction_response)
    """
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
    """A response to a press may update the pressed message (Discord's documentation, Interactions, UPDATE_MESSAGE)."""

    async def handler(interaction: discord.Interaction) -> None:
        await interaction.response.edit_message(content="pressed", view=None)

    sent = await client.get_partial_messageable(general.id).send("press me", view=one_button(handler))
    message = box.discord.world.message(general, sent.id)
    response = await alice.presses(message, "Press")
    assert (response.message, message.content, message.components) == (message, "pressed", [])


async def test_a_press_is_answered_beside_its_message(
    client: RecordingClient, general: Channel, alice: Person, box: Sandbox
) -> None:
    """A response to a press is a reply to the pressed message (Discord's documentation, "Message Interaction Object")."""

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
    """A deferred press is complete, and its message may be edited later.

    (Discord's documentation, Interactions, DEFERRED_UPDATE_MESSAGE)
    """

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
    """An update of a message that was deleted meanwhile is refused with 10008.

    (Discord's documentation, "JSON Error Codes")
    """
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


async def test_a_callback_without_with_response_says_nothing(
    serve: Serve, client: RecordingClient, general: Channel, alice: Person, rest: Rest
) -> None:
    """A callback without `with_response` is answered with 204.

    (Discord's documentation, Interactions, "Create Interaction Response")
    """
    statuses: list[int] = []

    async def handler(interaction: discord.Interaction) -> None:
        path = f"/interactions/{interaction.id}/{interaction.token}/callback"
        statuses.append((await rest("POST", path, {"type": 4, "data": {"content": "x"}})).status)

    await serve(handler)
    await alice.runs("do", general)
    await client.happens("app_command_completion")
    assert statuses == [204]


@pytest.mark.parametrize("deferred", [True, False])
async def test_a_deferral_decides_who_sees_the_response(
    serve: Serve, general: Channel, alice: Person, box: Sandbox, deferred: bool
) -> None:
    """The deferral decides whether the response is ephemeral, whatever the follow-up says.

    (Discord's documentation, "Create Followup Message")
    """

    async def handler(interaction: discord.Interaction) -> None:
        await interaction.response.defer(ephemeral=deferred)
        await interaction.followup.send("filled in", ephemeral=not deferred)

    await serve(handler)
    response = await alice.runs("do", general)
    assert response.ephemeral is deferred
    assert (response.message in box.discord.messages(general)) is not deferred


async def test_a_button_of_an_ephemeral_message_brings_it_along(serve: Serve, general: Channel, alice: Person) -> None:
    """A press on an ephemeral message brings that message to the bot.

    (Discord's documentation, Interactions, "Interaction Structure", `message`)
    """
    seen: list[discord.Message | None] = []

    async def pressed(interaction: discord.Interaction) -> None:
        seen.append(interaction.message)
        await interaction.response.edit_message(content="pressed", view=None)

    async def handler(interaction: discord.Interaction) -> None:
        await interaction.response.send_message("press me", view=one_button(pressed), ephemeral=True)

    await serve(handler)
    response = await alice.runs("do", general)
    await alice.presses(response.message, "Press")
    assert response.content == "pressed"
    assert seen[0] is not None
    assert (seen[0].content, seen[0].flags.ephemeral) == ("press me", True)


async def test_the_message_of_a_deferred_press_is_its_original(
    client: RecordingClient, general: Channel, alice: Person, box: Sandbox
) -> None:
    """The original response of a deferred press is the pressed message.

    (Discord's documentation, Interactions, DEFERRED_UPDATE_MESSAGE)
    """

    async def handler(interaction: discord.Interaction) -> None:
        await interaction.response.defer()
        await interaction.delete_original_response()

    sent = await client.get_partial_messageable(general.id).send("press me", view=one_button(handler))
    message = box.discord.world.message(general, sent.id)
    await alice.presses(message, "Press")
    await box.until(lambda: message.deleted)


@pytest.mark.parametrize(
    "body", [{"type": 6}, {"type": 7, "data": {"content": "x"}}, {"type": 8, "data": {"choices": []}}]
)
async def test_a_callback_fits_what_it_answers(
    serve: Serve, general: Channel, alice: Person, rest: Rest, body: dict[str, object]
) -> None:
    """A callback of a type that does not fit the interaction is refused.

    (Discord's documentation, "Interaction Callback Type")
    """
    faults: list[dict[str, str]] = []

    async def handler(interaction: discord.Interaction) -> None:
        faults.append((await rest("POST", f"/interactions/{interaction.id}/{interaction.token}/callback", body)).faults)
        await interaction.response.send_message("ok")

    await serve(handler)
    await alice.runs("do", general)
    assert faults == [{"type": "BASE_TYPE_CHOICES"}]


async def test_bad_fields_of_a_response_are_named_under_data(
    serve: Serve, general: Channel, alice: Person, rest: Rest
) -> None:
    """A fault of a response is named under `data` (reported as such to discord.js)."""
    faults: list[dict[str, str]] = []
    bad: dict[str, Any] = {"type": 4, "data": {"content": "x", "components": [{"type": 1, "components": []}]}}

    async def handler(interaction: discord.Interaction) -> None:
        faults.append((await rest("POST", f"/interactions/{interaction.id}/{interaction.token}/callback", bad)).faults)
        await interaction.response.send_message("ok")

    await serve(handler)
    await alice.runs("do", general)
    assert faults == [{"data.components.0.components": "BASE_TYPE_BAD_LENGTH"}]
