"""The bare format: the messages that a model is sent, for other programs."""

import json

import pytest
from hypothesis import given

from bot.chat.content import Text
from bot.chat.places import Conversation, Place
from bot.chat.ports.history import Turn
from bot.chat.turns import AnswerState, TurnedDown
from bot.export.to_messages import MessagesFormat
from tests.export.drawn import exports, many
from tests.export.exports import GENERAL, NOON, TRICKY, Contents, answer, export, question, turn

FIRST, SECOND = Conversation(1, GENERAL.id, NOON, NOON + 1), Conversation(2, GENERAL.id, NOON + 2)
WITHOUT_MESSAGES: list[Contents] = [[], [(FIRST, [])], [(FIRST, [turn(question())]), (SECOND, [])]]

MESSAGES = """\
[
{"role": "user", "content": "Alice: Hello?"},
{"role": "assistant", "content": "Hello!"},
{"role": "user", "content": "Alice: Größe?"}
]
"""


def messages_of(*turns: Turn) -> list[tuple[str, str]]:
    """The role and the content of each message of a conversation."""
    return [(one["role"], one["content"]) for one in json.loads(export(MessagesFormat(), GENERAL, [(FIRST, turns)]))]


def test_a_small_export_of_messages() -> None:
    """The messages of all conversations are one list, a line each, the question as the model was sent it."""
    contents: Contents = [
        (FIRST, [turn(question(prompt="Alice: Hello?"), answer())]),
        (SECOND, [turn(question(2, prompt="Alice: Größe?"))]),
    ]

    assert export(MessagesFormat(), GENERAL, contents) == MESSAGES


@pytest.mark.parametrize("prompt", [None, "Alice: Hello?"])
@pytest.mark.parametrize("turned_down", TurnedDown)
def test_messages_leave_out_a_question_that_was_turned_down(turned_down: TurnedDown, prompt: str | None) -> None:
    """A question that was turned down is no message."""
    assert messages_of(turn(question(prompt=prompt, turned_down=turned_down))) == []


def test_messages_leave_out_a_question_that_was_never_begun() -> None:
    """A question without a prompt is no message."""
    assert messages_of(turn(question()), turn(question(2, prompt="two"))) == [("user", "two")]


def test_messages_hold_the_chosen_attempt_only() -> None:
    """The chosen attempt follows its question, and no other attempt does."""
    attempts = [
        answer("first", AnswerState.FAILED, chosen=False),
        answer("second", sibling=2),
        answer("third", AnswerState.WRITING, sibling=3, chosen=False),
    ]

    assert messages_of(turn(question(prompt="one"), *attempts)) == [("user", "one"), ("assistant", "second")]


def test_messages_hold_a_question_without_an_answer() -> None:
    """A question of which no attempt was chosen stands alone."""
    found = messages_of(
        turn(question(prompt="one"), answer("", AnswerState.FAILED, chosen=False)),
        turn(question(2, prompt=TRICKY), answer(TRICKY, position=2)),
    )

    assert found == [("user", "one"), ("user", TRICKY), ("assistant", TRICKY)]


@pytest.mark.parametrize("contents", WITHOUT_MESSAGES)
def test_messages_of_nothing_are_an_empty_list(contents: Contents) -> None:
    """An export without a single message is a valid, empty list."""
    assert json.loads(export(MessagesFormat(), GENERAL, contents)) == []


@given(exports())
@many
def test_messages_are_json_and_hold_every_text_as_it_was(drawn: tuple[Place, Contents]) -> None:
    """Every prompt and every chosen answer is a message of a role and a content, unchanged and in order."""
    place, contents = drawn
    expected: list[dict[str, str]] = []
    for drawn_turn in (one for _, turns in contents for one in turns):
        record = drawn_turn.record
        if record.question.turned_down is None and record.question.prompt is not None:
            texts = (one.content for one in drawn_turn.contents if not one.sibling)
            quotes = "".join(one.text for one in texts if isinstance(one, Text))
            expected.append({"role": "user", "content": record.question.prompt + quotes})
            expected += [{"role": "assistant", "content": one.text} for one in record.answers if one.chosen]

    assert json.loads(export(MessagesFormat(), place, contents)) == expected
