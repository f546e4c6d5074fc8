"""Mentions in quick succession: one by the same person joins the one before while no word was answered."""

from bot.sandbox import Message
from bot.sandbox.model.requests import Outcome
from tests.e2e.asking import WORDS, of_bot
from tests.e2e.buttons import offered
from tests.e2e.conftest import Town
from tests.e2e.stored import rows
from tests.e2e.task import running

BURST = {"PARLEY_CHAT__BURST_SECONDS": "30"}


async def thinking(town: Town, text: str = "I have a dog,") -> Message:
    """A question that the model thinks about without a word."""
    seen = len(town.box.model.requests)
    town.box.model.stalls(after=0)
    question = await town.alice.says(town.general, f"@Parley {text}")
    await town.box.until(lambda: len(town.box.model.requests) > seen)
    return question


async def test_a_second_mention_joins_the_first_before_a_word_is_answered(town: Town) -> None:
    """The request for the first is closed, another asks both, and one answer stands under the first message."""
    box = town.box
    async with running(box, town.folder, **BURST):
        first = await thinking(town)
        box.model.replies_with("Rex")
        second = await town.alice.says(town.general, "@Parley what shall I call it?")
        await box.bot.answers(first, containing="Rex")
        await offered(box, first, "Regenerate")
        assert box.model.requests[0].outcome is Outcome.ABANDONED
        asked = box.model.requests[-1].question
        assert asked.index("I have a dog,") < asked.index("what shall I call it?")
        assert len(of_bot(town)) == len(box.model.requests) - 1 == 1
        assert await rows(town, "SELECT message_id, outcome FROM claims ORDER BY message_id") == [
            (first.id, "asked"),
            (second.id, "joined"),
        ]
        assert await rows(town, "SELECT state, reason, text FROM answers ORDER BY sibling") == [
            ("stopped", "joined", ""),
            ("done", "stop", "Rex"),
        ]


async def test_the_default_lets_two_messages_at_once_be_one_question(town: Town) -> None:
    """With the default time, two messages sent at once are answered together."""
    box = town.box
    async with running(box, town.folder, PARLEY_CHAT__BURST_SECONDS="1.5"):
        box.model.pace(first_seconds=0.2, tokens_per_second=300)
        first = await town.alice.says(town.general, "@Parley I have a dog,")
        await town.alice.says(town.general, "@Parley what shall I call it?")
        await box.until(lambda: bool(of_bot(town)))
        later = await town.bob.says(town.general, "@Parley and a cat?")
        await box.bot.answers(later)
        assert [one.reference and one.reference.message_id for one in of_bot(town)] == [first.id, later.id]
        assert await rows(town, "SELECT count(*) FROM questions") == [(2,)]


async def test_what_comes_after_the_first_word_is_a_question_of_its_own(town: Town) -> None:
    """While words of an answer stand on Discord, another mention waits for its own answer."""
    box = town.box
    async with running(box, town.folder, **BURST):
        box.model.replies_with(WORDS)
        box.model.stalls(after=6)
        first = await town.alice.says(town.general, "@Parley one")
        await offered(box, first, "Stop")
        second = await town.alice.says(town.general, "@Parley two")
        await town.alice.runs("stop", town.general)
        third = await town.bob.says(town.general, "@Parley three")
        await box.bot.answers(third)
        assert (second.id, "asked") in await rows(town, "SELECT message_id, outcome FROM claims")


async def test_others_and_other_channels_do_not_join(town: Town) -> None:
    """A mention by somebody else, and one in another channel, is a question of its own."""
    box = town.box
    other = town.home.channel("other")
    async with running(box, town.folder, **BURST):
        await thinking(town)
        elsewhere = await town.alice.says(other, "@Parley elsewhere")
        await box.bot.answers(elsewhere)
        theirs = await town.bob.says(town.general, "@Parley theirs")
        mine = await town.alice.says(town.general, "@Parley mine")
        await box.bot.answers(theirs)
        assert await rows(town, "SELECT outcome FROM claims ORDER BY message_id") == [
            ("asked",), ("asked",), ("asked",), ("joined",)
        ]  # fmt: skip
        assert "mine" in str([request.messages for request in box.model.requests])
        assert mine.id


