"""The port `Questions`: what a message of Discord said in the history, and whether a window has it; words of others beside it."""

from bot.chat.content import StoredContent, Text
from bot.chat.places import Place, PlaceKind
from bot.chat.ports.attempts import NewAttempt
from bot.chat.ports.intake import Sourced
from bot.chat.ports.questions import Said
from bot.chat.ports.store import Store
from bot.chat.turns import AnswerState, TurnedDown
from tests.contracts.stories import ALICE, BOB, GENERAL, asked, begin, end, exchange, position_of, texts, window

QUOTE = Sourced(Text("\nIn reply to Bob, who wrote:\n> tea"), BOB.id, 77)


def thread(number: int) -> Place:
    """A thread on the message with this id."""
    return Place(number, PlaceKind.THREAD, "aside", 9, GENERAL.id)


async def test_an_answers_message_says_the_chosen_attempt(store: Store) -> None:
    """A message of an answer says its chosen text; one that is gone or unknown, or an answer without text, says nothing."""
    position = await exchange(store, 10)
    for number in (1, 2):
        await store.displays.sent(position, number, 10 + number)
    await store.displays.gone([12])
    failed = await position_of(store, asked(20))
    await begin(store, failed)
    await store.displays.sent(failed, 1, 21)
    await end(store, failed, text="", state=AnswerState.FAILED)
    assert await store.questions.said(11, 1) == Said(None, "A10", is_sent=True)
    assert [await store.questions.said(one, 1) for one in (12, 21, 99)] == [None] * 3


async def test_a_questions_message_says_its_words(store: Store) -> None:
    """The message of a question says its raw text under its author; one that was turned down says nothing."""
    await position_of(store, asked(10, "what?", author=BOB))
    await store.questions.claim(asked(20), turned_down=TurnedDown.LIMIT)
    assert await store.questions.said(10, 1) == Said(BOB, "what?", is_sent=True)
    assert await store.questions.said(20, 1) is None


async def test_what_a_trim_or_a_reset_left_behind_is_not_sent(store: Store) -> None:
    """An answer before the anchor of its conversation, or of another conversation, is in no window."""
    for key in (10, 20):
        await store.displays.sent(await exchange(store, key), 1, key + 1)
    await store.conversations.trim(1, window_from=2)
    assert await store.questions.said(11, 1) == Said(None, "A10", is_sent=False)
    assert await store.questions.said(21, 1) == Said(None, "A20", is_sent=True)
    reset = await store.conversations.reset(GENERAL, by=ALICE.id, at=50)
    assert reset is not None
    assert await store.questions.said(21, reset.opened.id) == Said(None, "A20", is_sent=False)


async def test_a_branch_sends_what_its_line_holds(store: Store) -> None:
    """The window of a branch holds the answers up to the branch, not the answer of the question that it began on."""
    for key in (10, 20, 30):
        await store.displays.sent(await exchange(store, key), 1, key + 1)
    await exchange(store, 40, place=thread(20))  # on a question
    await exchange(store, 50, place=thread(21))  # on its answer
    on_question = (await store.history.conversations(20))[0].id
    on_answer = (await store.history.conversations(21))[0].id
    found = {
        (message, line): await store.questions.said(message, line)
        for line in (on_question, on_answer)
        for message in (11, 21, 31)
    }
    sent = {key for key, one in found.items() if one is not None and one.is_sent}
    assert sent == {(11, on_question), (11, on_answer), (21, on_answer)}


async def test_questions_among_messages_are_found(store: Store) -> None:
    """Of some messages, those that are questions are found, without those that were turned down."""
    await position_of(store, asked(10))
    await store.questions.claim(asked(20), turned_down=TurnedDown.LIMIT)
    assert await store.questions.asked_among([5, 10, 20, 30]) == {10}
    assert await store.questions.asked_among([]) == frozenset()


async def test_words_of_others_are_contents_of_a_question(store: Store) -> None:
    """Quotes are stored with their author and message, follow the question's text in its window, and are exported."""
    position = await position_of(store, asked(1))
    beginning = NewAttempt(position, 1, "default", 9000, contents=(Text("Q1"), QUOTE, Text("\n[before]")), tokens=9)
    begun = await store.attempts.begin(beginning)
    assert begun is not None
    whole = "Q1\nIn reply to Bob, who wrote:\n> tea\n[before]"
    assert texts(begun.exchanges) == [whole]
    await end(store, position, text="A1")
    assert await window(store, 2) == [whole, "A1", "Q2"]
    first, second = [turn async for turn in store.history.turns(1)]
    assert first.record.question.prompt == "Q1"
    assert first.contents == (
        StoredContent(0, 0, 1, QUOTE.content, BOB.id, 77),
        StoredContent(0, 0, 2, Text("\n[before]")),
    )
    assert second.contents == ()


async def test_a_question_that_is_rendered_again_has_its_new_contents_only(store: Store) -> None:
    """Contents with which a later attempt begins take the place of those before; without any they stay."""
    position = await position_of(store, asked(1))
    await store.attempts.begin(NewAttempt(position, 1, "default", 9000, contents=(Text("Q1"), QUOTE), tokens=9))
    await end(store, position, text="A1")
    await store.attempts.begin(NewAttempt(position, 2, "default", 9000, after=1))
    await end(store, position, 2, text="A2")
    (turn,) = [turn async for turn in store.history.turns(1)]
    assert len(turn.contents) == 1
    again = NewAttempt(position, 3, "default", 9000, contents=(Text("Q1 again"), Text("\nmore")), tokens=3, after=2)
    begun = await store.attempts.begin(again)
    assert begun is not None
    assert texts(begun.exchanges) == ["Q1 again\nmore"]
