"""An answer as messages that Discord takes: examples of each kind of text."""

import time

import pytest

from bot.reply.split import LIMIT, Splitter, split
from tests.reply.split.answers import grown
from tests.truth.markdown import blocks, outside


@pytest.mark.parametrize("text", ["", " ", "\n\n\n", "\t \u2003\u00a0\n", " " * 5000, "\u2028" * 3000])
def test_white_space_alone_is_no_message(text: str) -> None:
    """White space alone becomes no message."""
    assert split(text) == []
    assert grown(*text) == [[]] * (len(text) + 1)


def test_a_message_that_shows_nothing_is_left_out() -> None:
    """Invisible characters alone become no message, and empty quotes are cut anywhere."""
    assert split("\u200b" * 3000) == []
    assert split("a" * 2000 + "\u200b" * 2000 + "b") == ["a" * 2000, "b"]
    assert {line for message in split("> \n" * 2000) for line in message.split("\n")} == {"> ", ">"}


def test_7000_characters_of_prose_are_cut_between_paragraphs() -> None:
    """Prose of 7000 characters is cut between paragraphs only."""
    paragraphs = [f"Paragraph {number}: {'words of prose ' * 22}end." for number in range(20)]

    messages = split("\n\n".join(paragraphs))

    assert len(messages) == 4
    assert "\n\n".join(messages).split("\n\n") == paragraphs


def test_what_was_added_is_told_apart() -> None:
    """A piece of an answer tells the text from the marks that close and open a fence again where a message ends."""
    code = "".join(f"line {number}\n" for number in range(60))
    splitter = Splitter(400)
    splitter.feed(f"```py\n{code}```")

    assert [piece.text for piece in splitter.pieces] == splitter.close()
    first, second, *_ = splitter.pieces
    assert (first.head, first.tail, second.head) == ("", "\n```", "```py\n")
    assert "\n".join(piece.body for piece in splitter.pieces) == f"```py\n{code}```"


def test_one_line_of_9000_characters_is_cut_hard() -> None:
    """A line without any boundary is cut every 2000 characters."""
    messages = split("x" * 9000)

    assert "".join(messages) == "x" * 9000
    assert [len(message) for message in messages] == [2000, 2000, 2000, 2000, 1000]


def test_one_line_of_9000_characters_is_cut_between_sentences() -> None:
    """A line of 9000 characters is cut between sentences."""
    sentences = [f"This is sentence number {number} of them all." for number in range(220)]

    messages = split(" ".join(sentences))

    assert len(messages) == 5
    assert all(message.startswith("This is") and message.endswith("of them all.") for message in messages)
    assert " ".join(messages) == " ".join(sentences)


def test_code_points_are_counted_as_discord_counts_them() -> None:
    """The limit of a message counts code points: 2000 emoji are one message."""
    assert [len(message) for message in split("👋" * 2000)] == [2000]


def test_a_family_of_emoji_at_the_edge_stays_together() -> None:
    """A family of emoji that does not fit any more goes to the next message as a whole."""
    family = "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466"

    assert split("x" * 1997 + family) == ["x" * 1997, family]


def test_a_grapheme_longer_than_a_message_is_cut_all_the_same() -> None:
    """A grapheme longer than a message is cut."""
    text = "a" + "\u0301" * 5000

    messages = split(text)

    assert "".join(messages) == text
    assert grown(text[:2100], text[2100:])[-1] == messages


def test_chinese_is_cut_between_sentences_without_any_space() -> None:
    """Chinese is cut behind a full stop, although no space stands there."""
    sentence = "今天天气很好，我们去公园散步吧。"

    messages = split(sentence * 300)

    assert "".join(messages) == sentence * 300
    assert all(message.startswith("今天") and message.endswith("吧。") for message in messages)


def test_japanese_punctuation_begins_no_part() -> None:
    """Japanese messages begin with no closing punctuation and end with no opening bracket."""
    for shift in range(12):
        for message in split("x" * shift + "長い「文」、長い（文）ー" * 400):
            assert message[0] not in "」、）ー"
            assert message[-1] not in "「（"


def test_arabic_and_hebrew_are_cut_between_sentences_and_words() -> None:
    """Arabic is cut between sentences, and Hebrew between words."""
    arabic = "هل هذا سؤال طويل؟ نعم هذا جواب. "
    hebrew = "שלום עולם "

    assert all(message.endswith(("؟", ".")) for message in split(arabic * 150))
    assert {word for message in split(hebrew * 600) for word in message.split()} == set(hebrew.split())


