"""The bot on a Discord that limits, loses and cuts: its users see whole answers, each once."""

import pytest

from tests.e2e.conftest import Town
from tests.e2e.task import Bot

MESSAGES = "/channels/{channel_id}/messages"
ONE = "/channels/{channel_id}/messages/{message_id}"


async def test_discords_limits_are_obeyed_and_cost_no_text(town: Town, bot: Bot) -> None:
    """Three long answers are shown whole without one request above Discord's limits."""
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
    """A message that was sent, but whose response was lost, is not shown twice."""
    box = town.box
    box.discord.loses_answers("POST", MESSAGES, times=times)
    question = await town.alice.says(town.general, "@Parley hello")
    await box.bot.answers(question)
    assert len([one for one in box.discord.messages(town.general) if one.author is box.bot.user]) == 1


async def test_a_last_edit_that_is_lost_is_made_again(town: Town, bot: Bot) -> None:
    """A last edit whose connection breaks is made again."""
    box = town.box
    box.model.pace(first_seconds=0.01, tokens_per_second=100)
    box.model.replies_with("word " * 150)
    box.discord.resets("PATCH", ONE, times=2)
    question = await town.alice.says(town.general, "@Parley hello")
    await box.bot.answers(question, timeout=30)


@pytest.mark.parametrize("route", [("POST", MESSAGES), ("PATCH", ONE)])
async def test_answers_survive_a_discord_that_fails_now_and_then(town: Town, bot: Bot, route: tuple[str, str]) -> None:
    """Answers are shown whole when Discord refuses three of ten calls."""
    box = town.box
    box.discord.fails(*route, 502, times=None, share=0.3)
    box.model.pace(first_seconds=0.01, tokens_per_second=400)
    box.model.replies_with("word " * 300, "word " * 300)
    rooms = [town.general, town.home.channel("random")]
    questions = [await town.alice.says(room, "@Parley hello") for room in rooms]
    for question in questions:
        await box.bot.answers(question, timeout=45)


async def test_a_link_to_nowhere_and_a_bulk_deletion_disturb_nothing(town: Town, bot: Bot) -> None:
    """A link preview is no second question, and the bot goes on after a channel is cleared."""
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
    """A server that was unavailable for a while keeps its conversations."""
    box = town.box
    await box.bot.answers(await town.alice.says(town.general, "@Parley one"))
    box.discord.takes_down(town.home)
    box.discord.brings_back(town.home)
    later = await town.alice.says(town.general, "@Parley two")
    await box.bot.answers(later)
    assert len(box.bot.requests(later)[0].messages) == 4


@pytest.mark.parametrize("resumable", [True, False])
async def test_an_invalid_session_is_begun_anew(town: Town, bot: Bot, resumable: bool) -> None:
    """The bot connects again after Discord has declared its session invalid, resumable or not."""
    box = town.box
    box.discord.invalidates_sessions(resumable=resumable)
    await box.bot.disconnected()
    await box.bot.connected(30)
    await box.bot.answers(await town.alice.says(town.general, "@Parley hello"))
