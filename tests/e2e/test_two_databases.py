"""Two processes with one token and two databases: each answers, and neither touches the other's messages."""

import signal
from contextlib import AsyncExitStack

from bot.chat.endings import SWITCHED_OFF
from bot.sandbox.discord.messages import Message
from tests.e2e.conftest import Town
from tests.e2e.process import Bot, running

WARNING = "another Parley with another database answers with this token"


def answers(town: Town, question: Message) -> list[Message]:
    """All replies of the bot to a question, oldest first."""
    messages = town.box.discord.messages(town.general)
    return [one for one in messages if one.reference is not None and one.reference.message_id == question.id]


def words(message: Message) -> list[str]:
    """The words of an answer, without a line of ours."""
    return message.content.partition("\n-#")[0].split()


async def both(stack: AsyncExitStack, town: Town) -> tuple[Bot, Bot]:
    """Two processes, each with a database of its own, both connected."""
    started: list[Bot] = []
    for name in ("first", "second"):
        (town.folder / name).mkdir(exist_ok=True)
        started.append(await stack.enter_async_context(running(town.box, town.folder / name)))
        await started[-1].logs("connected as")
    return started[0], started[1]


async def test_each_answers_in_messages_of_its_own(town: Town) -> None:
    """Both answer each question, each in its own message, which the other never edits; both say so in their log."""
    box = town.box
    box.model.pace(first_seconds=0.05, tokens_per_second=60)
    async with AsyncExitStack() as stack:
        first, second = await both(stack, town)
        box.model.replies_with("red " * 80, "blue " * 80)
        question = await town.alice.says(town.general, "@Parley hello")
        await box.until(lambda: sorted(len(words(one)) for one in answers(town, question)) == [80, 80], timeout=20)
        assert {frozenset(words(one)) for one in answers(town, question)} == {frozenset({"red"}), frozenset({"blue"})}
        await first.logs(WARNING)
        await second.logs(WARNING)


async def test_a_start_leaves_the_others_messages_alone(town: Town) -> None:
    """A start after a crash finishes the half answer of its own database, and not the other's."""
    box = town.box
    async with AsyncExitStack() as stack:
        bots = await both(stack, town)
        box.model.stalls(after=3)
        box.model.stalls(after=3)
        question = await town.alice.says(town.general, "@Parley hello")
        await box.until(lambda: sum(bool(words(one)) for one in answers(town, question)) == 2)
        for bot in bots:
            await bot.logs(WARNING)
            await bot.stop(signal.SIGKILL)
    before = {one.id: one.content for one in answers(town, question)}
    await box.bot.disconnected()
    async with running(box, town.folder / "first"):
        await box.until(lambda: any(SWITCHED_OFF in one.content for one in answers(town, question)))
    after = {one.id: one.content for one in answers(town, question)}
    assert list(after) == list(before)
    (finished,) = (one for one in after if after[one] != before[one])
    await box.bot.disconnected()
    async with running(box, town.folder / "second"):
        await box.until(lambda: all(SWITCHED_OFF in one.content for one in answers(town, question)))
    last = {one.id: one.content for one in answers(town, question)}
    assert list(last) == list(before)
    assert last[finished] == after[finished]
