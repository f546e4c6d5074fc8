"""Slash commands and buttons, as people use them."""

import io
import json
import re
import zipfile
from typing import Any

from bot.chat.texts import TOO_MANY
from bot.sandbox import Message, Permission
from bot.sandbox.driver.person import Person
from tests.e2e.conftest import Town
from tests.e2e.task import Bot, running


async def exchange(town: Town, text: str, reply: str, person: Person | None = None) -> Message:
    """A question and its answer in the channel; returns the question."""
    town.box.model.replies_with(reply)
    question = await (person or town.alice).says(town.general, f"@Parley {text}")
    await town.box.bot.answers(question)
    return question


def last_history(town: Town) -> list[str]:
    """The texts of the newest request, without the system prompt and the speakers' tags."""
    messages = town.box.model.requests[-1].messages[1:]
    return [str(message["content"]).partition("): ")[2] or str(message["content"]) for message in messages]


async def exported(town: Town, person: Person, scope: str = "conversation") -> dict[str, Any]:
    """A JSON export as its reader sees it, once everything that was answered is stored as shown."""
    while True:
        response = await person.runs("export", town.general, format="json", scope=scope)
        assert response.ephemeral
        (name, content), *others = response.files.items()
        assert not others
        assert re.fullmatch(r"parley-\d+\.json", name)
        export = json.loads(content)
        if not any(map(is_behind, export["conversations"])):
            return export


def is_behind(conversation: dict[str, Any]) -> bool:
    """Whether Discord does not show yet what it shall show of a question, as far as the store knows."""
    displays = [turn["display"] for turn in conversation["turns"] if turn["kind"] == "question"]
    return any(display["shown"] < display["wanted"] for display in displays)


def texts(conversation: dict[str, Any]) -> list[str]:
    """The texts of an exported conversation."""
    return [re.sub(r"^<@\d+> ", "", turn["text"]) for turn in conversation["turns"]]


async def test_reset_and_undo(town: Town, bot: Bot) -> None:
    """/reset begins a new conversation; its Undo, for the asker and for moderators, goes back to the one before."""
    await exchange(town, "one", "A1")
    reset = await town.alice.runs("reset", town.general)
    assert not reset.ephemeral
    assert "Nothing was deleted" in reset.content
    await exchange(town, "two", "A2")
    assert last_history(town) == ["two"]
    refused = await town.bob.presses(reset.message, "Undo")
    assert refused.ephemeral
    assert "moderator" in refused.content
    await town.alice.presses(reset.message, "Undo")
    assert "taken back" in reset.message.content
    assert reset.message.components == []
    await exchange(town, "three", "A3")
    assert last_history(town) == ["one", "A1", "three"]


async def test_an_undo_counts_like_a_question(town: Town) -> None:
    """Over the limit of a person's minute Undo is refused, and the new conversation stays; a moderator may still undo."""
    town.bob.joins(town.home, roles=[town.home.role("mods", Permission.MANAGE_MESSAGES)])
    async with running(town.box, town.folder, PARLEY_LIMITS__USER_PER_MINUTE="1"):
        await exchange(town, "one", "A1")
        reset = await town.alice.runs("reset", town.general)
        refused = await town.alice.presses(reset.message, "Undo")
        assert (refused.ephemeral, refused.content) == (True, TOO_MANY)
        assert reset.message.components
        await town.bob.presses(reset.message, "Undo")
        assert "taken back" in reset.message.content


async def test_undo_by_a_moderator_and_only_until_the_next_reset(town: Town, bot: Bot) -> None:
    """A moderator may undo the latest reset; the button of an earlier reset says that nothing is left to undo."""
    mods = town.home.role("mods", Permission.MANAGE_MESSAGES)
    mona = town.box.discord.user("Mona")
    mona.joins(town.home, roles=[mods])
    await exchange(town, "one", "A1")
    first = await town.alice.runs("reset", town.general)
    await exchange(town, "two", "A2")
    second = await town.bob.runs("reset", town.general)
    late = await mona.presses(first.message, "Undo")
    assert late.ephemeral
    assert "nothing left to take back" in late.content
    await mona.presses(second.message, "Undo")
    await exchange(town, "three", "A3")
    assert last_history(town) == ["two", "A2", "three"]


