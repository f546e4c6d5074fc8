"""Answer this, in the menu of a message."""

import pytest

from bot.chat.texts import TOO_MANY
from bot.cogs.texts import ANSWERING, MINE, NOT_AN_ASKER, NOTHING_TO_READ
from bot.sandbox import Message, Permission
from tests.e2e.buttons import labels
from tests.e2e.conftest import Town
from tests.e2e.task import Bot, running


async def answered_reply(town: Town, about: Message, text: str) -> Message:
    """Wait for the answer that replies to a message."""
    box = town.box

    def found() -> Message | None:
        said = (one for one in box.discord.messages(about.channel) if one.author is box.bot.user and one.reference)
        return next(
            (one for one in said if one.reference and one.reference.message_id == about.id and one.content == text),
            None,
        )

    return await box.until(found)


async def test_a_message_of_another_person_is_answered(town: Town, bot: Bot) -> None:
    """Whoever uses Answer this asks: the message is quoted whole, nobody is pinged, and the turn is part of the conversation."""
    box = town.box
    said = await town.bob.says(town.general, "why is the sky blue? " + "really " * 150)
    box.model.replies_with("Scattering.")
    response = await town.alice.uses("Answer this", said)
    assert (response.content, response.ephemeral) == (ANSWERING, True)
    answer = await answered_reply(town, said, "Scattering.")
    assert answer.mentions.users == ()
    prompt = box.model.requests[0].question
    assert prompt.startswith("Alice (#")
    assert "Please answer this message of Bob (#" in prompt
    assert prompt.count("really") == 150
    later = await town.alice.says(town.general, "@Parley and now?")
    await box.bot.answers(later)
    assert [one["role"] for one in box.bot.requests(later)[0].messages] == ["system", "user", "assistant", "user"]


async def test_an_own_message_is_answered(town: Town, bot: Bot) -> None:
    """Answer this on one's own message quotes it; in a direct message too. It goes from the history with its message."""
    box = town.box
    for place in (town.general, await town.alice.dm()):
        said = await town.alice.says(place, "the sky?") if place is town.general else None
        if said is None:
            other = await town.alice.says(place, "hello")
            await box.bot.answers(other)
            said = other
        box.model.replies_with("Blue.")
        await town.alice.uses("Answer this", said)
        await answered_reply(town, said, "Blue.")
    assert box.model.requests[0].question.endswith("):\n> the sky?")
    (own,) = [one for one in box.discord.messages(town.general) if one.author is town.alice.user]
    await town.alice.deletes(own)
    later = await town.alice.says(town.general, "@Parley and now?")
    await box.bot.answers(later)
    assert "the sky?" not in str(box.bot.requests(later)[0].messages)


async def test_what_cannot_be_answered_is_said_in_private(town: Town, bot: Bot) -> None:
    """Answer this on a message of the bot, on an empty one, and of a person who may not write there is declined."""
    box = town.box
    question = await town.alice.says(town.general, "@Parley hello")
    answer = (await box.bot.answers(question)).messages[0]
    assert (await town.bob.uses("Answer this", answer)).content == MINE
    empty = await town.alice.says(town.general, "@Parley")
    assert (await town.bob.uses("Answer this", empty)).content == NOTHING_TO_READ
    town.home.permits(town.general, deny={town.bob.user: Permission.SEND_MESSAGES})
    assert (await town.bob.uses("Answer this", question)).content == NOT_AN_ASKER
    assert len(box.model.requests) == 1


@pytest.mark.parametrize("again", ["restart", "limit"])
async def test_a_question_through_the_menu_is_a_question(town: Town, again: str) -> None:
    """It counts in `limits.user_per_minute`; after a restart its answer is made again from the message."""
    box = town.box
    async with running(box, town.folder, PARLEY_LIMITS__USER_PER_MINUTE="1" if again == "limit" else "0"):
        said = await town.bob.says(town.general, "why?")
        box.model.replies_with("Because.")
        await town.alice.uses("Answer this", said)
        answer = await answered_reply(town, said, "Because.")
        if again == "limit":
            assert (await town.alice.uses("Answer this", said)).content == TOO_MANY
            return
        await box.until(lambda: "Regenerate" in labels(answer))
    async with running(box, town.folder):
        box.model.replies_with("Therefore.")
        await town.alice.uses("Regenerate", answer)
        await box.until(lambda: answer.content == "Therefore.")


async def test_a_message_of_a_person_on_the_deny_list_is_not_answered(town: Town) -> None:
    """Through the menu, a message of a person whom the access lists deny has nothing to read, and nothing of it is stored."""
    async with running(town.box, town.folder, PARLEY_ACCESS__DENY_USERS=str(town.bob.id)):
        said = await town.bob.says(town.general, "why?")
        assert (await town.alice.uses("Answer this", said)).content == NOTHING_TO_READ
        assert town.box.model.requests == []
