"""People edit questions that wait, that are being answered, and that were answered long ago."""

import asyncio

import pytest

from bot.sandbox import Permission
from bot.sandbox.discord.rest.calls import Call
from bot.sandbox.model.requests import Outcome
from tests.e2e.asking import WORDS, growing, of_bot, prompt_of
from tests.e2e.buttons import labels, offered
from tests.e2e.conftest import Town
from tests.e2e.stored import rows
from tests.e2e.task import Bot, running
from tests.e2e.test_displays import EDIT, SEND, within

FAILED_ONLY = {"PARLEY_ANSWERS__BUTTONS": "failed"}
MEMBER = "/guilds/{guild_id}/members/{user_id}"
READS = {"PARLEY_DISCORD__FOLLOW_THREADS": "true"}


async def test_editing_a_question_while_its_answer_grows_begins_it_again(town: Town, bot: Bot) -> None:
    """The request is closed, another one asks the new text, and its answer stands in the message of the first."""
    box = town.box
    question, message = await growing(town, "which colour?")
    box.model.replies_with("quite loud")
    await town.alice.edits(question, "@Parley how loud?")
    await box.until(lambda: message.content == "quite loud")
    assert box.model.requests[0].outcome is Outcome.ABANDONED
    assert len(of_bot(town)) == 1
    prompt = await prompt_of(town, "and now?")
    assert "how loud?" in prompt
    assert "colour" not in prompt
    assert "word0" not in prompt
    assert await rows(town, "SELECT sibling, state, reason, text, chosen FROM answers WHERE position = 1") == [
        (1, "stopped", "edit", "", 0),
        (2, "done", "stop", "quite loud", 1),
    ]
    assert await rows(town, "SELECT state, text FROM questions WHERE position = 1") == [
        ("begun", f"{box.bot.mention} how loud?")
    ]


async def test_editing_a_question_that_waits_asks_the_new_text(town: Town, bot: Bot) -> None:
    """A question behind another is edited: the model is asked once, with the new text."""
    box = town.box
    await growing(town)
    waiting = await town.alice.says(town.general, "@Parley old words")
    await town.alice.edits(waiting, "@Parley new words")
    await bot.logs(f"question {waiting.id} was edited")
    await town.alice.runs("stop", town.general)
    other = await town.bob.says(town.general, "@Parley last")
    await box.bot.answers(other)
    stopped = str([request.messages for request in box.model.requests])
    assert "old words" not in stopped
    assert "new words" in stopped


async def test_an_edit_before_the_model_says_a_word(town: Town, bot: Bot) -> None:
    """The model is thinking when the question is edited: one answer stands there, to the new text."""
    box = town.box
    box.model.stalls(after=0, times=1)
    question = await town.alice.says(town.general, "@Parley old words")
    await box.until(lambda: bool(box.model.requests))
    box.model.replies_with("to the new words")
    await town.alice.edits(question, "@Parley new words")
    await box.bot.answers(question, containing="to the new words")
    assert len(of_bot(town)) == 1
    assert len(box.model.requests) == 2


async def test_editing_an_answered_question_changes_later_prompts(town: Town) -> None:
    """The turn has the new text with its own tokens, and the last answer offers Regenerate, which answers it."""
    box = town.box
    async with running(box, town.folder, **FAILED_ONLY) as bot:
        box.model.replies_with("nice")
        first = await town.alice.says(town.general, "@Parley my cat is called Ada")
        await box.bot.answers(first)
        question = await town.alice.says(town.general, "@Parley a dog?")
        await box.bot.answers(question)
        message = await offered(box, question)
        await town.alice.edits(question, "@Parley a dog, or a wolf that howls?")
        await offered(box, question, "Regenerate")
        ((tokens, change),) = await rows(town, "SELECT tokens, change FROM questions WHERE position = 2")
        await town.alice.edits(first, "@Parley my cat is called Bea")
        await bot.logs(f"question {first.id} was edited")
        box.model.replies_with("howling")
        await town.alice.presses(message, "Regenerate")
        await box.until(lambda: message.content == "howling")
        prompt = str(box.model.requests[-1].messages)
        assert "wolf that howls" in prompt
        assert "called Bea" in prompt
        assert "called Ada" not in prompt
        assert change == "edit"
        assert tokens > (await rows(town, "SELECT tokens FROM questions WHERE position = 1"))[0][0]
        await box.until(lambda: labels(message) == [])