async def test_an_attempt_begins_again_only_once(town: Town) -> None:
    """A third message, after the attempt began again for the second, is a question of its own."""
    box = town.box
    async with running(box, town.folder, **BURST):
        await thinking(town, "one")
        box.model.stalls(after=0)
        await town.alice.says(town.general, "@Parley two")
        await box.until(lambda: len(box.model.requests) == 2)
        third = await town.alice.says(town.general, "@Parley three")
        await town.alice.runs("stop", town.general)
        last = await town.bob.says(town.general, "@Parley last")
        await box.bot.answers(last)
        assert (third.id, "asked") in await rows(town, "SELECT message_id, outcome FROM claims")


async def test_messages_that_wait_join_without_a_request(town: Town) -> None:
    """Behind another answer, three messages of one person become one question, asked once."""
    box = town.box
    async with running(box, town.folder, **BURST):
        box.model.replies_with(WORDS)
        box.model.stalls(after=6)
        await offered(box, await town.bob.says(town.general, "@Parley hello"), "Stop")
        waiting = [await town.alice.says(town.general, f"@Parley part {number}") for number in range(3)]
        town.bob.joins(town.home)
        await town.bob.runs("stop", town.general)
        await box.bot.answers(waiting[0], containing="part 2")
        asked = box.model.requests[-1].question
        assert [asked.count(f"part {number}") for number in range(3)] == [1, 1, 1]
        assert len(box.model.requests) == 2


async def test_edits_and_deletions_of_either_message_reach_the_question(town: Town) -> None:
    """After the answer, the first message is edited and the second deleted: later prompts have what is left."""
    box = town.box
    async with running(box, town.folder, **BURST) as bot:
        first = await thinking(town)
        box.model.replies_with("Rex")
        second = await town.alice.says(town.general, "@Parley what shall I call it?")
        await offered(box, first, "Regenerate")
        await town.alice.edits(first, "@Parley I have a cat,")
        await bot.logs(f"question {first.id} was edited")
        await town.alice.edits(second, "@Parley what is its name?")
        while await rows(town, "SELECT revision FROM questions WHERE position = 1") != [(3,)]:
            pass
        later = await town.bob.says(town.general, "@Parley and now?")
        await box.bot.answers(later)
        prompt = str(box.bot.requests(later)[-1].messages)
        assert "I have a cat," in prompt
        assert "what is its name?" in prompt
        assert "dog" not in prompt
        await town.alice.deletes(first)
        await bot.logs(f"a message of question {first.id} was deleted")
        later = await town.bob.says(town.general, "@Parley and then?")
        await box.bot.answers(later)
        prompt = str(box.bot.requests(later)[-1].messages)
        assert "I have a cat," not in prompt
        assert "what is its name?" in prompt
        await town.alice.deletes(second)
        while await rows(town, "SELECT state, tokens, rich FROM questions WHERE position = 1") != [("deleted", 0, 0)]:
            pass


async def test_the_message_that_is_left_is_edited_more_than_once(town: Town) -> None:
    """The first of two messages is deleted after the answer, and the other edited twice: its newest text is sent."""
    box = town.box
    async with running(box, town.folder, **BURST) as bot:
        first = await thinking(town)
        box.model.replies_with("Rex")
        second = await town.alice.says(town.general, "@Parley what shall I call it?")
        await offered(box, first, "Regenerate")
        await town.alice.deletes(first)
        await bot.logs(f"a message of question {first.id} was deleted")
        for number, text in enumerate(("what is its name?", "what is its age?"), start=1):
            await town.alice.edits(second, f"@Parley {text}")
            while await rows(town, "SELECT revision FROM questions WHERE position = 1") != [(2 + number,)]:
                pass
        later = await town.bob.says(town.general, "@Parley and now?")
        await box.bot.answers(later)
        prompt = str(box.bot.requests(later)[-1].messages)
        assert "what is its age?" in prompt
        assert "Rex" in prompt
        assert "its name?" not in prompt
        assert "dog" not in prompt
        await town.alice.deletes(second)
        while await rows(town, "SELECT state FROM questions WHERE position = 1") != [("deleted",)]:
            pass


