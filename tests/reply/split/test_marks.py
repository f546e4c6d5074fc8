"""Bold, italic, underlined, struck and hidden text across the limit of a message."""

import pytest

from bot.reply.split import Splitter, split
from bot.reply.split.marks import spans
from tests.reply.split.answers import grown
from tests.truth.markdown import rendered, shown


def marked(text: str) -> list[tuple[str, str | None]]:
    """The marks in `text`, each with what it marks; None where the text ends before."""
    return [(span.mark, None if span.end is None else text[span.inner : span.end]) for span in spans(text)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (
            "**a** *b* __c__ _d_ ~~e~~ ||f||",
            [("**", "a"), ("*", "b"), ("__", "c"), ("_", "d"), ("~~", "e"), ("||", "f")],
        ),
        ("***a***", [("**", "*a*"), ("*", "a")]),
        ("***a** b*", [("**", "*a"), ("*", "a** b")][:1]),
        ("**a *b***", [("**", "a *b*"), ("*", "b")]),
        ("*a **b***", [("*", "a **b**"), ("**", "b")]),
        ("**a **", [("**", "a ")]),
        ("**a", [("**", None)]),
        ("**a\n\nb** c", []),
        ("**a\n- b", []),
        ("||a\n\nb||", [("||", "a\n\nb")]),
        ("||a\n```\n**\n```\nb||", [("||", "a\n```\n**\n```\nb")]),
        ("2**3 snake_case a * b **** x ** y", []),
        ("a_b_ _c_d_", [("_", "c_d")]),
        ("`**` \\** <@*1> https://a_b_c [x](y_z_)", []),
        ("这是**粗体**字", [("**", "粗体")]),
    ],
)
def test_marks_are_found_where_models_mean_them(text: str, found: list[tuple[str, str | None]]) -> None:
    """A mark is closed in its paragraph, a spoiler anywhere; stars in formulas, names, code and addresses are none."""
    assert marked(text) == found


@pytest.mark.parametrize("mark", ["**", "*", "__", "_", "~~", "||", "***", "**__", "||**"])
def test_what_is_marked_stays_marked_in_each_message(mark: str) -> None:
    """A marked text of three messages is marked in each of them."""
    text = f"Well, {mark}{'some words ' * 500}end{mark[::-1]} and on."
    messages = split(text)

    plain = {run.text.strip() for message in messages for run in rendered(message) if not run.styles}
    assert len(messages) == 3
    assert plain == {"Well,", "and on."}


def test_a_mark_that_was_none_is_not_repeated() -> None:
    """A mark that is open at a cut and never closed in its paragraph is closed before the cut and left out after it."""
    first, second = split(f"**{'some words ' * 200}\n\nmore")
    assert (first[:2], first[-2:]) == ("**", "**")
    assert second.endswith("words \n\nmore")
    assert "*" not in second
    assert "*" not in split(f"**{'some words ' * 200}")[1]


def test_no_cut_leaves_a_mark_around_nothing() -> None:
    """A cut is neither behind an opening mark nor before a closing one."""
    for before in range(380, 402):
        for text in (
            f"{'日' * before}**{'日' * 300}**",
            f"**{'日' * before}**{'日' * 300}",
            f"**{'x' * (before - 90)}\n** {'y ' * 100}",
            f"||{'x' * before}\n```py\ny\n```||",
        ):
            messages = split(text, 400)
            assert not any("****" in message or "||||" in message for message in messages)
            assert all(len(message) <= 400 for message in messages)


def test_what_would_begin_a_list_is_escaped_at_the_beginning_of_a_message() -> None:
    """Where each word is a mark of a list, the one at the beginning of a message is escaped."""
    text = "x " + "- " * 600
    assert all(message.startswith(("x", "\\-")) for message in split(text, 400))
    assert max(map(len, split("x " + "7. " * 600, 400))) <= 400


def test_a_heading_that_is_cut_goes_on_as_a_heading() -> None:
    """Each message of a long heading or small print is one."""
    assert all(message.startswith("## ") for message in split(f"## {'words ' * 200}", 400))
    assert all(message.startswith("-# ") for message in split(f"-# {'words ' * 200}", 400))


def test_code_in_a_spoiler_stays_hidden_in_each_message() -> None:
    """Code in a spoiler is hidden in each message."""
    messages = split("||\n```py\n" + "x = 1\n" * 300 + "```\n||", 400)
    styles = {run.styles for message in messages for run in rendered(message) if run.text.strip()}
    assert styles == {frozenset({"spoiler", "block:py"})}


def test_a_spoiler_is_closed_behind_code_that_ends_with_a_pipe() -> None:
    """A spoiler around code that still grows is closed whole, also if the code so far ends with the same character."""
    assert grown("||\n```\n||\n")[0] == ["||\n```\n||\n```||"]


@pytest.mark.parametrize("mark", ["**", "*", "***", "||", "~~", "__"])
def test_marks_at_the_limit_are_closed_and_reopened_as_a_whole(mark: str) -> None:
    """Wherever the closing mark falls at the limit of a message, Discord shows no mark as text."""
    for length in range(384, 402):
        for message in split(f"Hi. {mark}{'w' * length}{mark} and {mark}b{mark}", 400):
            assert not set(shown(message)) & set("*|~_")


def test_a_mark_does_not_stand_in_itself() -> None:
    """A mark that is open is closed by the next one of its kind, as on Discord, so no answer holds more than one open."""
    splitter = Splitter()
    splitter.feed("||word\n```\n||word\n```\n||word\n```\n||word\n```\n")

    assert splitter.messages == ["||word\n```\n||word\n```\n||word\n```\n||word\n```"]
    assert len(spans("**a " * 4000)) == 2000


def test_bold_italic_text_is_shown_as_such_while_it_grows() -> None:
    """Text that is bold and italic is closed with both marks while it grows."""
    splitter = Splitter()
    splitter.feed("It is ***very important")

    assert splitter.messages == ["It is ***very important***"]
    splitter.feed("*")
    assert splitter.messages == ["It is ***very important***"]


def test_a_link_that_is_too_long_to_be_one_is_read_for_what_is_in_it() -> None:
    """Behind the bracket of a link of over 1,200 characters, code and further links are found all the same."""
    label = ("[" + "x" * 90 + "]") * 14
    text = f"[{label}`c`](https://example.org) `open"
    assert split(text, 2000) == [text.replace("`open", "\\`open")]