def test_a_space_that_holds_together_is_no_boundary() -> None:
    """A no-break space is no boundary."""
    assert split(f"{'x' * 1990} 10\u00a0kilometres") == ["x" * 1990, "10\u00a0kilometres"]


def test_everyone_is_not_cut_and_unicode_line_ends_are_white_space() -> None:
    """`@everyone` is not cut, and U+2028 is white space at the ends of a message."""
    assert split("x" * 1995 + "@everyone") == ["x" * 1995, "@everyone"]
    assert split("\u2028@everyone\u2028 now\u2028") == ["@everyone\u2028 now"]
    assert split("word\u2028" * 500) == ["word\u2028" * 399 + "word", "word\u2028" * 99 + "word"]


def test_a_5000_character_code_block_is_closed_and_opened_again_in_its_language() -> None:
    """A long code block is closed at each cut and opened again in its language."""
    lines = [f"print({number:04})" for number in range(420)]

    messages = split("\n".join(["Here:", "```python title=x", *lines, "```", "That is all."]))

    assert len(messages) == 3
    assert messages[0].startswith("Here:\ntitle=x\n```python\nprint(0000)\n")
    assert all(message.startswith("```python\nprint(") for message in messages[1:])
    assert all(message.endswith(")\n```") for message in messages[:-1])
    assert messages[-1].endswith("\n```\nThat is all.")
    assert max(map(len, messages)) <= LIMIT


def test_a_long_language_is_a_line_of_text() -> None:
    """A language of 60 characters becomes a line before its code."""
    messages = split(f"```{'i' * 60}\n" + "x = 1\n" * 500)

    assert messages[0].startswith(f"{'i' * 60}\n```\nx = 1")
    assert all(message.startswith("```\nx = 1") for message in messages[1:])


def test_a_line_of_code_longer_than_a_message_is_cut_between_words() -> None:
    """A long line of code is cut between words, and its backticks end no block."""
    messages = split("```\n" + "some words ``` " * 300)

    assert all(message.startswith("```\n") and message.endswith("\n```") for message in messages)
    body = "".join(message.removeprefix("```\n").removesuffix("\n```") for message in messages)
    assert body.replace("\u200b", "") == ("some words ``` " * 300).rstrip()
    assert "```" not in body


def test_absurdly_indented_code_does_not_make_an_empty_part() -> None:
    """An indent of code almost as wide as a message is cut down to 100 columns."""
    (message,) = split("1. a\n   ```\n   x\n" + (" " * 1990 + "y\n") * 2 + "   ```")

    assert message == f"1. a\n   ```\n   x\n{' ' * 100}y\n{' ' * 100}y\n   ```"


def test_a_gap_in_code_larger_than_a_message_is_no_message() -> None:
    """Thousands of blank lines in code become no message of their own, with spaces or without."""
    blank = "  \n" * 2000

    assert [message.split() for message in split(f"```\na{blank}b\n```")] == [["```", "a", "```"], ["```", "b", "```"]]
    assert split(f"```\na{blank.replace(' ', '')}b\n```") == ["```\na" + "\n" * 101 + "b\n```"]


def test_a_fence_that_is_open_at_the_end_is_closed() -> None:
    """A fence that is open at the end of an answer is closed, inside its quote where it has one."""
    assert split("```js\nlet a") == ["```js\nlet a\n```"]
    assert split("```js\nlet a\n``") == ["```js\nlet a\n```"]
    assert split("> ```js\n> let a") == ["> ```js\n> let a\n> ```"]
    assert split("> ```js\n> let a\n>") == ["> ```js\n> let a\n> ```"]
    assert split("> ```js\n> let a\n> `") == ["> ```js\n> let a\n> ```"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("``` a`b\nx", "\\`\\`\\` a\\`b\nx"),
        ("a ``` b ``\nx", "a \\`\\`\\` b \\`\\`\nx"),
        ("~~\nx", "~~\nx"),
        ("~~~a~~~\nx", "\\~\\~\\~a\\~\\~\\~\nx"),
    ],
)
def test_what_is_no_fence_is_not_closed(text: str, shown: str) -> None:
    """Rows of backticks and tildes that open no fence are escaped."""
    assert split(text) == [shown]