async def test_a_message_of_a_burst_is_deleted_while_the_model_thinks(town: Town) -> None:
    """The first of two messages is deleted before the answer: the other one alone is asked, and answered under itself."""
    box = town.box
    async with running(box, town.folder, **BURST):
        first = await thinking(town)
        box.model.stalls(after=0)
        second = await town.alice.says(town.general, "@Parley what is the time?")
        await box.until(lambda: len(box.model.requests) == 2)
        box.model.replies_with("noon")
        await town.alice.deletes(first)
        await box.until(lambda: any(one.content == "noon" for one in of_bot(town)))
        assert "dog" not in str(box.model.requests[-1].messages)
        assert "what is the time?" in box.model.requests[-1].question
        assert [one.reference and one.reference.message_id for one in of_bot(town)] == [second.id]


async def test_edits_of_both_messages_in_turn_all_count(town: Town) -> None:
    """The first message is edited twice, the second between the second of these and its turn: later prompts have the newest."""
    box = town.box
    async with running(box, town.folder, **BURST) as bot:
        first = await thinking(town)
        box.model.replies_with("Rex")
        second = await town.alice.says(town.general, "@Parley what shall I call it?")
        await offered(box, first, "Regenerate")
        await town.alice.edits(first, "@Parley I have a cat,")
        await bot.logs(f"question {first.id} was edited")
        await town.alice.edits(first, "@Parley I have a fox,")
        await town.alice.edits(second, "@Parley what is its name?")
        while await rows(town, "SELECT revision FROM questions WHERE position = 1") != [(4,)]:
            pass
        later = await town.bob.says(town.general, "@Parley and now?")
        await box.bot.answers(later)
        prompt = str(box.bot.requests(later)[-1].messages)
        assert "I have a fox," in prompt
        assert "what is its name?" in prompt


async def test_the_message_that_is_left_of_a_burst_is_edited(town: Town) -> None:
    """The first of two messages is deleted before the answer, and the other one edited: its new text is asked."""
    box = town.box
    async with running(box, town.folder, **BURST):
        first = await thinking(town)
        box.model.stalls(after=0)
        second = await town.alice.says(town.general, "@Parley what is the time?")
        await box.until(lambda: len(box.model.requests) == 2)
        box.model.stalls(after=0)
        await town.alice.deletes(first)
        await box.until(lambda: len(box.model.requests) == 3)
        box.model.replies_with("Monday")
        await town.alice.edits(second, "@Parley what is the day?")
        await box.until(lambda: any(one.content == "Monday" for one in of_bot(town)))
        assert "what is the day?" in box.model.requests[-1].question


async def test_the_first_message_is_found_to_be_gone_as_the_other_is_edited(town: Town) -> None:
    """The first of two messages is deleted while the bot is away, and the other edited before the bot looks: that one stays."""
    box = town.box
    async with running(box, town.folder, **BURST):
        first = await thinking(town)
        box.model.replies_with("Rex")
        second = await town.alice.says(town.general, "@Parley what shall I call it?")
        await offered(box, first, "Regenerate")
    await town.alice.deletes(first)
    async with running(box, town.folder, **BURST) as bot:
        await town.alice.edits(second, "@Parley what is its name?")
        await bot.logs(f"question {first.id} was edited after its answer")
    missed = await town.bob.says(town.general, "@Parley and now?")
    async with running(box, town.folder, **BURST) as bot:
        await box.bot.answers(missed)
        await bot.logs(f"a message of question {first.id} was deleted")
        later = await town.bob.says(town.general, "@Parley and then?")
        await box.bot.answers(later)
        prompt = str(box.bot.requests(later)[-1].messages)
        assert "what is its name?" in prompt
        assert "dog" not in prompt
        assert await rows(town, "SELECT state FROM questions ORDER BY position LIMIT 1") == [("begun",)]
