"""The layout of an answer as messages."""

from operator import mul

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.chat.appearance import Appearance, Control, Shown, Verb
from bot.reply.layout import FileUse, MessageLayout, Pieces, cut_short, growing, layout, read_back
from bot.reply.split import LIMIT, split

RETRY = Control(Verb.RETRY, 2)
LONG = " ".join(f"word{number}" for number in range(2500))


def test_an_answer_is_its_text_with_note_and_buttons_under_the_last_message() -> None:
    """A short answer is one message; its note stands below in small print, its buttons belong to it."""
    assert layout(Appearance("hi"), 4, FileUse.ATTACHED) == [MessageLayout("hi")]
    noted = layout(Appearance("hi", "It broke.", (RETRY,)), 4, FileUse.ATTACHED)
    assert noted == [MessageLayout("hi\n-# It broke.", (RETRY,))]


def test_remarks_follow_the_note_in_its_line() -> None:
    """Remarks about files stand in the line of small print, behind the note if there is one."""
    remarks = ("Read 2 of 9 pages of a.pdf.", "b.flac was left out.")
    alone = layout(Appearance("hi", "", (), remarks), 4, FileUse.ATTACHED)
    assert alone == [MessageLayout("hi\n-# Read 2 of 9 pages of a.pdf. b.flac was left out.")]
    noted = layout(Appearance("hi", "It broke.", (), remarks), 4, FileUse.ATTACHED)
    assert noted == [MessageLayout("hi\n-# It broke. Read 2 of 9 pages of a.pdf. b.flac was left out.")]


def test_a_note_without_text_stands_alone() -> None:
    """A note without text is the message, with the buttons; without text and note there is no message."""
    assert layout(Appearance("", "It broke.", (RETRY,)), 4, FileUse.ATTACHED) == [
        MessageLayout("-# It broke.", (RETRY,))
    ]
    assert layout(Appearance(" \n", ""), 4, FileUse.ATTACHED) == []
    assert layout(Appearance("", "", (RETRY,)), 4, FileUse.ATTACHED) == []


def test_only_the_last_message_has_what_belongs_to_the_end() -> None:
    """Of several messages the last has the note and the buttons."""
    messages = layout(Appearance("x" * 3000, "It broke.", (RETRY,)), 4, FileUse.ATTACHED)
    assert [message.controls for message in messages] == [(), (RETRY,)]
    assert messages[0].text == "x" * 2000
    assert messages[1].text.endswith("\n-# It broke.")


def test_a_note_that_does_not_fit_is_a_message_of_its_own() -> None:
    """A full message stays as it is, and the note follows it."""
    messages = layout(Appearance("x" * 2000, "It broke."), 4, FileUse.ATTACHED)
    assert [message.text for message in messages] == ["x" * 2000, "-# It broke."]


@pytest.mark.parametrize("use", FileUse)
def test_an_answer_of_too_many_messages_comes_as_a_file(use: FileUse) -> None:
    """The messages that are allowed show the beginning, the file has all of it, and the note says what became of the file."""
    messages = layout(Appearance(LONG, "It broke."), 3, use)
    assert len(messages) == 3
    assert messages[-1].text.endswith(f"\n-# It broke. {use.value}")
    assert messages[-1].file == (LONG if use is FileUse.ATTACHED else "")
    assert all(len(message.text) <= LIMIT for message in messages)
    assert [message.text for message in messages[:2]] == split(LONG)[:2]


REPEATED = st.builds(mul, st.text(min_size=1, max_size=40), st.integers(1, 200))
TEXTS = st.lists(st.text(max_size=40) | REPEATED, max_size=4).map("".join)


@given(TEXTS, st.text("abc .", max_size=80), st.integers(1, 4), st.sampled_from(FileUse))
def test_no_message_is_too_long_or_blank(text: str, note: str, most: int, use: FileUse) -> None:
    """Every layout can be sent."""
    messages = layout(Appearance(text, note.strip()), most, use)
    assert len(messages) <= most + 1
    assert all(0 < len(message.text) <= LIMIT and message.text.strip() for message in messages)


@pytest.mark.parametrize(
    ("text", "messages"),
    [
        (">>> all\nof it", [">>> all\nof it", "-# It broke."]),
        ("a\n>>> b", ["a\n>>> b", "-# It broke."]),
        ("> a", ["> a\n-# It broke."]),
        ("```\n>>> a\n```", ["```\n>>> a\n```\n-# It broke."]),
    ],
)
def test_a_note_is_never_quoted(text: str, messages: list[str]) -> None:
    """A note under a quote that goes on to the end of its message is a message of its own."""
    found = layout(Appearance(text, "It broke.", (RETRY,)), 4, FileUse.ATTACHED)

    assert [message.text for message in found] == messages
    assert found[-1].controls == (RETRY,)


def test_pieces_that_are_known_are_not_split_again() -> None:
    """The pieces of an answer that grew here are used as they are."""
    assert [m.text for m in layout(Appearance("a b"), 4, FileUse.ATTACHED, Pieces(["a", "b"]))] == ["a", "b"]


def test_a_text_that_was_not_read_to_its_end_comes_as_a_file() -> None:
    """Where more of a text follows that was not read, the file has all of it, whether a message shows some or none."""
    for pieces in (["a"], []):
        (*_, message) = layout(Appearance("all of it"), 4, FileUse.ATTACHED, Pieces(pieces, goes_on=True))
        assert message.file == "all of it"
        assert message.text.endswith("the file holds all of it.")


def test_an_answer_that_grows_shows_its_first_messages_or_a_remark() -> None:
    """While there is no text the remark is shown, then the pieces that are allowed."""
    assert growing([], "", 4) == []
    assert growing([], "Wait.", 4) == [MessageLayout("-# Wait.")]
    assert growing(["a", "b", "c"], "Wait.", 2) == [MessageLayout("a"), MessageLayout("b")]


def test_an_answer_whose_rest_cannot_be_sent_says_so() -> None:
    """The last message that exists tells which permission is missing, within the limit."""
    shortened = cut_short([MessageLayout("a"), MessageLayout("x" * 2000)], "Send Messages")
    assert [message.text[:1] for message in shortened] == ["a", "x"]
    assert shortened[1].text.endswith("`/export` gives you all of it.")
    assert len(shortened[1].text) <= LIMIT
    assert len(cut_short([MessageLayout(">>> a")], "Send Messages")) == 1


def test_a_remark_is_told_from_the_answer() -> None:
    """A text that is read back is apart from the small print at its end."""
    assert read_back("answer\n-# It broke.") == Shown("answer", "It broke.")
    assert read_back("-# It broke.") == Shown("", "It broke.")
    assert read_back("-# small\nanswer") == Shown("-# small\nanswer")