def test_a_fence_is_not_closed_by_what_is_indented_like_code() -> None:
    """A fence that is indented like code opens a block, as on Discord, without its indent. It closes none of less indent."""
    assert split("Text:\n\n    ```\n    x") == ["Text:\n\n```\nx\n```"]
    assert split("```\nx\n    ```\ny") == ["```\nx\n    `\u200b`\u200b`\u200b\ny\n```"]


def test_a_longer_fence_holds_shorter_ones() -> None:
    """A fence of four backticks becomes one of three. Those within stay readable and close nothing."""
    inner = "\n".join(f"```\ncode {number}\n```" for number in range(300))

    messages = split(f"````md\n{inner}\n````")

    assert [blocks(message)[0][0] for message in messages] == ["md"] * 4
    assert "\n".join(blocks(message)[0][1] for message in messages).replace("\u200b", "") == inner
    assert "".join(map(outside, messages)) == ""


@pytest.mark.parametrize(("opening", "inside"), [("~~~sh", "```"), ("```sh", "~~~")])
def test_the_other_kind_of_fence_closes_nothing(opening: str, inside: str) -> None:
    """Tildes do not close backticks, nor backticks tildes; both become backticks."""
    marker = opening[:3]

    messages = split("\n".join([opening, *[f"{inside} {number}" for number in range(300)], inside, marker]))

    assert [blocks(message)[0][0] for message in messages] == ["sh"] * len(messages)
    shown = "\n".join(blocks(message)[0][1] for message in messages).replace("\u200b", "")
    assert shown == "\n".join([*[f"{inside} {number}" for number in range(300)], inside])


@pytest.mark.parametrize(("opening", "line", "closing"), [
    ("", "x", ""), ("```py\n", "x", "\n```"), ("> ```\n", "> x", "\n> ```"), ("- a\n   ```\n", "   x", "\n   ```")
])  # fmt: skip
def test_what_fits_exactly_is_one_message(opening: str, line: str, closing: str) -> None:
    """A text of exactly the limit is one message, even where it ends with a closing fence."""
    text = opening + (line + "\n") * 100 + line
    filler = LIMIT - len(text) - len(closing)
    text += "x" * filler + closing

    assert split(text) == [text]
    assert grown(*text)[-1] == [text]
    assert len(split(text + "\ny")) == 2


def test_a_cut_leaves_no_empty_code_block() -> None:
    """A cut beside a fence leaves no empty code block."""
    for words in range(360, 420):
        messages = split("word " * words + "\n```py\n" + "x = 1\n" * words + "```\nend")
        assert not any("```py\n```" in message for message in messages)
    assert split(f"```\n{'x' * 1993}\n``````") == [f"```\n{'x' * 1992}\n```", "```\nx\n```"]
    assert split(f"```\n{'x' * 1993}\n   ```") == [f"```\n{'x' * 1992}\n```", "```\nx\n```"]


@pytest.mark.parametrize(
    ("boundary", "first", "second"),
    [
        ("\n\n", "a" * 250, "b" * 250),
        ("\n", "a" * 250, "b" * 250),
        (". ", "a" * 250 + ".", "b" * 250),
        (" ", "a" * 250, "b" * 250),
    ],
)
def test_the_cut_is_at_a_natural_boundary(boundary: str, first: str, second: str) -> None:
    """A text is cut at a paragraph, a line, a sentence or a word."""
    assert split(f"{'a' * 250}{boundary}{'b' * 250}", 400) == [first, second]


def test_a_paragraph_is_a_better_boundary_than_a_later_line_or_word() -> None:
    """The end of a paragraph that leaves a message full is a better boundary than a later sentence or word."""
    text = f"{'a' * 385}\n\n{'b ' * 2}. {'d ' * 100}"
    assert split(text, 400)[0] == "a" * 385

    text = f"{'a' * 250}\n\n{'b ' * 20}\n{'c ' * 20}. {'d ' * 100}"
    assert len(split(text, 400)[0]) >= 340


def test_a_heading_goes_with_what_it_heads() -> None:
    """A heading or an introduction goes to the next message with the text behind it."""
    text = f"{'a ' * 120}\n\n{'b ' * 50}\n\n## Heading\n\n{'c ' * 100}"
    assert split(text, 400)[1].startswith("## Heading\n\nc c")

    text = f"{'a ' * 190}\nThe steps:\n{'- some words ' * 10}"
    assert split(text, 400)[1].startswith("The steps:\n- some")


