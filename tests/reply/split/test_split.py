"""An answer in messages that Discord takes: what people see of answers of each kind."""

import time

import pytest

from bot.reply.split import LIMIT, Splitter, split
from tests.reply.split.answers import grown


@pytest.mark.parametrize("text", ["", " ", "\n\n\n", "\t \u2003\u00a0\n", " " * 5000, "\u2028" * 3000])
def test_white_space_alone_is_no_message(text: str) -> None:
    """If white space counted as a message, Discord would refuse it and the answer end in an error."""
    assert split(text) == []
    assert grown(*text) == [[]] * (len(text) + 1)


def test_7000_characters_of_prose_are_cut_between_paragraphs() -> None:
    """If a long answer were cut at random, people would read it in four torn pieces."""
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
    """If a line without any boundary could not be cut, its asker would get nothing at all."""
    messages = split("x" * 9000)

    assert "".join(messages) == "x" * 9000
    assert [len(message) for message in messages] == [2000, 2000, 2000, 2000, 1000]


def test_one_line_of_9000_characters_is_cut_between_sentences() -> None:
    """If a paragraph without line breaks were cut inside a sentence, it would be harder to read than need be."""
    sentences = [f"This is sentence number {number} of them all." for number in range(220)]

    messages = split(" ".join(sentences))

    assert len(messages) == 5
    assert all(message.startswith("This is") and message.endswith("of them all.") for message in messages)
    assert " ".join(messages) == " ".join(sentences)


def test_code_points_are_counted_as_discord_counts_them() -> None:
    """If bytes or UTF-16 units were counted, answers in emoji or Chinese would come in needlessly many pieces."""
    assert [len(message) for message in split("👋" * 2000)] == [2000]


def test_a_family_of_emoji_at_the_edge_stays_together() -> None:
    """If an emoji of several were cut, its members would stand alone on both sides of the cut."""
    family = "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466"

    assert split("x" * 1997 + family) == ["x" * 1997, family]


def test_a_grapheme_longer_than_a_message_is_cut_all_the_same() -> None:
    """If somebody's stacked accents could not be cut, they could keep an answer from being shown."""
    text = "a" + "\u0301" * 5000

    messages = split(text)

    assert "".join(messages) == text
    assert grown(text[:2100], text[2100:])[-1] == messages


def test_chinese_is_cut_between_sentences_without_any_space() -> None:
    """If a text without spaces were cut hard, its readers would find words torn and a line begun with a full stop."""
    sentence = "今天天气很好，我们去公园散步吧。"

    messages = split(sentence * 300)

    assert "".join(messages) == sentence * 300
    assert all(message.startswith("今天") and message.endswith("吧。") for message in messages)


def test_japanese_punctuation_begins_no_part() -> None:
    """If a message began with a comma or ended with an opening bracket, it would look wrong to every Japanese reader."""
    for shift in range(12):
        for message in split("x" * shift + "長い「文」、長い（文）ー" * 400):
            assert message[0] not in "」、）ー"
            assert message[-1] not in "「（"


def test_arabic_and_hebrew_are_cut_between_sentences_and_words() -> None:
    """If texts from right to left were cut by other rules, their readers would get torn words."""
    arabic = "هل هذا سؤال طويل؟ نعم هذا جواب. "
    hebrew = "שלום עולם "

    assert all(message.endswith(("؟", ".")) for message in split(arabic * 150))
    assert {word for message in split(hebrew * 600) for word in message.split()} == set(hebrew.split())


def test_a_space_that_holds_together_is_no_boundary() -> None:
    """If a number were parted from its unit, the writer's care for that would be in vain."""
    assert split(f"{'x' * 1990} 10\u00a0kilometres") == ["x" * 1990, "10\u00a0kilometres"]


def test_everyone_is_not_cut_and_unicode_line_ends_are_white_space() -> None:
    """If U+2028 counted as ink, a message could be blank to Discord; if @everyone were cut, it would look broken."""
    assert split("x" * 1995 + "@everyone") == ["x" * 1995, "@everyone"]
    assert split("\u2028@everyone\u2028 now\u2028") == ["@everyone\u2028 now"]
    assert split("word\u2028" * 500) == ["word\u2028" * 399 + "word", "word\u2028" * 99 + "word"]


def test_a_5000_character_code_block_is_closed_and_opened_again_in_its_language() -> None:
    """If the language were lost at a cut, the rest of a program would be shown without colours, or as prose."""
    lines = [f"print({number:04})" for number in range(420)]

    messages = split("\n".join(["Here:", "```python title=x", *lines, "```", "That is all."]))

    assert len(messages) == 3
    assert messages[0].startswith("Here:\n```python title=x\nprint(0000)\n")
    assert all(message.startswith("```python\nprint(") for message in messages[1:])
    assert all(message.endswith(")\n```") for message in messages[:-1])
    assert messages[-1].endswith("\n```\nThat is all.")
    assert max(map(len, messages)) <= LIMIT


