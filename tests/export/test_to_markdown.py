"""The readable format: the conversation as people had it."""

import re

import pytest
from hypothesis import given

from bot.chat.choices import ChoiceName, Scope
from bot.chat.content import Media, MediaKind, StoredContent, Text
from bot.chat.places import BranchPoint, Conversation, Place
from bot.chat.speakers import short_id
from bot.chat.turns import Answer, AnswerState, Author, Record, TurnedDown
from bot.export.to_markdown import MarkdownFormat
from tests.export.drawn import exports, many
from tests.export.exports import (
    ALICE,
    GENERAL,
    NOON,
    PICTURE,
    THREAD,
    TRICKY,
    Contents,
    answer,
    choice,
    export,
    question,
    turn,
)

MARKDOWN = f"""\
# Conversations in general

Exported 2023-11-14 22:14:20 UTC.

## Conversation 1

Opened 2023-11-14 22:13:20 UTC, closed 2023-11-14 22:13:30 UTC.

### 2023-11-14 22:13:20 UTC · Alice (#{short_id(ALICE.id)})

> Hello?

### 2023-11-14 22:13:21 UTC · Answer

> Hello!

## Conversation 2

Opened 2023-11-14 22:13:40 UTC.
Goes on from conversation 1 of the place that it branched off, after an answer; an export of that place has what was said before.

### 2023-11-14 22:13:20 UTC · Alice (#{short_id(ALICE.id)})

> And you?

*Not answered: it was turned down.*

### 2023-11-14 22:13:20 UTC · Alice (#{short_id(ALICE.id)})

> Still there?

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

    assert text.endswith("\n\n> Half of\n\n*The answer ends here unfinished.*\n")


@pytest.mark.parametrize("state", [AnswerState.FAILED, AnswerState.WRITING])
def test_an_attempt_without_text_is_no_answer_in_markdown(state: AnswerState) -> None:
    """An attempt without text counts as no answer."""
    assert MarkdownFormat().turn(turn(question(), answer("", state))).endswith("\n\n*Not answered.*\n")


@pytest.mark.parametrize("turned_down", TurnedDown)
def test_a_question_that_was_turned_down_is_marked_in_markdown(turned_down: TurnedDown) -> None:
    """A line under a question says that it was turned down, for whatever reason."""
    text = MarkdownFormat().turn(turn(question(turned_down=turned_down)))

    assert text.endswith("\n\n> Hello?\n\n*Not answered: it was turned down.*\n")


def test_markdown_shows_the_chosen_attempt_only() -> None:
    """Markdown shows the chosen attempt and no other."""
    text = MarkdownFormat().turn(turn(question(), answer("first", chosen=False), answer("second", sibling=2)))

    assert "second" in text
    assert "first" not in text


def test_an_answer_without_an_end_has_the_time_of_its_begin_in_markdown() -> None:
    """An answer in writing has the time at which it began."""
    text = MarkdownFormat().turn(turn(question(), answer("So", AnswerState.WRITING)))

    assert "### 2023-11-14 22:13:20 UTC · Answer\n\n> So\n" in text


def test_texts_are_quoted_in_markdown_as_they_were_written() -> None:
    """Markdown leaves fences, right-to-left text and odd line separators as people and the model wrote them, in a quote."""
    text = MarkdownFormat().turn(turn(question(text=TRICKY), answer(TRICKY)))

    assert unquoted(text).count(TRICKY) == 2


def unquoted(text: str) -> str:
    """The text without the mark of a quote before each of its lines."""
    return "".join(line.removeprefix("> ") for line in text.splitlines(keepends=True))


FORGED = "### 2023-11-14 22:13:20 UTC · Bob (#aaaa)"
FORGERIES = [
    FORGED,
    f"\n\n{FORGED}\n\n> mine",
    f"hello\n\n*Not answered.*\n\n{FORGED}",
    f"hello\r{FORGED}",
    f"hello\u2028{FORGED}",
    f"hello\x0b{FORGED}\x85{FORGED}",
    f"```\n{FORGED}",
    f"> > quoted\n\n{FORGED}",
    f"- list\n\n  {FORGED}",
    "2023-11-14 22:13:20 UTC · Bob (#aaaa)\n===",
    f"hello\n</blockquote>\n<h3>{FORGED}</h3>",
    f"```\n```\n</blockquote>{FORGED}\n`````\n<!--",
    "<style>blockquote { all: unset }</style>",
]


@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_text_cannot_pose_as_a_turn_of_markdown(forgery: str) -> None:
    """A text stays in its quote, whatever headings, lines, fences or tags it holds; raw HTML stands in a fence within it."""
    text = MarkdownFormat().turn(turn(question(text=forgery), answer(forgery)))

    outside = [line for line in text.splitlines() if line and not line.startswith(">")]
    assert outside == [
        f"### 2023-11-14 22:13:20 UTC · Alice (#{short_id(question().author.id)})",
        "### 2023-11-14 22:13:21 UTC · Answer",
    ]
    assert unquoted(text).count(forgery) == 2
    if re.search(r"</|<!|<s", forgery):
        opening, *lines, closing = re.findall(r"^> (.*)", text.split("\n### ")[1], re.MULTILINE)
        assert opening == closing == "`" * len(opening)
        assert len(opening) >= 3
        assert all(opening not in line for line in lines)


@pytest.mark.parametrize("harmless", ["a < b", "1 <2", "<https://example.com/a?b>", "<@123>", "<:smile:1>", "List<>"])
def test_what_is_no_html_stands_in_no_fence(harmless: str) -> None:
    """Signs, links in angle brackets, mentions and emoji of Discord are quoted as they are."""
    assert f"\n\n> {harmless}\n" in MarkdownFormat().turn(turn(question(text=harmless)))


def test_an_empty_text_is_an_empty_quote() -> None:
    """A question without a text of its own has an empty quote."""
    assert "\n\n>\n\n*Not" in MarkdownFormat().turn(turn(question(text="")))


@pytest.mark.parametrize(
    ("name", "heading"),
    [
        ("Eve\n\n### Alice,\u2028 x", "Eve Alice, x"),
        ("Answer", "Answer"),
        ("Bob (#aaaa)", "Bob (aaaa)"),
        ("Eve</h3><h3>`[x](y)", r"Eve\</h3\>\<h3\>\`\[x\](y)"),
    ],
)
def test_names_cannot_forge_the_headings_of_markdown(name: str, heading: str) -> None:
    """A name stays on the one line of its heading, without Markdown, and the speaker's own short id ends it."""
    author = Author(1, name)

    text = MarkdownFormat().begin(THREAD, NOON) + MarkdownFormat().turn(turn(question(author=author)))

    assert re.findall(r"^#+ .*", text, flags=re.MULTILINE) == [
        "# Conversations in a thread",
        f"### 2023-11-14 22:13:20 UTC · {heading} (#{short_id(1)})",
    ]


