"""The inspector tells the page the messages that were sent to the model and the turns that are stored."""

import asyncio
from pathlib import Path

from bot.chat.tokens import MESSAGE_OVERHEAD, REPLY_PRIMER, count
from bot.sandbox.model.images import images_in
from bot.sandbox.model.tokens import message_text
from bot.sandbox.page import Picture, Seen
from tests.cli.demo.conftest import Demo, demo
from tests.e2e.buttons import offers
from tests.e2e.pictures import png


async def answered(on: Demo, *texts: str) -> None:
    """Let Alice ask in general, one after the other."""
    for text in texts:
        await on.box.bot.answers(await on.server.alice.says(on.server.general, f"@Parley {text}"))


async def test_the_messages_are_those_of_the_last_request(folder: Path) -> None:
    """The inspector shows the messages of the last request with their tokens, the budget and the path of the database."""
    async with demo(folder) as on:
        await answered(on, "my cat is called Ada", "what is my cat called?")
        seen = await on.seen()
        request = on.box.model.requests[-1]
        assert [(one.role, one.content) for one in seen.messages] == [
            (one["role"], message_text(one)) for one in request.messages
        ]
        assert [one.tokens for one in seen.messages] == [count(one.content) + MESSAGE_OVERHEAD for one in seen.messages]
        assert seen.prompt_tokens == sum(one.tokens for one in seen.messages) + REPLY_PRIMER == request.prompt_tokens
        assert (seen.cached_tokens, seen.dropped, seen.budget) == (0, 0, 8000)
        assert seen.path == str(on.database)


async def test_files_are_those_of_the_last_request(folder: Path) -> None:
    """The inspector shows a file's text, and a picture with its size, its tokens and its bytes."""
    async with demo(folder) as on:
        files = {"cat.png": png(64, 48), "a.txt": b"Lamps of the north"}
        await on.box.bot.answers(await on.server.alice.says(on.server.general, "@Parley look", attachments=files))
        seen = await on.seen()
        asked = seen.messages[-1]
        [shown] = asked.pictures
        assert (shown.name, shown.width, shown.height) == ("cat.png", 64, 48)
        assert shown.tokens <= asked.tokens
        assert seen.prompt_tokens == sum(one.tokens for one in seen.messages) + REPLY_PRIMER
        assert "Lamps of the north" in asked.content
        found = await on.inspector.picture(shown.key)
        [image] = images_in(on.box.model.requests[-1].messages)
        assert found == Picture(image.media_type, image.data)
        assert await on.inspector.picture("no key") is None
        assert await on.inspector.picture("ab" * 32) is None
    assert await on.inspector.picture(shown.key) is None


async def test_the_turns_are_those_of_the_database(folder: Path) -> None:
    """The inspector shows the turns of the database, and which of them were sent."""
    async with demo(folder) as on:
        await answered(on, "my cat is called Ada")
        await on.box.bot.answers(await on.server.bob.says(on.server.general, "@Parley who am I?"))
        turns = (await on.seen()).turns
        assert [(one.author, one.state, one.sent) for one in turns] == [
            ("Alice", "asked", True),
            ("Parley", "done", True),
            ("Bob", "asked", True),
            ("Parley", "done", False),
        ]
        assert turns[0].text.endswith("my cat is called Ada")
        assert turns[3].text.startswith("You are Bob")
        assert all(one.tokens for one in turns)


async def test_what_was_trimmed_and_what_was_cached(folder: Path) -> None:
    """The inspector tells how many turns were trimmed and how many tokens were cached."""
    async with demo(folder, {"PARLEY_HISTORY__MAX_TOKENS": "3600"}) as on:
        said = "my favourite word is " + "long " * 300
        await answered(on, said, *(f"say {number}: {said}" for number in range(5)))
        growing = await on.seen()
        assert 0 < growing.prompt_tokens <= growing.budget == 3600
        assert growing.dropped > 0
        sent = [one.sent for one in growing.turns]
        assert sent == [False] * growing.dropped + [True] * (len(sent) - growing.dropped - 1) + [False]
        assert sum(sent) == len(growing.messages) - 1
        await answered(on, "thanks")
        cached = await on.seen()
        assert cached.cached_tokens == on.box.model.requests[-1].cached_tokens > 1000


async def test_a_reset_shows_as_an_empty_history_and_undo_brings_it_back(folder: Path) -> None:
    """A reset shows an empty history, and Undo brings the former view back."""
    async with demo(folder) as on:
        assert await on.inspector.seen(on.server.general.id) is None
        await answered(on, "my cat is called Ada")
        before = await on.seen()
        response = await on.server.alice.runs("reset", on.server.general)
        seen = await on.seen()
        assert (seen.messages, seen.turns, seen.prompt_tokens) == ([], [], 0)
        await on.server.alice.presses(response.message, "Undo")
        assert await on.seen() == before


async def test_a_thread_shows_what_it_goes_on_from(folder: Path) -> None:
    """A thread shows the turns that it goes on from, and then its own."""
    async with demo(folder) as on:
        shown = await on.box.bot.answers(await on.server.alice.says(on.server.general, "@Parley my cat is called Ada"))
        await answered(on, "who am I?")
        thread = await on.server.alice.opens_thread(shown.messages[0], "Ada")
        await on.box.bot.answers(await on.server.bob.says(thread, "@Parley what is her cat called?"))
        seen = await on.inspector.seen(thread.id)
        assert seen is not None
        assert [(one.author, one.sent) for one in seen.turns] == [
            ("Alice", True), ("Parley", True), ("Bob", True), ("Parley", False)
        ]  # rows of a table # fmt: skip
        assert len(seen.messages) == 4
        assert "Ada" in seen.turns[-1].text


