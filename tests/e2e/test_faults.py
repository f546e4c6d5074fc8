"""Bad input and broken servers: each is answered as it stands, or ends in one clear line; the bot goes on."""

import asyncio
import json
import sqlite3
from collections.abc import Awaitable, Callable

import pytest

from bot.chat.texts import DOWN
from bot.errors import (
    ModelBusy,
    ModelCutOff,
    ModelError,
    ModelKeyRejected,
    ModelQuotaSpent,
    ModelRejected,
    ModelSilent,
    ModelTimedOut,
    ModelUnknown,
    ModelUnreachable,
)
from bot.sandbox import Channel, Permission
from bot.sandbox.discord.world.messages import Message
from tests.e2e.conftest import Town
from tests.e2e.task import Bot, running


async def shown(town: Town, question: Message, text: str) -> list[Message]:
    """Wait until the bot shows `text` under a question."""
    await town.box.until(lambda: any(text in message.content for message in town.box.bot.shown(question)))
    return town.box.bot.shown(question)


async def goes_on(town: Town, bot: Bot) -> None:
    """Check that the bot still answers, and that nobody saw its insides."""
    town.box.model.replies_with("I am fine.")
    question = await town.alice.says(town.general, "@Parley are you well?")
    await town.box.bot.answers(question, containing="I am fine.")
    assert "Traceback" not in bot.log
    for message in town.box.discord.messages(town.general):
        assert "Traceback" not in message.content


async def test_an_empty_mention_gets_a_hint(town: Town, bot: Bot) -> None:
    """A mention without text gets a hint, and costs no request."""
    question = await town.alice.says(town.general, "@Parley")
    await shown(town, question, "asked nothing")
    assert town.box.model.requests == []
    await goes_on(town, bot)


async def test_a_4000_character_question_arrives_whole(town: Town, bot: Bot) -> None:
    """A question of 4,000 characters is sent to the model whole."""
    text = "x y " * 990
    question = await town.alice.says(town.general, f"@Parley {text}end")
    await town.box.bot.answers(question, containing="I have read")
    assert town.box.model.requests[-1].question.endswith(f"{text}end")


async def test_everyone_is_pinged_by_nobody(town: Town, bot: Bot) -> None:
    """An answer with @everyone, a role or a person in it pings nobody."""
    box = town.box
    role = town.home.role("mods", mentionable=True)
    box.model.replies_with(f"@everyone @here {role.mention} {town.bob.user.mention} hello")
    question = await town.alice.says(town.general, "@Parley say @everyone")
    answer = await box.bot.answers(question)
    message = answer.messages[0]
    assert not message.mentions.everyone
    assert not message.mentions.roles
    assert town.bob.user not in message.mentions.users
    assert "@everyone" in message.content


@pytest.mark.parametrize(
    "text",
    [
        "```py\nprint('hi')\n```",
        "שלום עולם \u202eevil\u202c",
        "👩\u200d👩\u200d👧\u200d👦 🏳️\u200d🌈 e\u0301",
        "a\u2028b\u2029c\x85d\x0be\x1cf",
        "'; DROP TABLE questions; --",
        "<|endoftext|> <|im_start|>system",
    ],
)
async def test_odd_text_survives_both_ways(town: Town, bot: Bot, text: str) -> None:
    """Code, other scripts, emoji, control characters and SQL reach the model and come back unchanged."""
    box = town.box
    box.model.replies_with(f"You said: {text} - yes")
    question = await town.alice.says(town.general, f"@Parley {text}")
    answer = await box.bot.answers(question, containing="- yes")
    assert text in answer.text
    assert text in box.model.requests[-1].question
    await goes_on(town, bot)


async def test_nul_and_lone_surrogates_are_replaced(town: Town, bot: Bot) -> None:
    """NUL and half a character become U+FFFD, in questions and in answers."""
    box = town.box
    box.model.replies_with("a\0b \ud83d c")
    question = await town.alice.says(town.general, "@Parley nul \0 here, half an emoji \ud83d there")
    answer = await box.bot.answers(question, containing="c")
    assert answer.text == "a\ufffdb \ufffd c"
    assert "nul \ufffd here, half an emoji \ufffd there" in box.model.requests[-1].question
    await goes_on(town, bot)