async def test_what_is_no_edit_of_the_text_changes_nothing(town: Town, bot: Bot) -> None:
    """Link previews, pins, and an edit to the same words ask the model nothing again, be the question edited before or not."""
    box = town.box
    town.alice.joins(town.home, roles=[town.home.role("pins", Permission.PIN_MESSAGES)])
    question = await town.alice.says(town.general, "@Parley look at https://example.com")
    await box.bot.answers(question)
    box.discord.unfurls(question, [{"type": "link", "url": "https://example.com", "title": "Example"}])
    await town.alice.pins(question)
    await town.alice.edits(question, "@Parley look at https://example.org")
    await bot.logs(f"question {question.id} was edited")
    box.discord.unfurls(question, [{"type": "link", "url": "https://example.org", "title": "Example"}])
    await town.alice.edits(question, "@Parley look at https://example.org")
    await prompt_of(town, "and now?")
    assert bot.log.count("was edited") == 1
    assert len(box.model.requests) == 2
    assert await rows(town, "SELECT revision FROM questions WHERE position = 1") == [(1,)]


async def test_an_edit_without_content_keeps_the_old_text(town: Town, bot: Bot) -> None:
    """Without the content intent, an edit that takes the mention out comes without its text: what was asked stays."""
    box = town.box
    question = await town.alice.says(town.general, "@Parley which colour?")
    await box.bot.answers(question)
    await town.alice.edits(question, "which sound?")
    prompt = await prompt_of(town, "and now?")
    assert "which colour?" in prompt
    assert await rows(town, "SELECT revision FROM questions WHERE position = 1") == [(0,)]


async def test_an_edit_that_takes_the_mention_out_is_one_with_the_intent(town: Town) -> None:
    """With the content intent the bot reads such an edit, and later prompts have its text."""
    box = town.box
    async with running(box, town.folder, **READS) as bot:
        question = await town.alice.says(town.general, "@Parley which colour?")
        await box.bot.answers(question)
        await town.alice.edits(question, "which sound?")
        await bot.logs(f"question {question.id} was edited")
        assert "which sound?" in await prompt_of(town, "and now?")


async def test_an_edit_to_four_thousand_characters(town: Town, bot: Bot) -> None:
    """A question becomes as long as Nitro allows while its answer grows, and once more after that."""
    box = town.box
    question, message = await growing(town)
    long = "many words " * 360
    box.model.replies_with("to many words")
    await town.alice.edits(question, f"@Parley {long}")
    await box.until(lambda: message.content == "to many words")
    assert long.strip() in str(box.model.requests[-1].messages)
    await town.alice.edits(question, f"@Parley {long}indeed")
    await bot.logs(f"question {question.id} was edited after its answer")
    assert f"{long}indeed" in await prompt_of(town, "and now?")


async def test_edits_at_ten_a_second_are_few_requests(town: Town, bot: Bot) -> None:
    """Thirty edits in a row ask the model at most twice more, and the last text is what counts."""
    box = town.box
    box.model.stalls(after=2, times=None)
    question = await town.alice.says(town.general, "@Parley hello")
    await box.until(lambda: bool(box.model.requests))
    for number in range(30):
        await town.alice.edits(question, f"@Parley version {number}")
        await asyncio.sleep(0.01)
    await box.until(lambda: "version 29" in str(box.model.requests[-1].messages))
    assert len(box.model.requests) <= 3
    assert [one.outcome for one in box.model.requests[:-1]] == [Outcome.ABANDONED] * (len(box.model.requests) - 1)
    box.model.is_well()
    await town.alice.runs("stop", town.general)
    assert "version 29" in await prompt_of(town, "and now?")


async def test_an_edit_after_a_reset_changes_the_old_conversation_alone(town: Town, bot: Bot) -> None:
    """The new conversation does not have the question, before its edit or after it."""
    box = town.box
    question = await town.alice.says(town.general, "@Parley which colour?")
    await box.bot.answers(question)
    await town.alice.runs("reset", town.general)
    await town.alice.edits(question, "@Parley which sound?")
    await bot.logs(f"question {question.id} was edited")
    prompt = await prompt_of(town, "and now?")
    assert "colour" not in prompt
    assert "sound" not in prompt
    assert await rows(town, "SELECT text FROM questions WHERE position = 1") == [(f"{box.bot.mention} which sound?",)]


async def test_an_edit_while_another_attempt_grows(town: Town, bot: Bot) -> None:
    """Regenerate is under way when the question is edited: the attempt begins again with the new text."""
    box = town.box
    question = await town.alice.says(town.general, "@Parley which colour?")
    message = await offered(box, question, "Regenerate")
    box.model.replies_with(WORDS)
    box.model.stalls(after=6, times=1)
    await town.alice.presses(message, "Regenerate")
    await box.until(lambda: len(box.model.requests) == 2)
    box.model.replies_with("quite loud")
    await town.alice.edits(question, "@Parley how loud?")
    await box.until(lambda: message.content == "quite loud")
    assert "how loud?" in str(box.model.requests[-1].messages)
    assert len(of_bot(town)) == 1


