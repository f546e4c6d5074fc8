"""Answers in Markdown that Discord does not know, as Discord's renderer shows them, from the whole bot."""

import pytest

from bot.errors import ModelSilent
from bot.sandbox import Message
from bot.sandbox.discord.world.messages import MessageFlag
from tests.e2e.conftest import Town
from tests.e2e.task import Bot, running
from tests.truth.markdown import blocks, outside, rendered, shown

DEEP = "### Lamps\n\n#### Oil\nSmells.\n\n##### Gas\nHisses."
NESTED = "A README:\n\n````md\n# Lamp\n\n```sh\nlamp --on\n```\n\nUse *care*.\n````\n\nThat is all."
TILDES = "Run this:\n\n~~~python\nprint('lamp')  # **bold**\n~~~\n\nDone."
LINK = "See [https://lamps.example/a](https://lamps.example/a) for more."


async def answer(town: Town, text: str, containing: str | None = None) -> list[Message]:
    """The messages of an answer in which the model wrote `text`."""
    town.box.model.replies_with(text)
    question = await town.alice.says(town.general, "@Parley go on")
    return list((await town.box.bot.answers(question, containing=containing, timeout=30)).messages)


async def test_an_answer_is_shown_in_discords_markdown(town: Town, bot: Bot) -> None:
    """Deep headings, fences that Discord does not know and links to their own text are shown as they were meant."""
    (deep,) = await answer(town, DEEP)
    assert "#" not in shown(deep.content)
    (nested,) = await answer(town, NESTED)
    assert outside(nested.content).split() == ["A", "README:", "That", "is", "all."]
    assert "lamp --on" in blocks(nested.content)[0][1]
    (tildes,) = await answer(town, TILDES)
    assert blocks(tildes.content) == [("python", "print('lamp')  # **bold**")]
    (link,) = await answer(town, LINK)
    assert shown(link.content) == "See https://lamps.example/a for more."


async def test_what_is_stored_is_what_the_model_wrote(town: Town, bot: Bot) -> None:
    """The next question is sent with the answer as the model wrote it, not as Discord shows it."""
    await answer(town, NESTED)
    await answer(town, "Fine.")

    assert [
        message["content"] for message in town.box.model.requests[-1].messages if message["role"] == "assistant"
    ] == [NESTED]


async def test_quotes_and_bold_text_go_on_in_each_message(town: Town, bot: Bot) -> None:
    """Each message of a long quote is a quote, and each message of a long bold text is bold."""
    quote = "\n".join(f"> line {number} of what somebody said long ago" for number in range(70))
    messages = await answer(town, f"{quote}\n\n**{'very important words about lamps ' * 80}**")

    assert len(messages) == 3
    runs = [run for message in messages for run in rendered(message.content) if run.text.strip()]
    assert {tuple(run.styles) for run in runs if "somebody" in run.text} == {("quote",)}
    assert {tuple(run.styles) for run in runs if "lamps" in run.text} == {("bold",)}


@pytest.mark.parametrize("text", ["\u200b\u200b \u2060\n\ufeff", "\u3164", "\u2800\n\u200e"])
async def test_an_invisible_answer_is_said_to_be_empty(town: Town, bot: Bot, text: str) -> None:
    """An answer of invisible characters is said to be empty, and nothing is sent that Discord refuses."""
    messages = await answer(town, text, ModelSilent.public)

    assert [ModelSilent.public in message.content for message in messages] == [True]
    assert [call.status for call in town.box.discord.calls if call.status >= 400] == []


@pytest.mark.parametrize("previews", ["true", "false"])
async def test_link_previews_can_be_switched_off(town: Town, previews: str) -> None:
    """With `answers.link_previews` off, each message of an answer is sent with the flag that suppresses previews."""
    async with running(town.box, town.folder, PARLEY_ANSWERS__LINK_PREVIEWS=previews):
        messages = await answer(town, f"{'words ' * 400}{LINK}")

    assert len(messages) == 2
    suppressed = [bool(message.flags & MessageFlag.SUPPRESS_EMBEDS) for message in messages]
    assert suppressed == [previews == "false"] * 2