async def test_a_reset_of_nothing_says_so(town: Town, bot: Bot) -> None:
    """/reset in a place without a conversation says that it is new already."""
    response = await town.alice.runs("reset", town.general)
    assert response.ephemeral
    assert "new already" in response.content


async def test_undo_works_after_a_restart(town: Town) -> None:
    """An Undo button works after a restart of the bot."""
    async with running(town.box, town.folder):
        await exchange(town, "one", "A1")
        reset = await town.alice.runs("reset", town.general)
    async with running(town.box, town.folder):
        await town.alice.presses(reset.message, "Undo")
        await exchange(town, "two", "A2")
        assert last_history(town) == ["one", "A1", "two"]


async def test_only_writers_reset(town: Town, bot: Bot) -> None:
    """/reset is declined for a person who may not write in the channel."""
    await exchange(town, "one", "A1")
    town.home.permits(town.general, deny={town.bob.user: Permission.SEND_MESSAGES})
    response = await town.bob.runs("reset", town.general)
    assert response.ephemeral
    assert "may write here" in response.content
    await exchange(town, "two", "A2")
    assert last_history(town) == ["one", "A1", "two"]


async def test_export_is_what_was_said(town: Town, bot: Bot) -> None:
    """An export holds what was said in the open conversation, or in all that the place had, and the calls behind it."""
    await exchange(town, "one", "```py\nprint(1)\n```")
    await exchange(town, "two\u2028שלום 👩\u200d👧", "A2", town.bob)
    await town.alice.runs("reset", town.general)
    await exchange(town, "three", "A3")
    opened = await exported(town, town.bob)
    assert (opened["format"], opened["version"]) == ("parley", 2)
    assert opened["place"]["id"] == str(town.general.id)
    assert [texts(conversation) for conversation in opened["conversations"]] == [["three", "A3"]]
    everything = await exported(town, town.alice, scope="place")
    assert [texts(conversation) for conversation in everything["conversations"]] == [
        ["one", "```py\nprint(1)\n```", "two\u2028שלום 👩\u200d👧", "A2"],
        ["three", "A3"],
    ]
    question, answer = everything["conversations"][0]["turns"][:2]
    assert question["author"] == {"id": str(town.alice.user.id), "name": "Alice"}
    assert [(one["number"], one["state"]) for one in question["messages"]] == [(1, "live")]
    assert (answer["state"], answer["chosen"]) == ("done", True)
    assert [(one["state"], one["reason"]) for one in answer["calls"]] == [("closed", "stop")]
    markdown = await town.alice.runs("export", town.general)
    (content,) = markdown.files.values()
    assert " UTC · Alice (#" in content.decode()
    assert "A3" in content.decode()


async def test_export_needs_the_right_to_read_the_history_now(town: Town, bot: Bot) -> None:
    """/export is declined for a person who may not read the channel's history at that time."""
    await exchange(town, "one", "A1")
    town.home.permits(town.general, deny={town.bob.user: Permission.READ_MESSAGE_HISTORY})
    response = await town.bob.runs("export", town.general)
    assert response.ephemeral
    assert response.files == {}
    assert "read the message history" in response.content


async def test_export_of_nothing_says_so(town: Town, bot: Bot) -> None:
    """/export in a place without a conversation says that there is nothing to export."""
    response = await town.alice.runs("export", town.general)
    assert response.ephemeral
    assert "nothing to export" in response.content