async def test_a_question_is_edited_and_then_deleted(town: Town, bot: Bot) -> None:
    """Both at once: the question is erased, and nothing of it stays on Discord."""
    box = town.box
    question, message = await growing(town, "old words")
    await town.alice.edits(question, "@Parley new words")
    await town.alice.deletes(question)
    await box.until(lambda: message.deleted)
    box.model.is_well()
    assert "words" not in await prompt_of(town, "and now?")
    assert await rows(town, "SELECT state FROM questions WHERE position = 1") == [("deleted",)]


async def test_a_mention_that_an_edit_adds_is_answered_once(town: Town, bot: Bot) -> None:
    """A message without a mention gets one, and is then edited again: one answer stands there, to its last text."""
    box = town.box
    message = await town.alice.says(town.general, "which colour?")
    await town.alice.edits(message, "@Parley which colour?")
    await box.bot.answers(message)
    await town.alice.edits(message, "@Parley which sound?")
    await bot.logs(f"question {message.id} was edited")
    assert "which sound?" in await prompt_of(town, "and now?")
    assert len(of_bot(town)) == 2


async def test_what_was_edited_while_the_bot_was_away_is_found(town: Town) -> None:
    """An answered question is edited; one new mention lets the bot look, and its prompt has the new text."""
    box = town.box
    async with running(box, town.folder):
        box.model.replies_with("nice")
        question = await town.alice.says(town.general, "@Parley my cat is called Ada")
        await box.bot.answers(question)
        await offered(box, question, "Regenerate")
    await town.alice.edits(question, "@Parley my cat is called Bea")
    missed = await town.bob.says(town.general, "@Parley and now?")
    async with running(box, town.folder):
        await box.bot.answers(missed)
        prompt = str(box.bot.requests(missed)[-1].messages)
        assert "called Bea" in prompt
        assert "called Ada" not in prompt
    async with running(box, town.folder):
        later = await town.bob.says(town.general, "@Parley and then?")
        await box.bot.answers(later)
        assert await rows(town, "SELECT revision FROM questions WHERE position = 1") == [(1,)]


async def test_editing_quoted_words_changes_later_prompts(town: Town) -> None:
    """Later prompts quote the new words of a message, and the receipt names the edit; also after one while the bot was away."""
    box = town.box
    box.model.replies_with("nice")
    async with running(box, town.folder, **READS) as bot:
        said = await town.bob.says(town.general, "the code is 1234")
        question = await town.alice.says(town.general, "@Parley is that right?", reply_to=said)
        await box.bot.answers(question)
        await town.bob.edits(said, "the code is 5678")
        await bot.logs("which a question quotes, was edited")
        asked = await town.alice.says(town.general, "@Parley and now?")
        await box.bot.answers(asked)
        prompt = str(box.bot.requests(asked)[-1].messages)
        assert "5678" in prompt
        assert "1234" not in prompt
        await offered(box, asked, "Regenerate")
        assert await rows(town, "SELECT broken_from, broken_by FROM calls ORDER BY id") == [(None, None), (1, "edit")]
    await town.bob.edits(said, "the code is 9999")
    missed = await town.alice.says(town.general, "@Parley and then?")
    async with running(box, town.folder, **READS) as bot:
        await box.bot.answers(missed)
        await bot.logs("which a question quotes, was edited")
        asked = await town.alice.says(town.general, "@Parley and last?")
        await box.bot.answers(asked)
        assert "9999" in str(box.bot.requests(asked)[-1].messages)


async def test_quoted_words_are_edited_while_the_question_waits(town: Town) -> None:
    """The model is sent the words as they are when the question's turn comes, and nothing of the old ones is stored."""
    box = town.box
    async with running(box, town.folder, **READS):
        await growing(town)
        quoted = await town.alice.says(town.general, "the code is 1234")
        question = await town.bob.says(town.general, "@Parley is that right?", reply_to=quoted)
        await town.alice.edits(quoted, "the code is 5678")
        box.model.is_well()
        await town.alice.runs("stop", town.general)
        await box.bot.answers(question)
        assert "5678" in str(box.bot.requests(question)[-1].messages)
        assert await rows(town, "SELECT count(*) FROM contents WHERE text LIKE '%1234%'") == [(0,)]