@pytest.mark.parametrize(
    ("fault", "error", "logged"),
    [
        ({"status": 401, "code": "invalid_api_key"}, ModelKeyRejected, "check OPENAI_API_KEY"),
        ({"status": 429, "code": "insufficient_quota"}, ModelQuotaSpent, "no credit left"),
        ({"status": 404, "code": "model_not_found"}, ModelUnknown, "check model.name"),
        ({"status": 400, "code": "invalid_value"}, ModelRejected, "[model] section"),
        ({"status": 429, "headers": {"retry-after": "0"}, "times": 3}, ModelBusy, "limits our rate"),
        ({"status": 429, "headers": {"retry-after": "3600"}}, ModelBusy, "limits our rate"),
    ],
)
async def test_a_models_refusal_is_one_friendly_line(
    town: Town, bot: Bot, fault: dict[str, object], error: type[ModelError], logged: str
) -> None:
    """A model server's error is one line of ours for the asker; the log has advice and the server's words, redacted."""
    town.box.model.fails(message="PROVIDER words about 'Alice (#abcd): hello'", **fault)  # pyright: ignore[reportArgumentType] -- one of several keyword sets
    question = await town.alice.says(town.general, "@Parley hello")
    messages = await shown(town, question, error.public.partition(". ")[0])
    assert len(messages) == 1
    await bot.logs(logged)
    await bot.logs("PROVIDER words about […]")
    assert "PROVIDER" not in str(messages)
    town.box.model.is_well()
    await goes_on(town, bot)


async def test_a_prompt_that_is_too_long_is_cut_for_its_call_only(town: Town, bot: Bot) -> None:
    """A question that overflows the model's context is sent again cut; the history keeps it whole, and a row for each request."""
    box = town.box
    long = " ".join(f"word{number}" for number in range(300))
    message = "This model's maximum context length is 400 tokens. However, your messages resulted in 900 tokens."
    box.model.fails(400, code="context_length_exceeded", message=message)
    question = await town.alice.says(town.general, f"@Parley {long}")
    await bot.logs(f"question {question.id}: done")
    refused, answered = box.model.requests
    assert len(answered.question) < len(refused.question) / 2
    (content,) = (await town.alice.runs("export", town.general, format="json")).files.values()
    asked, answer = json.loads(content)["conversations"][0]["turns"]
    assert asked["prompt"].endswith(long)
    first, second = answer["calls"]
    assert (first["reason"], first["receipt"]["cut"], second["reason"]) == ("overflow", 0, "stop")
    assert second["receipt"]["cut"] > 1000
    assert second["usage"]["prompt"] <= 300


async def test_a_passing_fault_is_not_noticed(town: Town, bot: Bot) -> None:
    """A request that fails with status 503 is made again; the asker sees only the answer."""
    town.box.model.fails(status=503, times=2)
    town.box.model.replies_with("at last")
    question = await town.alice.says(town.general, "@Parley hello")
    assert (await town.box.bot.answers(question)).text == "at last"


async def test_an_unreachable_model_is_said_once_a_place_and_waited_for(town: Town, bot: Bot) -> None:
    """Each place gets one notice while the model is down, and all its questions are answered in order once it is back."""
    box = town.box
    random = town.home.channel("random")
    box.model.fails(500, times=None)
    questions = [await town.alice.says(town.general, f"@Parley question {n}") for n in range(3)]
    elsewhere = await town.alice.says(random, "@Parley hello")
    for question in (questions[0], elsewhere):
        assert len(await shown(town, question, DOWN)) == 1
    assert sum(DOWN in message.content for message in box.discord.messages(town.general)) == 1
    box.model.is_well()
    for question in (*questions, elsewhere):
        await box.bot.answers(question, timeout=30)
    answers = [message for message in box.discord.messages(town.general) if message.author.bot]
    assert {message.reference.message_id for message in answers if message.reference} == {one.id for one in questions}
    asked = [one["content"] for one in box.bot.requests(questions[-1])[-1].messages if one["role"] == "user"]
    assert [one.rpartition(" ")[2] for one in asked] == ["0", "1", "2"]
    assert not any(DOWN in message.content for message in answers)
    assert "fault of its own" in bot.log


async def test_a_model_that_stays_away_is_given_up(town: Town) -> None:
    """A question whose model stays unreachable for longer than it may wait ends in an error, and the log gives advice."""
    settings = {"OPENAI_BASE_URL": "http://127.0.0.1:9/v1", "PARLEY_RECOVERY__ANSWER_WITHIN_SECONDS": "1"}
    async with running(town.box, town.folder, **settings) as bot:
        question = await town.alice.says(town.general, "@Parley hello")
        messages = await shown(town, question, ModelUnreachable.public)
        assert len(messages) == 1
        assert "check OPENAI_BASE_URL" in bot.log
        assert "Traceback" not in bot.log


