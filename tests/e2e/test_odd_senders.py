"""What is nobody's question: webhooks, Discord's own messages, events that come twice; and odd places that hold questions."""

import pytest

from bot.sandbox import Kind, Permission
from bot.sandbox.discord.world.messages import MessageType
from tests.e2e.conftest import Town
from tests.e2e.task import Bot


async def test_a_question_that_is_told_twice_is_answered_once(town: Town, bot: Bot) -> None:
    """Events that Discord sends twice, of a new message as of an edit, are one question and one answer."""
    box = town.box
    question = await town.alice.says(town.general, "@Parley hello")
    box.discord.repeats(question)
    edited = await town.alice.says(town.general, "hello")
    await town.alice.edits(edited, "@Parley hello again")
    box.discord.repeats(edited, "MESSAGE_UPDATE")
    box.discord.repeats(edited)
    for one in (question, edited):
        await box.bot.answers(one)
        box.discord.repeats(one)
    await box.bot.answers(await town.alice.says(town.general, "@Parley bye"))
    assert len(box.model.requests) == 3


async def test_a_message_that_a_webhook_takes_over_is_answered_at_most_once(town: Town, bot: Bot) -> None:
    """Where PluralKit shows a member's message under another name, the webhook's copy is no second question."""
    box = town.box
    hook = town.home.webhook(town.general, "PluralKit")
    said = await town.alice.says(town.general, "@Parley hello from inside")
    copy = await hook.replaces(said, "Fox")
    await box.bot.answers(await town.bob.says(town.general, "@Parley hello"))
    assert not [
        one for one in box.discord.messages(town.general) if one.reference and one.reference.message_id == copy.id
    ]
    assert len(box.model.requests) <= 2


async def test_what_discord_tells_itself_is_no_question(town: Town, bot: Bot) -> None:
    """Pins, joins, boosts, published messages and other messages of Discord's are left alone; a pin asks no question anew."""
    box, home = town.box, town.home
    town.alice.joins(home, [home.role("Owners", Permission.PIN_MESSAGES | Permission.MANAGE_WEBHOOKS)])
    home.tells_in(town.general)
    question = await town.alice.says(town.general, "@Parley hello")
    await box.bot.answers(question)
    await town.alice.pins(question)
    await town.alice.boosts(home)
    box.discord.user("Carol")
    news = home.channel("news", kind=Kind.ANNOUNCEMENT)
    await town.alice.follows(news, into=town.general)
    published = await town.alice.says(news, "@Parley is this news?")
    await box.bot.answers(published)
    await town.alice.crossposts(published)
    home.tells(town.general, MessageType.AUTO_MODERATION_ACTION, town.alice.user, f"{box.bot.mention} hello")
    last = await town.bob.says(town.general, "@Parley bye")
    await box.bot.answers(last)
    assert len(box.model.requests) == 3


@pytest.mark.parametrize("kind", [Kind.FORUM, Kind.MEDIA])
async def test_a_post_is_answered(town: Town, bot: Bot, kind: Kind) -> None:
    """A post of a forum or a media channel that mentions the bot is answered in it."""
    forum = town.home.channel("posts", kind=kind)
    post = await town.alice.opens_post(forum, "A tower", "@Parley look", attachments={"a.png": b"x"})
    (question,) = town.box.discord.messages(post)
    await town.box.bot.answers(question)


@pytest.mark.parametrize("code", [200000, 240000])
async def test_an_answer_with_a_blocked_word_or_link_is_one_line(town: Town, bot: Bot, code: int) -> None:
    """An answer that AutoMod or the filter of links refuses leaves one line, with nothing of what they block."""
    box = town.box
    if code == 200000:
        town.home.blocks("lamp*", bots_too=True)
    else:
        town.home.blocks_links("lamps.example")
    box.model.replies_with("Look at http://lamps.example/buy for more.")
    question = await town.bob.says(town.general, "@Parley where can I buy one?")
    await box.until(lambda: any("blocks my answer" in one.content for one in box.bot.shown(question)))
    assert "lamp" not in box.bot.shown(question)[0].content.partition("-# ")[0]


async def test_a_session_that_begins_anew_hears_on(town: Town, bot: Bot) -> None:
    """After a second session the bot answers what is asked then."""
    await town.box.discord.drops_gateway(4009)
    await town.box.bot.began(2)
    await town.box.bot.answers(await town.alice.says(town.general, "@Parley hello"))