def test_headings_alone_are_cut_between_them() -> None:
    """A text of headings alone is cut between them."""
    assert all(message.endswith("Heading") for message in split("# Heading\n" * 500))


def test_a_link_longer_than_half_a_part_goes_to_the_next_part() -> None:
    """A link longer than half a message goes to the next message as a whole."""
    link = f"[here](https://example.org/{'a' * 1500})"

    assert split(f"{'word ' * 160}{link}") == [("word " * 160).rstrip(), link]
    assert split(f"{'word ' * 120}\n{link}") == [("word " * 120).rstrip(), link]


def test_a_link_longer_than_a_part_is_cut_all_the_same() -> None:
    """A link longer than a message is cut."""
    text = f"https://example.org/{'a' * 5000}"

    assert "".join(split(text)) == text
    assert " ".join(split(f"[{'long label ' * 300}](https://example.org)")).count("long label") == 300


def test_no_part_of_a_paragraph_begins_as_something_else() -> None:
    """No message begins with a mark or a number of running text that Markdown takes for a list, a quote or a heading."""
    for shift in range(30):
        text = "x" * shift + "one - two 3. four > five # six + seven * " * 60
        assert all(message[0].isalpha() for message in split(text, 400))


def test_what_has_only_begun_is_not_shown_yet() -> None:
    """A fence that has only begun is not shown; its block is shown with its first code, or once it is closed."""
    assert grown("Here:\n", "`", "``", "py", "\n", "x", "\n`", "``", "\nDone") == [
        ["Here:"],
        ["Here:"],
        ["Here:"],
        ["Here:"],
        ["Here:"],
        ["Here:\n```py\nx\n```"],
        ["Here:\n```py\nx\n```"],
        ["Here:\n```py\nx\n```"],
        ["Here:\n```py\nx\n```\nDone"],
        ["Here:\n```py\nx\n```\nDone"],
    ]
    assert grown("```", "\n", "``", "`") == [[], [], [], [], ["```\n\u200b\n```"]]
    assert grown("- ", "```", "\n", "  x") == [["-"], ["-"], ["-"], ["- ```\n  x\n  ```"], ["- ```\n  x\n  ```"]]
    assert grown("> ", "```\n", ">", " x") == [[], [], [], ["> ```\n> x\n> ```"], ["> ```\n> x\n> ```"]]


def test_a_held_line_is_shown_as_far_as_it_fits() -> None:
    """A line that may become a table is shown as far as it fits the message, and decides no cut."""
    family = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
    before = "word " * 395 + "\n"

    shown = grown(before, f"{'x' * 22}{family}", " and on", "\n\n")

    assert shown[1] == [f"{before}{'x' * 22}"]
    assert shown[2] == shown[1]
    assert shown[3] == [before.rstrip(), f"{'x' * 22}{family} and on"]


def test_feeding_and_looking_cost_the_same_at_the_end_of_a_long_answer() -> None:
    """A piece costs the same at the end of a long answer as at its beginning."""

    def seconds(pieces: int) -> float:
        splitter = Splitter()
        began = time.process_time()
        for number in range(pieces):
            splitter.feed("word\n" if number % 20 == 0 else "word ")
            assert splitter.messages
        return time.process_time() - began

    seconds(100)
    assert seconds(8_000) < 40 * seconds(800)  # ten times as much, where a hundred would be too much


def test_a_fence_that_begins_behind_a_quoted_one_leaves_neither_open() -> None:
    """While an answer grows, a fence without text is held back together with the fence without text before it."""
    splitter = Splitter(400)
    for piece in "```\n" * 3 + "```" + " " * 200 + ".\n```\n> ```py\n``` ":
        splitter.feed(piece)
    assert splitter.messages[-1].endswith(".\n```")


def test_a_fence_that_finds_no_room_is_not_shown_before_its_code() -> None:
    """While an answer grows, a fence that does not fit behind a full message waits there for its code."""
    splitter = Splitter(400)
    for character in f"```\n| {'wide ' * 12}| x |\n```\n```py\n> ```\n> ```py\n" * 5:
        splitter.feed(character)
        assert all(message.count("```") % 2 == 0 for message in splitter.messages)
        assert all(len(message) <= 400 for message in splitter.messages)