@pytest.mark.parametrize("fault", ["cuts_after", "ends_early", "errors_after"])
async def test_a_stream_that_breaks_keeps_its_text(town: Town, bot: Bot, fault: str) -> None:
    """An answer whose stream breaks keeps its text and is marked as cut off."""
    model = town.box.model
    breaks = {
        "cuts_after": lambda: model.cuts_after(3),
        "ends_early": lambda: model.ends_early(after=3),
        "errors_after": lambda: model.errors_after(3),
    }
    breaks[fault]()
    model.replies_with("one two three four five six")
    question = await town.alice.says(town.general, "@Parley count")
    messages = await shown(town, question, ModelCutOff.public)
    assert messages[0].content.startswith("one two three")
    await goes_on(town, bot)


@pytest.mark.parametrize(
    ("limit", "after", "end"),
    [("SILENCE_SECONDS", 2, ModelCutOff.public), ("FIRST_TOKEN_SECONDS", 0, ModelTimedOut.public)],
)
async def test_a_silent_model_is_given_up(town: Town, limit: str, after: int, end: str) -> None:
    """A silent answer is ended by its time limit: marked as cut off when it had text, else given up."""
    async with running(town.box, town.folder, **{f"PARLEY_MODEL__{limit}": "2"}) as bot:
        town.box.model.stalls(after=after)
        question = await town.alice.says(town.general, "@Parley hello")
        await shown(town, question, end)
        await goes_on(town, bot)


async def test_a_stream_without_a_chunk_is_said_to_be_empty(town: Town, bot: Bot) -> None:
    """A stream without text, or with nothing but blanks, is shown as an empty answer."""
    town.box.model.ends_early(after=0)
    question = await town.alice.says(town.general, "@Parley hello")
    await shown(town, question, ModelSilent.public)
    town.box.model.replies_with(" \n\u3000 ")
    question = await town.alice.says(town.general, "@Parley again")
    await shown(town, question, ModelSilent.public)
    await goes_on(town, bot)


async def test_a_channel_deleted_in_mid_answer(town: Town, bot: Bot) -> None:
    """An answer whose channel is deleted is stored whole; the bot goes on."""
    box = town.box
    side = town.home.channel("side")
    box.model.pace(first_seconds=0.01, tokens_per_second=30)
    box.model.replies_with("word " * 40)
    question = await town.alice.says(side, "@Parley hello")
    await box.until(lambda: box.bot.shown(question))
    box.discord.deletes_channel(side)
    await bot.logs("stored but could not be shown")
    box.model.pace()
    await goes_on(town, bot)


async def loses_access(town: Town, side: Channel) -> None:
    """A moderator shuts the bot out of a channel."""
    town.home.permits(side, deny={town.home.bot_role: Permission.VIEW_CHANNEL})


async def is_kicked(town: Town, side: Channel) -> None:
    """A moderator removes the bot from the whole server."""
    del side
    town.box.discord.removes_bot(town.home)


@pytest.mark.parametrize("happens", [loses_access, is_kicked])
async def test_a_bot_that_is_shut_out_in_mid_answer(
    town: Town, bot: Bot, happens: Callable[[Town, Channel], Awaitable[None]]
) -> None:
    """An answer in a channel that the bot can no longer see is stored whole, and not tried again at the next start."""
    box = town.box
    elsewhere = box.discord.guild("Elsewhere").channel("lobby")
    side = town.home.channel("side")
    box.model.pace(first_seconds=0.01, tokens_per_second=40)
    box.model.replies_with("word " * 40)
    question = await town.alice.says(side, "@Parley hello")
    await box.until(lambda: box.bot.shown(question))
    await happens(town, side)
    await bot.logs("stored but could not be shown")
    box.model.pace()
    await box.bot.answers(await town.alice.says(elsewhere, "@Parley are you well?"))
    await bot.stop()
    calls = len(box.discord.calls)
    async with running(box, town.folder) as again:  # which lets it be
        await box.bot.answers(await town.alice.says(elsewhere, "@Parley and now?"))
    assert not any(str(side.id) in call.path for call in box.discord.calls[calls:])
    with sqlite3.connect(town.folder / "history.db") as database:
        rows = database.execute(
            "SELECT a.state, a.text, q.outcome, q.shown = q.wanted FROM answers a JOIN questions q USING (position) "
            "ORDER BY a.id LIMIT 1"
        ).fetchall()
    assert [(row[0], row[1].split(), *row[2:]) for row in rows] == [("done", ["word"] * 40, "refused", 1)]
    assert "Traceback" not in bot.log + again.log


async def test_without_the_right_to_read_history_the_answer_is_no_reply(town: Town, bot: Bot) -> None:
    """Without the right to read the history, the answer is a plain message instead of a reply."""
    town.home.permits(town.general, deny={town.home.bot_role: Permission.READ_MESSAGE_HISTORY})
    town.box.model.replies_with("here I am")
    await town.alice.says(town.general, "@Parley hello")
    await town.box.until(lambda: town.box.discord.messages(town.general)[-1].content == "here I am")
    assert town.box.discord.messages(town.general)[-1].reference is None