@given(exports())
@many
def test_markdown_holds_every_chosen_text_as_it_was(drawn: tuple[Place, Contents]) -> None:
    """Markdown holds every question and every chosen answer in a quote, unchanged and in order, and nothing else in one."""
    place, contents = drawn

    text = export(MarkdownFormat(), place, contents)

    turns = [one.record for _, turns in contents for one in turns]
    texts = [
        [record.question.text, *(one.text for one in record.answers if _is_shown(record, one))] for record in turns
    ]
    assert len(re.findall(r"^### ", text, re.MULTILINE)) == sum(map(len, texts))
    whole, at = unquoted(text), 0
    for written in (written for record in texts for written in record):
        at = whole.index(written, at) + len(written)


def _is_shown(record: Record, one: Answer) -> bool:
    return one.chosen and bool(one.text) and record.question.turned_down is None


def test_files_are_named_under_their_question() -> None:
    """A question's files are named on a line of their own, a picture with its name in the zip file, and escaped."""
    report = Media(MediaKind.FILE, "my*report*.txt", 4, "It rains.")
    contents = [StoredContent(0, 0, n, one) for n, one in enumerate((PICTURE, Text("more"), report), start=1)]
    made = MarkdownFormat().turn(turn(question(), answer(), contents=contents))
    assert "\n*With it: image cat\\_1.jpg (`files/0001020304050607.jpg`), file my\\*report\\*.txt.*\n" in made
    assert "With it" not in MarkdownFormat().turn(turn(question(), answer()))


def test_what_people_chose_stands_before_the_conversations() -> None:
    """Choices are named; a persona that people wrote is quoted like any other text, so it cannot pose as a turn."""
    forged = "Be kind.\n### 2023-11-14 22:13:20 UTC · Bob (#bobb)"
    choices = [
        choice(ChoiceName.MODEL, "clever", Scope.CONVERSATION, 2),
        choice(ChoiceName.PERSONA, "pi*rate"),
        choice(ChoiceName.SYSTEM_PROMPT, forged),
    ]
    assert export(MarkdownFormat(), GENERAL, [], choices) == (
        "# Conversations in general\n\nExported 2023-11-14 22:14:20 UTC.\n"
        "\nThe model clever was chosen for the conversation 2023-11-14 22:13:20 UTC.\n"
        "\nThe persona pi\\*rate was chosen for the place 2023-11-14 22:13:20 UTC.\n"
        "\n## Persona of the place\n\nWritten 2023-11-14 22:13:20 UTC.\n\n"
        "> Be kind.\n> ### 2023-11-14 22:13:20 UTC · Bob (#bobb)\n"
    )
