"""The readable format: the conversation as people had it."""

import re

import pytest
from hypothesis import given

from bot.chat.places import BranchPoint, Conversation, Place
from bot.chat.turns import AnswerState, Author, TurnedDown
from bot.export.to_markdown import MarkdownFormat
from tests.export.drawn import exports, many
from tests.export.exports import GENERAL, NOON, THREAD, TRICKY, Contents, answer, export, question, turn

MARKDOWN = """\
# Conversations in general

Exported 2023-11-14 22:14:20 UTC.

## Conversation 1

Opened 2023-11-14 22:13:20 UTC, closed 2023-11-14 22:13:30 UTC.

### Alice, 2023-11-14 22:13:20 UTC

Hello?

### Answer, 2023-11-14 22:13:21 UTC

Hello!

## Conversation 2

Opened 2023-11-14 22:13:40 UTC.
Goes on from conversation 1.

### Alice, 2023-11-14 22:13:20 UTC

And you?

*Not answered: it was turned down.*

### Alice, 2023-11-14 22:13:20 UTC

Still there?

*Not answered.*
"""


def test_a_small_export_in_markdown() -> None:
    """Markdown has a heading for each conversation, question and answer, and says where an answer is missing."""
    contents: Contents = [
        (Conversation(1, GENERAL.id, NOON, NOON + 10_000), [turn(question(), answer())]),
        (
            Conversation(2, GENERAL.id, NOON + 20_000, parent=BranchPoint(1, 1, 1)),
            [turn(question(2, "And you?", turned_down=TurnedDown.LIMIT)), turn(question(3, "Still there?"))],
        ),
    ]

    assert export(MarkdownFormat(), GENERAL, contents) == MARKDOWN


@pytest.mark.parametrize("state", [state for state in AnswerState if state is not AnswerState.DONE])
def test_an_unfinished_answer_is_marked_in_markdown(state: AnswerState) -> None:
    """A line under an unfinished answer says that it ends there."""
    text = MarkdownFormat().turn(turn(question(), answer("Half of", state)))

    assert text.endswith("\n\nHalf of\n\n*The answer ends here unfinished.*\n")


@pytest.mark.parametrize("state", [AnswerState.FAILED, AnswerState.WRITING])
def test_an_attempt_without_text_is_no_answer_in_markdown(state: AnswerState) -> None:
    """An attempt without text counts as no answer."""
    assert MarkdownFormat().turn(turn(question(), answer("", state))).endswith("\n\n*Not answered.*\n")


@pytest.mark.parametrize("turned_down", TurnedDown)
def test_a_question_that_was_turned_down_is_marked_in_markdown(turned_down: TurnedDown) -> None:
    """A line under a question says that it was turned down, for whatever reason."""
    text = MarkdownFormat().turn(turn(question(turned_down=turned_down)))

    assert text.endswith("\n\nHello?\n\n*Not answered: it was turned down.*\n")


def test_markdown_shows_the_chosen_attempt_only() -> None:
    """Markdown shows the chosen attempt and no other."""
    text = MarkdownFormat().turn(turn(question(), answer("first", chosen=False), answer("second", sibling=2)))

    assert "second" in text
    assert "first" not in text


def test_an_answer_without_an_end_has_the_time_of_its_begin_in_markdown() -> None:
    """An answer in writing has the time at which it began."""
    text = MarkdownFormat().turn(turn(question(), answer("So", AnswerState.WRITING)))

    assert "### Answer, 2023-11-14 22:13:20 UTC\n\nSo\n" in text


def test_texts_are_in_markdown_as_they_were_written() -> None:
    """Markdown leaves fences, right-to-left text and odd line separators as people and the model wrote them."""
    text = MarkdownFormat().turn(turn(question(text=TRICKY), answer(TRICKY)))

    assert text.count(f"\n\n{TRICKY}\n") == 2


def test_names_cannot_break_the_headings_of_markdown() -> None:
    """A name with line breaks stays on the one line of its heading."""
    author = Author(1, "Eve\n\n### Alice,\u2028 x")

    text = MarkdownFormat().begin(THREAD, NOON) + MarkdownFormat().turn(turn(question(author=author)))

    assert re.findall(r"^#+ .*", text, flags=re.MULTILINE) == [
        "# Conversations in a thread",
        "### Eve ### Alice, x, 2023-11-14 22:13:20 UTC",
    ]


@given(exports())
@many
def test_markdown_holds_every_chosen_text_as_it_was(drawn: tuple[Place, Contents]) -> None:
    """Markdown holds every question and every chosen answer, unchanged and in order."""
    place, contents = drawn

    text = export(MarkdownFormat(), place, contents)

    at = 0
    for _, turns in contents:
        for record in (one.record for one in turns):
            chosen = [one.text for one in record.answers if one.chosen and one.text and not record.question.turned_down]
            for written in (record.question.text, *chosen):
                at = text.index(f"\n\n{written}\n", at) + 2 + len(written)
