"""The bot on a Discord that limits, loses and cuts: what its users must not notice."""

import pytest

from tests.e2e.conftest import Town
from tests.e2e.task import Bot

MESSAGES = "/channels/{channel_id}/messages"
ONE = "/channels/{channel_id}/messages/{message_id}"


async def test_discords_limits_are_obeyed_and_cost_no_text(town: Town, bot: Bot) -> None:
    """A bot that runs into 429s is banned for an hour after enough of them; one that gives up loses half its answers."""
    box = town.box
    box.discord.enforces_limits(scale=0.5)
    box.model.pace(first_seconds=0.01, tokens_per_second=150)
    box.model.replies_with(*(f"{n}: " + "word " * 200 for n in range(3)))
    questions = [await town.alice.says(town.general, f"@Parley {n}") for n in range(3)]
    for question in questions:
        await box.bot.answers(question, timeout=60)
    assert [call.path for call in box.discord.calls if call.status == 429] == []


@pytest.mark.parametrize("times", [1, 2])
async def test_a_message_whose_answer_was_lost_is_not_sent_twice(town: Town, bot: Bot, times: int) -> None:
    """Discord had carried the request out when the connection broke: people would read the same answer twice."""
    box = town.box
    box.discord.loses_answers("POST", MESSAGES, times=times)
    question = await town.alice.says(town.general, "@Parley hello")
    await box.bot.answers(question)
    assert len([one for one in box.discord.messages(town.general) if one.author is box.bot.user]) == 1


async def test_a_last_edit_that_is_lost_is_made_again(town: Town, bot: Bot) -> None:
    """The answer would stop in the middle of a sentence, with nothing to show that there is more."""
    box = town.box
    box.model.pace(first_seconds=0.01, tokens_per_second=100)
    box.model.replies_with("word " * 150)
    box.discord.resets("PATCH", ONE, times=2)
    question = await town.alice.says(town.general, "@Parley hello")
    await box.bot.answers(question, timeout=30)


@pytest.mark.parametrize("route", [("POST", MESSAGES), ("PATCH", ONE)])
async def test_answers_survive_a_discord_that_fails_now_and_then(town: Town, bot: Bot, route: tuple[str, str]) -> None:
    """On a bad day Discord refuses every third call, and the bot would lose every third answer."""
    box = town.box
    box.discord.fails(*route, 502, times=None, share=0.3)
    box.model.pace(first_seconds=0.01, tokens_per_second=400)
    box.model.replies_with("word " * 300, "word " * 300)
    rooms = [town.general, town.home.channel("random")]
    questions = [await town.alice.says(room, "@Parley hello") for room in rooms]
    for question in questions:
        await box.bot.answers(question, timeout=45)


async def test_a_link_to_nowhere_and_a_bulk_deletion_disturb_nothing(town: Town, bot: Bot) -> None:
    """A moderator who clears a channel, or Discord that adds a preview to a link, would stop the bot."""
    box = town.box
    question = await town.alice.says(town.general, "@Parley look at https://example.com/page")
    await box.bot.answers(question)
    embed = {"type": "link", "url": "https://example.com/page", "title": "A page"}
    box.discord.unfurls(question, [embed])
    box.discord.deletes_many(box.discord.messages(town.general))
    later = await town.alice.says(town.general, "@Parley are you there?")
    await box.bot.answers(later)
    assert len(box.bot.requests(question)) == 1


async def test_an_outage_of_the_server_is_no_farewell(town: Town, bot: Bot) -> None:
    """A guild that Discord cannot reach for a minute would be forgotten, with all its conversations."""
    box = town.box
    await box.bot.answers(await town.alice.says(town.general, "@Parley one"))
    box.discord.takes_down(town.home)
    box.discord.brings_back(town.home)
    later = await town.alice.says(town.general, "@Parley two")
    await box.bot.answers(later)
    assert len(box.bot.requests(later)[0].messages) == 4


@pytest.mark.parametrize("resumable", [True, False])
async def test_an_invalid_session_is_begun_anew(town: Town, bot: Bot, resumable: bool) -> None:
    """Discord ends sessions now and then; a bot that waits to be told why stays away."""
    box = town.box
    box.discord.invalidates_sessions(resumable=resumable)
    await box.bot.disconnected()
    await box.bot.connected(30)
    await box.bot.answers(await town.alice.says(town.general, "@Parley hello"))
