"""Regenerate, and `< 2/3 >` between the attempts at an answer."""

from bot.chat.texts import TOO_MANY
from bot.cogs.texts import AGAIN, NOT_AN_ANSWER, NOT_OPEN, NOT_YOUR_QUESTION, SHOWN_SOON
from bot.sandbox import Message
from tests.e2e.buttons import labels, offered
from tests.e2e.conftest import Town
from tests.e2e.task import Bot, running

LONG = " ".join(f"wonderful{number}" for number in range(400))


async def answered(town: Town, text: str, reply: str) -> Message:
    """A question and its answer, once its row of buttons stands; returns the question."""
    town.box.model.replies_with(reply)
    question = await town.alice.says(town.general, f"@Parley {text}")
    await offered(town.box, question, "Regenerate")
    return question


async def sent_next(town: Town) -> list[str]:
    """Return the answers that the model is sent with the next question."""
    question = await town.alice.says(town.general, "@Parley and now?")
    await town.box.bot.answers(question)
    return [one["content"] for one in town.box.bot.requests(question)[-1].messages if one["role"] == "assistant"]


async def test_an_answer_is_made_again_and_picked(town: Town, bot: Bot) -> None:
    """Regenerate makes another attempt in the same message; `<` and `>` change what is shown and what the model is sent."""
    box = town.box
    question = await answered(town, "hello", "one")
    (message,) = box.bot.shown(question)
    assert (await town.bob.presses(message, "Regenerate")).content == NOT_YOUR_QUESTION
    box.model.replies_with("two")
    await town.alice.presses(message, "Regenerate")
    await offered(box, question, "<", "2/2", "Regenerate")
    assert (box.bot.shown(question), message.content) == ([message], "two")
    assert [one["role"] for one in box.model.requests[1].messages] == ["system", "user"]
    await town.alice.presses(message, "<")
    await offered(box, question, "1/2", ">", "Regenerate")
    assert message.content == "one"
    assert await sent_next(town) == ["one"]
    await box.until(lambda: labels(message) == [])


async def test_five_messages_become_one_and_five_again(town: Town, bot: Bot) -> None:
    """An attempt that needs fewer messages deletes the others; one that needs more sends them at the end."""
    box = town.box
    question = await answered(town, "hello", LONG)
    before = box.bot.shown(question)
    assert len(before) == 3
    box.model.replies_with("short")
    await town.alice.presses(before[-1], "Regenerate")
    await box.until(lambda: [one.content for one in box.bot.shown(question)] == ["short"])
    message = await offered(box, question, "<", "2/2", "Regenerate")
    assert message is before[0]
    await town.alice.presses(message, "<")
    last = await offered(box, question, "1/2", ">", "Regenerate")
    assert [one.content for one in box.bot.shown(question)] == [one.content for one in before]
    assert box.bot.shown(question)[0] is before[0]
    await town.alice.presses(last, ">")
    await box.until(lambda: box.bot.shown(question) == [message] and labels(message) == ["<", "2/2", "Regenerate"])


async def test_a_pick_survives_a_restart_and_a_year(town: Town) -> None:
    """Picks work after a restart and under a message of last year; Discord shows each choice."""
    box = town.box
    async with running(box, town.folder):
        question = await answered(town, "hello", "one")
        box.model.replies_with("two")
        await town.alice.presses(box.bot.shown(question)[0], "Regenerate")
        message = await offered(box, question, "<", "2/2", "Regenerate")
    box.clock.moves(seconds=365 * 86_400)
    async with running(box, town.folder):
        await town.alice.presses(message, "<")
        await box.until(lambda: message.content == "one" and labels(message) == ["1/2", ">", "Regenerate"])
        await town.alice.presses(message, ">")
        await box.until(lambda: message.content == "two" and labels(message) == ["<", "2/2", "Regenerate"])


async def test_the_menu_makes_an_older_answer_again(town: Town, bot: Bot) -> None:
    """Regenerate in the menu of an older answer makes another attempt with what was said before it; later turns stay."""
    box = town.box
    first = await answered(town, "first", "A1")
    second = await answered(town, "second", "A2")
    (message,) = box.bot.shown(first)
    await box.until(lambda: labels(message) == [])
    box.model.replies_with("B1")
    response = await town.alice.uses("Regenerate", message)
    assert response.ephemeral
    assert response.content == AGAIN
    await offered(box, first, "<", "2/2", "Regenerate")
    assert (message.content, len(box.model.requests[2].messages)) == ("B1", 2)
    assert await sent_next(town) == ["B1", "A2"]
    assert len(box.bot.shown(second)) == 1
    assert (await town.bob.uses("Regenerate", message)).content == NOT_YOUR_QUESTION
    assert (await town.alice.uses("Regenerate", second)).content == NOT_AN_ANSWER