async def test_quoted_words_are_edited_after_they_were_looked_up(town: Town) -> None:
    """A linked message is edited while a file of the question is fetched: later prompts and the store have its new words."""
    box = town.box
    async with running(box, town.folder, PARLEY_FILES__SECONDS="2", **READS) as bot:
        known = await town.bob.says(town.general, "tea is hot")
        await box.bot.answers(await town.alice.says(town.general, "@Parley true?", reply_to=known))
        linked = await town.bob.says(town.general, "the code is 1234")
        box.discord.files.hangs(times=1)
        link = f"https://discord.com/channels/{town.home.id}/{town.general.id}/{linked.id}"
        question = await town.alice.says(town.general, f"@Parley is {link} right?", attachments={"a.txt": b"a"})
        await box.until(lambda: bool(box.discord.files.downloads))
        await town.bob.edits(linked, "the code is 5678")
        await town.bob.edits(linked, "the code is 9999")
        await town.bob.edits(known, "tea is cold")
        await bot.logs(f"message {known.id}, which a question quotes, was edited")
        await box.bot.answers(question)
        await bot.logs(f"message {linked.id}, which a question quotes, was edited")
        assert "9999" in await prompt_of(town, "and now?")
        assert await rows(town, "SELECT count(*) FROM contents WHERE text LIKE '%1234%' OR text LIKE '%5678%'") == [
            (0,)
        ]


async def test_quoted_words_are_edited_while_an_edit_of_the_question_waits(town: Town) -> None:
    """The second edit of a question, which waits a second, is carried out with the quoted words as they are then."""
    box = town.box
    async with running(box, town.folder, **READS) as bot:
        said = await town.bob.says(town.general, "the code is 1234")
        question = await town.alice.says(town.general, "@Parley is that right?", reply_to=said)
        await box.bot.answers(question)
        await town.alice.edits(question, "@Parley is it?")
        await bot.logs(f"question {question.id} was edited after its answer")
        await town.alice.edits(question, "@Parley was it?")
        await town.bob.edits(said, "the code is 5678")
        await bot.logs(f"message {said.id}, which a question quotes, was edited")
        while await rows(town, "SELECT revision FROM questions") != [(2,)]:
            pass
        assert await rows(town, "SELECT count(*) FROM contents WHERE text LIKE '%1234%'") == [(0,)]


async def test_the_newer_of_two_edits_that_are_carried_out_together_stays(town: Town) -> None:
    """A linked message is edited again while Discord is asked who may read the edit before it: the newest words are stored."""
    box = town.box
    other = town.home.channel("other")
    arrived: list[Call] = []

    def arrives(call: Call) -> bool:
        arrived.append(call)
        return True

    async with running(box, town.folder, PARLEY_FILES__SECONDS="1", **READS) as bot:
        linked = await town.bob.says(other, "the code is 1234")
        box.discord.files.hangs(times=1)
        link = f"https://discord.com/channels/{town.home.id}/{other.id}/{linked.id}"
        question = await town.alice.says(town.general, f"@Parley is {link} right?", attachments={"a.txt": b"a"})
        await box.until(lambda: bool(box.discord.files.downloads))
        box.discord.delays("GET", MEMBER, 1, when=arrives)
        box.discord.delays("GET", MEMBER, 2, when=arrives)
        await town.bob.edits(linked, "the code is 5678")
        await box.bot.answers(question)
        await box.until(lambda: len(arrived) == 1)
        await town.bob.edits(linked, "the code is 9999")
        await bot.logs(f"message {linked.id}, which a question quotes, was edited")
        while "9999" not in str(await rows(town, "SELECT text FROM contents")):
            pass


@pytest.mark.parametrize("until", ["that is not recorded", "cannot be shown yet"])
async def test_an_edit_while_discord_fails_leaves_one_answer(town: Town, bot: Bot, until: str) -> None:
    """The response to the first message of an answer was lost, and Discord fails as the question is edited: it is found later."""
    box = town.box
    box.model.replies_with(WORDS, "quite loud")
    box.model.stalls(after=6, times=1)
    box.discord.loses_answers(*SEND, when=within(town.general))
    for call in (SEND, EDIT):
        box.discord.fails(*call, 500, times=None, when=within(town.general))
    question = await town.alice.says(town.general, "@Parley which colour?")
    await box.until(lambda: bool(of_bot(town)))
    await town.alice.edits(question, "@Parley how loud?")
    await bot.logs(until)
    box.discord.is_well()
    await box.until(lambda: [one.content for one in of_bot(town)] == ["quite loud"])