async def test_an_export_above_the_upload_limit_is_zipped_then_split(town: Town, bot: Bot) -> None:
    """An export above the upload limit is zipped, then split into parts; a limit too small for both is said."""
    for number in range(3):
        question = await exchange(town, f"{number}", " ".join(str(n * n) for n in range(300)))
        await bot.logs(f"question {question.id}: done")  # only then all of it is stored
    whole = await exported(town, town.alice)
    town.box.discord.world.upload_limit = 5000
    response = await town.alice.runs("export", town.general, format="json")
    assert list(response.files) == [f"parley-{town.general.id}.json.zip"]
    town.box.discord.world.upload_limit = 1500
    response = await town.alice.runs("export", town.general, format="json")
    assert len(response.files) > 1
    joined = zipfile.ZipFile(io.BytesIO(b"".join(response.files[name] for name in sorted(response.files))))
    again = json.loads(joined.read(joined.namelist()[0]))
    assert again["conversations"] == whole["conversations"]
    town.box.discord.world.upload_limit = 10
    response = await town.alice.runs("export", town.general, format="json")
    assert "too large" in response.content


async def test_help_in_a_server_and_in_dms(town: Town, bot: Bot) -> None:
    """/help answers privately in servers and in direct messages."""
    for place in (town.general, await town.alice.dm()):
        response = await town.alice.runs("help", place)
        assert response.ephemeral
        assert "/reset" in response.content


async def test_reset_and_export_in_dms_and_threads(town: Town, bot: Bot) -> None:
    """/reset, Undo and /export work in direct messages and in threads."""
    box = town.box
    message = await town.alice.says(town.general, "look")
    for place in (await town.alice.dm(), await town.alice.opens_thread(message, "topic")):
        await box.bot.answers(await town.alice.says(place, "@Parley hello"))
        response = await town.alice.runs("export", place, format="json")
        (content,) = response.files.values()
        assert json.loads(content)["place"]["id"] == str(place.id)
        reset = await town.alice.runs("reset", place)
        assert not reset.ephemeral
        await town.alice.presses(reset.message, "Undo")
        assert "taken back" in reset.message.content


async def test_commands_are_for_servers_and_the_bots_dms_only(town: Town, bot: Bot) -> None:
    """All commands are registered for servers and the bot's direct messages, and for server installs only."""
    for command in town.box.discord.commands.listed(None):
        assert command["contexts"] == [0, 1]
        assert command["integration_types"] == [0]


async def test_commands_that_discord_does_not_take_keep_no_bot_from_starting(town: Town) -> None:
    """The bot starts when Discord refuses or delays the sync of its commands, logs it, and syncs at a later start."""
    town.box.discord.fails("PUT", "/applications/{application_id}/commands", 400, code=30034)
    async with running(town.box, town.folder) as bot:
        await exchange(town, "one", "A1")
        assert "did not take our commands" in bot.log
    town.box.discord.fails("PUT", "/applications/{application_id}/commands", 429, retry_after=3600)
    async with running(town.box, town.folder) as bot:
        assert "did not take our commands (TimeoutError)" in bot.log
    async with running(town.box, town.folder) as bot:
        await bot.logs("told Discord our 13 commands")


async def test_commands_are_synced_only_when_they_changed(town: Town) -> None:
    """A second start with the same commands does not sync them again."""
    for _ in range(2):
        async with running(town.box, town.folder):
            pass
    syncs = [call for call in town.box.discord.calls if call.method == "PUT" and call.template.endswith("/commands")]
    assert len(syncs) == 1


async def test_an_interaction_that_comes_twice_gets_one_response(town: Town, bot: Bot) -> None:
    """A command that Discord delivers a second time leaves one line in the log, and no further response."""
    discord = town.box.discord
    await town.alice.runs("help", town.general)
    (newest,) = discord.interactions.by_id
    for session in discord.gateway.sessions.values():
        assert session.repeat("INTERACTION_CREATE", newest)
    await bot.logs(f"interaction {newest} got no response from me")
    assert "Traceback" not in bot.log