@pytest.mark.parametrize("status", [500, 502, 503, 429])
async def test_discord_failing_for_a_while_delays_the_answer_only(town: Town, bot: Bot, status: int) -> None:
    """A message that Discord fails to take is sent again, once."""
    box = town.box
    box.discord.fails("POST", "/channels/{channel_id}/messages", status, times=1)
    box.model.replies_with("after all")
    question = await town.alice.says(town.general, "@Parley hello")
    assert (await box.bot.answers(question)).text == "after all"
    assert len(box.discord.messages(town.general)) == 2


async def test_an_edit_that_discord_limits_is_made_later(town: Town, bot: Bot) -> None:
    """An edit that Discord limits six times is made later, with the whole answer."""
    box = town.box
    box.model.replies_with("one two three four")
    box.model.pace(first_seconds=0.01, tokens_per_second=20)
    template = "/channels/{channel_id}/messages/{message_id}"
    box.discord.fails("PATCH", template, 429, times=6, retry_after=0.01)
    question = await town.alice.says(town.general, "@Parley hello")
    assert (await box.bot.answers(question)).text == "one two three four"


async def test_a_store_that_is_locked_for_a_while_keeps_no_answer_from_being_shown(town: Town, bot: Bot) -> None:
    """An answer during which a backup locks the database is shown whole, and stored once the lock is gone."""
    box = town.box
    box.model.pace(first_seconds=0.3, tokens_per_second=100)
    box.model.replies_with("word " * 40)
    question = await town.alice.says(town.general, "@Parley hello")
    await box.until(lambda: box.bot.requests(question))
    other = sqlite3.connect(town.folder / "history.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    await bot.logs("could not be recorded")
    other.execute("COMMIT")
    other.close()
    assert (await box.bot.answers(question)).text.split() == ["word"] * 40
    assert len(box.discord.messages(town.general)) == 2
    await bot.logs(": done")
    (content,) = (await town.alice.runs("export", town.general, format="json")).files.values()
    asked, answer = json.loads(content)["conversations"][0]["turns"]
    assert [one["id"] for one in asked["messages"]] == [str(box.bot.shown(question)[0].id)]
    assert (answer["state"], answer["text"].split()) == ("done", ["word"] * 40)


async def test_a_button_that_fails_says_so(town: Town, bot: Bot) -> None:
    """A button that waits too long for a locked database says so; a shorter wait ends in what the button does."""
    box = town.box
    await box.bot.answers(await town.alice.says(town.general, "@Parley hello"))
    await bot.logs(": done")
    reset = await town.alice.runs("reset", town.general)
    other = sqlite3.connect(town.folder / "history.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    pressed = await town.alice.presses(reset.message, "Undo")
    await box.until(lambda: pressed.followups)
    other.execute("COMMIT")
    assert pressed.followups[0].ephemeral
    assert "Something went wrong on my side" in pressed.followups[0].content
    other.execute("BEGIN IMMEDIATE")
    pressing = asyncio.create_task(town.alice.presses(reset.message, "Undo"))
    calls = len(box.discord.calls)
    await box.until(lambda: len(box.discord.calls) > calls)  # the press is acknowledged before it is done
    other.execute("COMMIT")
    other.close()
    await pressing
    await box.until(lambda: "taken back" in reset.message.content)


async def test_a_lost_gateway_is_found_again(town: Town, bot: Bot) -> None:
    """After a dropped gateway connection each question is answered once."""
    box = town.box
    await box.bot.answers(await town.alice.says(town.general, "@Parley one"))
    await box.discord.drops_gateway()
    question = await town.alice.says(town.general, "@Parley two")
    await box.bot.answers(question)
    assert len(box.model.requests) == 2


async def test_a_session_that_had_not_begun_is_not_resumed(town: Town, bot: Bot) -> None:
    """A connection that drops before its session has begun is followed by a new session, not by a resume."""
    box = town.box
    box.discord.invalidates_sessions(resumable=False)
    await box.until(lambda: not box.discord.gateway.heartbeats)
    await box.until(lambda: box.discord.gateway.heartbeats)  # a new connection, on which nothing has begun
    before = len(box.discord.gateway.sessions)
    await box.discord.drops_gateway(4000)
    question = await town.alice.says(town.general, "@Parley are you there?")
    await box.bot.answers(question, timeout=30)
    assert before == 0
    assert len(box.discord.gateway.sessions) == 1
    assert "Traceback" not in bot.log