async def test_an_answer_before_a_reset_is_not_made_again(town: Town, bot: Bot) -> None:
    """Regenerate of a conversation that was reset says so; after Undo it works."""
    box = town.box
    question = await answered(town, "hello", "one")
    (message,) = box.bot.shown(question)
    reset = await town.alice.runs("reset", town.general)
    assert (await town.alice.presses(message, "Regenerate")).content == NOT_OPEN
    assert (await town.alice.uses("Regenerate", message)).content == NOT_OPEN
    await town.alice.presses(reset.message, "Undo")
    await town.alice.presses(message, "Regenerate")
    await box.until(lambda: labels(message) == ["<", "2/2", "Regenerate"])


async def test_the_row_stands_on_the_last_answer_only(town: Town, bot: Bot) -> None:
    """The row leaves the answer before by one edit of its buttons, and a mention costs one request more than its answer."""
    box = town.box
    messages: list[Message] = []
    for number in range(3):
        question = await answered(town, f"question {number}", f"A{number}")
        messages += box.bot.shown(question)
    await box.until(lambda: [labels(one) for one in messages] == [[], [], ["Regenerate"]])
    edits = [call for call in box.discord.calls if call.method == "PATCH" and "'content'" not in str(call.body)]
    assert len(edits) == 2


async def test_buttons_only_under_what_failed(town: Town) -> None:
    """With `answers.buttons = "failed"` a whole answer has no buttons; one that broke off has Retry."""
    box = town.box
    async with running(box, town.folder, PARLEY_ANSWERS__BUTTONS="failed"):
        box.model.replies_with("one")
        whole = await town.alice.says(town.general, "@Parley hello")
        await box.until(lambda: bool(found := box.bot.shown(whole)) and labels(found[0]) == [])
        box.model.cuts_after(3)
        broken = await town.alice.says(town.general, "@Parley and now?")
        await offered(box, broken, "Retry")


async def test_a_press_counts_like_a_question(town: Town) -> None:
    """Regenerate counts in `limits.user_per_minute`, a pick does not."""
    box = town.box
    async with running(box, town.folder, PARLEY_LIMITS__USER_PER_MINUTE="2"):
        question = await answered(town, "hello", "one")
        box.model.replies_with("two")
        await town.alice.presses(box.bot.shown(question)[0], "Regenerate")
        message = await offered(box, question, "<", "2/2", "Regenerate")
        assert (await town.alice.presses(message, "Regenerate")).content == TOO_MANY
        await town.alice.presses(message, "<")
        await offered(box, question, "1/2", ">", "Regenerate")


async def test_an_answer_whose_message_was_deleted_by_hand(town: Town, bot: Bot) -> None:
    """Regenerate of an answer whose first message was deleted by hand uses what is left of it; the answer before is gone."""
    box = town.box
    question = await answered(town, "hello", LONG)
    first, *rest = box.bot.shown(question)
    box.discord.deletes(first)
    box.model.replies_with("short " * 500)
    await town.alice.presses(rest[-1], "Regenerate")
    await box.until(lambda: rest[-1].content.startswith("short") and labels(rest[-1]) == ["Regenerate"])


async def test_old_messages_take_few_edits(town: Town, bot: Bot) -> None:
    """A pick that Discord's limit for old messages (30046) delays is said in private, and shown when Discord takes it."""
    box = town.box
    question = await answered(town, "hello", "one")
    (message,) = box.bot.shown(question)
    box.model.replies_with("two")
    await town.alice.presses(message, "Regenerate")
    await offered(box, question, "<", "2/2", "Regenerate")
    box.clock.moves(seconds=7_200)
    box.discord.enforces_limits(scale=0.2)
    for label, text in (("<", "one"), (">", "two"), ("<", "one")):
        await town.alice.presses(message, label)
        await box.until(lambda text=text: message.content == text)
    delayed = await town.alice.presses(message, ">")
    await box.until(lambda: bool(delayed.followups))
    assert (delayed.followups[-1].content, delayed.followups[-1].ephemeral) == (SHOWN_SOON, True)
    assert any(call.status == 429 for call in box.discord.calls)
    await box.until(lambda: message.content == "two")