def test_a_long_language_is_not_repeated() -> None:
    """If whatever stands behind a fence were repeated, a message could have no room for code."""
    messages = split(f"```{'i' * 60}\n" + "x = 1\n" * 500)

    assert all(message.startswith("```\nx = 1") for message in messages[1:])


def test_a_line_of_code_longer_than_a_message_is_cut_between_words() -> None:
    """If a long line of code were cut inside a word or a look-alike of a fence, it could not be put together again."""
    messages = split("```\n" + "some words ``` " * 300)

    assert all(message.startswith("```\n") and message.endswith("\n```") for message in messages)
    body = "".join(message.removeprefix("```\n").removesuffix("\n```") for message in messages)
    assert body == ("some words ``` " * 300).rstrip()
    assert not any(message.removeprefix("```\n").lstrip().startswith("`") for message in messages[1:])


def test_absurdly_indented_code_does_not_make_an_empty_part() -> None:
    """If an indent wider than a message had to be kept, there would be messages with nothing in them."""
    messages = split("1. a\n   ```\n   x\n" + (" " * 1990 + "y\n") * 2 + "   ```")

    assert [message.split() for message in messages] == [
        ["1.", "a", "```", "x", "```"],
        ["1.", "…", "```", "y", "```"],
        ["1.", "…", "```", "y", "```"],
    ]


def test_a_gap_in_code_larger_than_a_message_is_no_message() -> None:
    """If thousands of blank lines in code became a message, Discord would refuse it and the answer end in an error."""
    blank = "\n" * 5000

    assert [message.split() for message in split(f"```\na{blank}b\n```")] == [["```", "a", "```"], ["```", "b", "```"]]


def test_a_fence_that_is_open_at_the_end_is_closed() -> None:
    """If an answer cut off inside code stayed open, the remark under it would be shown as code."""
    assert split("```js\nlet a") == ["```js\nlet a\n```"]
    assert split("```js\nlet a\n``") == ["```js\nlet a\n```"]
    assert split("> ```js\n> let a") == ["> ```js\n> let a\n> ```"]
    assert split("> ```js\n> let a\n>") == ["> ```js\n> let a\n> ```"]
    assert split("> ```js\n> let a\n> `") == ["> ```js\n> let a\n> ```"]


@pytest.mark.parametrize("text", ["Text:\n\n    ```\n    x", "``` a`b\nx", "~~\nx", f"```{'i' * 98}\nx"])
def test_what_is_no_fence_is_not_closed(text: str) -> None:
    """If ticks that open nothing were closed, a stray fence would stand at the end of an answer."""
    assert split(text) == [text]


def test_a_fence_is_not_closed_by_what_is_indented_like_code() -> None:
    """If ticks inside an indented example ended the code around it, the rest of it would be shown as prose."""
    assert split("```\nx\n    ```\ny") == ["```\nx\n    ```\ny\n```"]


def test_a_longer_fence_holds_shorter_ones() -> None:
    """If an inner fence closed the outer, Markdown about Markdown would fall apart in the asker's channel."""
    inner = "\n".join(f"```\ncode {number}\n```" for number in range(300))

    messages = split(f"````md\n{inner}\n````")

    assert len(messages) == 3
    assert all(message.startswith("````md\n") and message.endswith("\n````") for message in messages)


@pytest.mark.parametrize(("opening", "inside"), [("~~~sh", "```"), ("```sh", "~~~")])
def test_the_other_kind_of_fence_closes_nothing(opening: str, inside: str) -> None:
    """If tildes closed backticks, a code block that shows the one in the other would spill over."""
    marker = opening[:3]

    messages = split("\n".join([opening, *[f"{inside} {number}" for number in range(300)], inside, marker]))

    assert len(messages) == 2
    assert all(message.startswith(f"{opening}\n") and message.endswith(f"\n{marker}") for message in messages)


@pytest.mark.parametrize(("opening", "line", "closing"), [
    ("", "x", ""), ("```py\n", "x", "\n```"), ("> ```\n", "> x", "\n> ```"), ("- a\n   ~~~~\n", "   x", "\n   ~~~~")
])  # fmt: skip
def test_what_fits_exactly_is_one_message(opening: str, line: str, closing: str) -> None:
    """If room were kept for a fence that the answer closes itself, an answer that fits would come in two messages."""
    text = opening + (line + "\n") * 100 + line
    filler = LIMIT - len(text) - len(closing)
    text += "x" * filler + closing

    assert split(text) == [text]
    assert grown(*text)[-1] == [text]
    assert len(split(text + "\ny")) == 2