async def test_an_answer_that_failed_is_told_as_it_stands(folder: Path) -> None:
    """The inspector shows an interrupted attempt and its retry, each with its state."""
    async with demo(folder) as on:
        question = await on.server.alice.says(on.server.general, "@Parley break off")
        broken = await offers(on.box, question, "Retry")
        assert (await on.seen()).turns[-1].state == "interrupted"
        await on.server.alice.presses(broken, "Retry")
        await on.box.bot.answers(question, containing="At this attempt I come to the end")
        async with asyncio.timeout(60):
            while (seen := await on.seen()).turns[-1].state == "writing":  # noqa: ASYNC110 -- the store has no event
                await asyncio.sleep(0.01)
        assert [(one.state, one.sent) for one in seen.turns] == [
            ("asked", True), ("interrupted", False), ("done", False)
        ]  # rows of a table # fmt: skip


def words(seen: Seen) -> list[tuple[str, str, str, str]]:
    """The facts that the inspector tells."""
    return [(one.name, one.value, one.detail, one.source) for one in seen.facts]


async def test_the_profile_is_that_of_the_last_request(folder: Path) -> None:
    """The inspector tells the persona, the model and the budget of the last request, each with its source."""
    async with demo(folder) as on:
        alice, general = on.server.alice, on.server.general
        await answered(on, "hello")
        budget = ("Budget", "8,000 tokens", "", "the configuration (history.max_tokens)")
        default = [
            ("Persona", "default", "", "the configuration"),
            ("Model", "default", "demo", "the configuration"),
            budget,
        ]
        assert words(await on.seen()) == default
        await alice.runs("persona", general, name="hurried")
        assert words(await on.seen()) == default
        await answered(on, "hello")
        chosen = f"chosen for this channel by {alice.mention}"
        assert words(await on.seen()) == [
            ("Persona", "hurried", "", chosen),
            ("Model", "brief", "demo-brief", "the persona brings it along"),
            budget,
        ]
        await alice.submits((await alice.runs("persona", general, name="+")).modal, text="Be kind.")
        await alice.runs("model", general, name="brief")
        await answered(on, "thanks")
        assert words(await on.seen())[:2] == [
            ("Persona", "(written here)", "", chosen),
            ("Model", "brief", "demo-brief", chosen),
        ]
        dm = await on.server.bob.dm()
        await on.server.bob.runs("model", dm, name="brief")
        await on.box.bot.answers(await on.server.bob.says(dm, "hello"))
        told = await on.inspector.seen(dm.id)
        assert told is not None
        assert told.facts[1].source == f"chosen for our direct messages by {on.server.bob.mention}"


async def test_a_fallback_is_told(folder: Path) -> None:
    """The inspector tells which model answered in place of another, and the budget within that model's context."""
    (folder / "config.toml").write_text(
        '[models.gone]\nname = "no-such"\nfallbacks = ["spare"]\n'
        '[models.spare]\nname = "demo-brief"\ncontext_tokens = 6000\n'
    )
    async with demo(folder) as on:
        await on.server.alice.runs("model", on.server.general, name="gone")
        await answered(on, "hello")
        seen = await on.seen()
        chosen = f"chosen for this channel by {on.server.alice.mention}"
        assert words(seen)[1:] == [
            ("Model", "gone", "no-such", chosen),
            ("Answered by", "spare", "demo-brief", "in place of “gone”, which could not answer"),
            ("Budget", "2,000 tokens", "", "as much as the model's context leaves beside an answer"),
        ]
        assert seen.budget == 2000


async def test_it_knows_nothing_once_the_bot_is_down(folder: Path) -> None:
    """The inspector shows nothing once the bot is down."""
    async with demo(folder) as on:
        await answered(on, "hello")
    assert await on.inspector.seen(on.server.general.id) is None


async def test_what_was_said_while_the_bot_started_is_answered(folder: Path) -> None:
    """A question that is asked while the bot connects is answered."""
    async with demo(folder, connected=False) as on:
        assert not on.box.discord.gateway.connected
        on.box.clock.moves(seconds=1)  # Discord dates a bot's arrival to the millisecond
        await on.box.bot.answers(await on.server.bob.says(on.server.general, "@Parley hello"), timeout=20)


async def test_what_asks_to_go_on_is_no_question(folder: Path) -> None:
    """The request to go on that Continue adds is no turn, and the turns that were sent stay marked as sent."""
    async with demo(folder) as on:
        await answered(on, "my cat is called Ada")
        question = await on.server.alice.says(on.server.general, "@Parley reach the limit")
        cut = await on.box.bot.answers(question, containing="as long as my answers")
        await on.server.alice.presses(cut.messages[-1], "Continue")
        await on.box.bot.answers(question, containing="you must have pressed it")
        seen = await on.seen()
        assert [one.role for one in seen.messages][-3:] == ["user", "assistant", "user"]
        assert [(one.author, one.sent) for one in seen.turns] == [
            ("Alice", True),
            ("Parley", True),
            ("Alice", True),
            ("Parley", False),
            ("Parley", False),
        ]