def test_a_cut_leaves_no_empty_code_block() -> None:
    """If a cut fell behind an opening fence or before a closing one, people would see an empty black box."""
    for words in range(360, 420):
        messages = split("word " * words + "\n```py\n" + "x = 1\n" * words + "```\nend")
        assert not any("```py\n```" in message for message in messages)
    assert split(f"```\n{'x' * 1990}\n``````") == [f"```\n{'x' * 1989}\n```", "```\nx\n``````"]
    assert split(f"```\n{'x' * 1990}\n   ```") == [f"```\n{'x' * 1989}\n```", "```\nx\n   ```"]


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
    """If cuts ignored the text, people would read sentences and words broken in two."""
    assert split(f"{'a' * 250}{boundary}{'b' * 250}", 400) == [first, second]


def test_a_paragraph_is_a_better_boundary_than_a_later_line_or_word() -> None:
    """If the last boundary always won, lists and paragraphs would be torn although there was a better place."""
    text = f"{'a' * 250}\n\n{'b ' * 20}\n{'c ' * 20}. {'d ' * 100}"

    assert split(text, 400)[0] == "a" * 250


def test_a_heading_goes_with_what_it_heads() -> None:
    """If a heading or an introduction stood alone at the end of a message, the next would begin without one."""
    text = f"{'a ' * 120}\n\n{'b ' * 50}\n\n## Heading\n\n{'c ' * 100}"
    assert split(text, 400)[1].startswith("## Heading\n\nc c")

    text = f"{'a ' * 190}\nThe steps:\n{'- some words ' * 10}"
    assert split(text, 400)[1].startswith("The steps:\n- some")


def test_headings_alone_are_cut_between_them() -> None:
    """If nothing could be cut behind a heading, a table of contents would be torn inside its lines."""
    assert all(message.endswith("Heading") for message in split("# Heading\n" * 500))


def test_a_link_longer_than_half_a_part_goes_to_the_next_part() -> None:
    """If a long link were cut because it is long, it would lead nowhere."""
    link = f"[here](https://example.org/{'a' * 1500})"

    assert split(f"{'word ' * 160}{link}") == [("word " * 160).rstrip(), link]
    assert split(f"{'word ' * 120}\n{link}") == [("word " * 120).rstrip(), link]


def test_a_link_longer_than_a_part_is_cut_all_the_same() -> None:
    """If what is not to be cut could never be cut, an answer with it could not be shown."""
    text = f"https://example.org/{'a' * 5000}"

    assert "".join(split(text)) == text
    assert " ".join(split(f"[{'long label ' * 300}](https://example.org)")).count("long label") == 300


def test_no_part_of_a_paragraph_begins_as_something_else() -> None:
    """If a cut made a dash or a number begin a message, a sum or a date would be shown as a list."""
    for shift in range(30):
        text = "x" * shift + "one - two 3. four > five # six + seven * " * 60
        assert all(message[0].isalpha() for message in split(text, 400))


def test_what_has_only_begun_is_not_shown_yet() -> None:
    """If half a fence were shown, people would see ticks and empty boxes come and go while an answer grows."""
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
    assert grown("```", "\n", "``", "`") == [[], [], [], ["```\n```"], ["```\n```"]]
    assert grown("- ", "```", "\n", "  x") == [["-"], ["-"], ["-"], ["- ```\n  x\n  ```"], ["- ```\n  x\n  ```"]]
    assert grown("> ", "```\n", ">", " x") == [[], [], [], ["> ```\n> x\n> ```"], ["> ```\n> x\n> ```"]]


def test_a_held_line_is_shown_as_far_as_it_fits() -> None:
    """If a line that may yet become a table filled a message, it could settle a cut that the table would not have."""
    family = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
    before = "word " * 395 + "\n"

    shown = grown(before, f"{'x' * 22}{family}", " and on", "\n\n")

    assert shown[1] == [f"{before}{'x' * 22}"]
    assert shown[2] == shown[1]
    assert shown[3] == [before.rstrip(), f"{'x' * 22}{family} and on"]


def test_feeding_and_looking_cost_the_same_at_the_end_of_a_long_answer() -> None:
    """If each look went through the whole answer, long ones would take all of the processor that others need."""

    def seconds(pieces: int) -> float:
        splitter = Splitter()
        began = time.process_time()
        for number in range(pieces):
            splitter.feed("word\n" if number % 20 == 0 else "word ")
            assert splitter.messages
        return time.process_time() - began

    seconds(100)
    assert seconds(8_000) < 40 * seconds(800)  # ten times as much, where a hundred would be too much
