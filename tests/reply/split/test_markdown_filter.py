"""The filter in front of the split, which turns tables into code blocks or lists and gives fences lines of their own."""

import pytest

from bot.reply.split import Splitter, split
from bot.reply.split.markdown_filter import MarkdownFilter

TABLE = "| Name | Age |\n|:-----|----:|\n| Bob | 3 |\n| Zoë | 12 |\n"
SHOWN = "```\nName  Age\n----  ---\nBob     3\nZoë    12\n```"


APART = "`\u200b`\u200b`\u200b"
"""Three backticks in code that end no block."""


def passed(*pieces: str) -> str:
    """The output of the filter for a whole answer, which comes in these pieces."""
    sieve = MarkdownFilter()
    return "".join(sieve.feed(piece) for piece in pieces) + sieve.close()


def looks(*pieces: str) -> list[str]:
    """The text on display after each piece of an answer that fits one message."""
    splitter = Splitter()
    shown: list[str] = []
    for piece in pieces:
        splitter.feed(piece)
        shown.append("".join(splitter.messages))
    return shown


def test_a_table_is_shown_when_it_is_complete_and_not_before() -> None:
    """A table is shown once it is complete, and only the text before it until then."""
    *growing, ended = looks("Look:\n", *TABLE.splitlines(keepends=True), "\nAnd on")

    assert growing == ["Look:"] * 5
    assert ended == f"Look:\n{SHOWN}\n\nAnd on"


@pytest.mark.parametrize("end", ["", "\n", "Text at once.", "\nText.", "# Heading", "> quote", "```\ncode\n```"])
def test_a_table_ends_with_the_first_line_that_is_no_row(end: str) -> None:
    """A table ends with the first line that is no row, which stays as it is."""
    assert split(TABLE + end) == [f"{SHOWN}\n{end}".rstrip()]


def test_what_looks_like_a_header_but_is_none_is_held_until_the_next_line() -> None:
    """A line that looks like a header is held until the next line, and shown where that makes no table of it."""
    shown = looks("Look:\n", "| not", " a table |", "\n", "a", "nd")

    assert shown == ["Look:"] * 4 + ["Look:\n| not a table |\na", "Look:\n| not a table |\nand"]
    assert looks("| a |\n", "|--|\n", "", "|") == ["", "", "", ""]
    assert split("| a |\n|--|--|\n| b |") == ["| a |\n|--|--|\n| b |"]
    assert split("| a |") == ["| a |"]


def test_a_header_without_a_pipe_in_front_is_shown_until_it_is_known() -> None:
    """A header without a pipe in front is shown until the line of dashes below it is complete."""
    shown = looks("Look:\n", "a", " | b", "\n", "--", "|--", "\n1 | 2", "\n", "\nend")

    assert shown[:5] == ["Look:", "Look:\na", "Look:\na | b", "Look:\na | b", "Look:\na | b\n--"]
    assert shown[5] == "Look:\na | b\n--|--"
    assert shown[6:8] == ["Look:", "Look:"]
    assert shown[8] == "Look:\n```\na  b\n-  -\n1  2\n```\n\nend"


def test_the_only_message_does_not_vanish_when_its_line_becomes_a_header() -> None:
    """The only message of an answer stays on display when its line becomes a header."""
    assert looks("a | b", "\n-|-\n", "1 | 2\n") == ["a | b", "a | b", "a | b"]
    assert split("a | b\n-|-\n1 | 2\n") == ["```\na  b\n-  -\n1  2\n```"]


def test_rows_without_a_pipe_in_front_end_at_a_line_without_any() -> None:
    """A table without pipes in front ends at a line without a pipe, or at a list item."""
    table = "a | b\n-|-\n1 | 2\n"
    shown = "```\na  b\n-  -\n1  2\n```"

    assert passed(f"{table}Some text.") == f"{shown}\nSome text.\n"
    assert passed(f"{table}- x | y") == f"{shown}\n- x | y\n"
    assert looks(table, "long " * 50)[1] == f"{shown}\n{'long ' * 50}".rstrip()


@pytest.mark.parametrize(
    "text",
    [
        "```\n| a |\n|---|\n| b |\n```\n",
        "- a | b\n--|--\n",
        "# a | b\n--|--\n",
        "     | a |\n     |---|\n",
        "> | a |\n|---|\n",
        "| a |\n> |---|\n",
        "a | b\n---\n",
        "text ||hidden|| text\n\nmore\n",
        f"| {'long ' * 300}|\n|---|\n",
        f"{'long ' * 50}| a\n---|---\n",
        f"| a |\n|{'-' * 1000}|\n",
        "- x\n" + " " * 300 + "| a |\n   |---|\n",
    ],
)
def test_what_is_no_table_stays_as_it_is(text: str) -> None:
    """Code, list items, headings and lines of great length are no tables and stay as they are."""
    sieve = MarkdownFilter()

    assert passed(text) == text
    assert "".join(map(sieve.feed, text)) + sieve.close() == text


def test_a_table_in_a_quote_or_an_item_stays_in_it() -> None:
    """A table in a quote or a list item stays in it."""
    assert passed("> | a |\n> |---|\n> | b |\ntext") == "> ```\n> a\n> -\n> b\n> ```\ntext\n"
    assert passed("1. x\n   | a |\n   |---|\n   | b |\n2. y") == "1. x\n   ```\n   a\n   -\n   b\n   ```\n2. y\n"
    assert passed("- a\n  - b\n     | a |\n     |---|\n") == "- a\n  - b\n     ```\n     a\n     -\n     ```\n"


def test_a_table_of_5000_rows_is_split_into_closed_fences() -> None:
    """A table of 5000 rows is split into closed code blocks that have every row."""
    rows = "".join(f"| {number} | row {number} |\n" for number in range(5000))

    messages = split(f"| n | text |\n|--:|---|\n{rows}")

    assert all(
        message.startswith("```\n") and message.endswith("\n```") and len(message) <= 2000 for message in messages
    )
    shown = [line.split() for message in messages for line in message.split("\n") if line.endswith(tuple("0123456789"))]
    assert shown == [[str(number), "row", str(number)] for number in range(5000)]


def test_a_long_line_passes_while_it_is_written() -> None:
    """A line without a pipe in front is held for 200 characters at most, and passes from then on as it is written."""
    sieve = MarkdownFilter()

    assert sieve.feed("x" * 200) == ""
    assert sieve.held == "x" * 200
    assert sieve.feed("x") == "x" * 201
    assert sieve.feed("yz") == "yz"
    assert sieve.held == ""
    assert sieve.feed(" | a\nb") == " | a\n"
    assert sieve.close() == "b\n"
    assert passed("x" * 300) == "x" * 300 + "\n"


def test_a_pipe_far_behind_makes_no_row() -> None:
    """A pipe far behind in a long line makes no row of it."""
    text = "a | b\n-|-\n1 | 2\n" + "x" * 250 + " | y\n"
    sieve = MarkdownFilter()

    assert passed(text).endswith("1  2\n```\n" + "x" * 250 + " | y\n")
    assert "".join(map(sieve.feed, text)) + sieve.close() == passed(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Do this: ```py\nx\n```\n", "Do this:\n```py\nx\n```\n"),
        ("Do this:```\nx\n```\n", "Do this:\n```\nx\n```\n"),
        ("1. Do ```sh\n   ls\n   ```\n", "1. Do\n   ```sh\n   ls\n   ```\n"),
        ("> Do: ```\n> x\n> ```\n", "> Do:\n> ```\n> x\n> ```\n"),
        ("```py\nprint(1)```\ntext\n", "```py\nprint(1)\n```\ntext\n"),
        ("> ```\n> x```\n", "> ```\n> x\n> ```\n"),
        ("Use `x` so ```py\ny\n```\n", "Use `x` so\n```py\ny\n```\n"),
        ("# Do ```\nx\n```\n", "# Do\n```\nx\n```\n"),
        (f"{'long ' * 50}do ```py\nx\n```\n", f"{'long ' * 50}do \n```py\nx\n```\n"),
        (f"> {'long ' * 50}do ```py\n> x\n> ```\n", f"> {'long ' * 50}do \n> ```py\n> x\n> ```\n"),
        (f"```\n{'long ' * 50}x```\ny\n", f"```\n{'long ' * 50}x\n```\ny\n"),
        (f"```\n{'long ' * 50}x'```\ny\n```\n", f"```\n{'long ' * 50}x'{APART}\ny\n```\n"),
        ("||```py\nx\n```||\n", "||\n```py\nx\n```\n||\n"),
        ("```print(1)```\n", "```\nprint(1)\n```\n"),
        ("```\nx = '```\n```\n", f"```\nx = '{APART}\n```\n"),
        ("~~~\nx```\n~~~\n", f"```\nx{APART}\n```\n"),
        ("- ```sh\n  ls\n  ```\n", "- ```sh\n  ls\n  ```\n"),
    ],
)
def test_a_fence_behind_something_else_gets_a_line_of_its_own(text: str, expected: str) -> None:
    """A fence behind other text gets a line of its own where it opens or closes code."""
    sieve = MarkdownFilter()

    assert passed(text) == expected
    assert "".join(map(sieve.feed, text)) + sieve.close() == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("~~~python\nx\n~~~\n", "```python\nx\n```\n"),
        ("~~~~\n~~~\nx\n~~~~~\n", "```\n~~~\nx\n```\n"),
        ("````md\n```sh\nx\n```\n````\n", f"```md\n{APART}sh\nx\n{APART}\n```\n"),
        ("> ~~~\n> x\n> ~~~\n", "> ```\n> x\n> ```\n"),
        ("> > ```py\n> > x\n> > ```\n", "> ```py\n> x\n> ```\n"),
        (">>> ```py\nx\n```\n", ">>> ```py\nx\n```\n"),
        ("- - ```py\n    x\n    ```\n", "- - ```py\n    x\n    ```\n"),
        ("- ```py title.py\n  x\n  ```\n", "- title.py\n  ```py\n  x\n  ```\n"),
        ("- a\n  ```\n  x\n\n  y\n  ```\n", "- a\n  ```\n  x\n   \n  y\n  ```\n"),  # a blank line would end the list
        (
            "1. a\n\n   ```\n   x\n\n     y\n   ```\n2. b\n",
            "1. a\n\n```\nx\n\n  y\n```\n2. b\n",
        ),  # Discord ended it before
        ("1. a\n\n   b\n   ```\n   x\n   ```\n", "1. a\n\n   b\n```\nx\n```\n"),
        ("1. a\n\n   - b\n   ```\n   x\n   ```\n", "1. a\n\n   - b\n```\nx\n```\n"),
        ("- a\n\n- ```\n  x\n  ```\n  ```\n  y\n  ```\n", "- a\n\n- ```\n  x\n  ```\n  ```\n  y\n  ```\n"),
        ("- a\n\n- b\n  ```\n  x\n  ```\n", "- a\n\n- b\n  ```\n  x\n  ```\n"),
        ("> - a\n> \n>   ```\n>   x\n>   ```\n", "> - a\n> \n> ```\n> x\n> ```\n"),
        ("- a\n  ```\nls\n  ```\n", "- a\n  ```\n  ls\n  ```\n"),  # a line of less indent would end the list
        ("```\n\n\nx\n\ny\n```\n", "```\nx\n\ny\n```\n"),
        ("```py\n```\nText ```x```\n", "```py\n\u200b\n```\nText `x`\n"),  # an empty block would swallow what follows
        ("```py\n\n```\n", "```py\n\u200b\n```\n"),
        ("Step:\n    ```sh\n    ls\n      -l\n  x\n    ```\nNext\n", "Step:\n```sh\nls\n  -l\nx\n```\nNext\n"),
        ("Text `code` ```py\nx\n```\nNext\n", "Text `code`\n```py\nx\n```\nNext\n"),
        ("```\nx\n``` - yes\n", "```\nx\n```\n - yes\n"),
        ("```\nx\n```</details>\n", "```\nx\n```\n</details>\n"),
        ("```\nx\n```Note that this\n", "```\nx\n```\nNote that this\n"),
        ("Use: ```bash\r\nls\r\n```\r\nthen\n", "Use:\n```bash\nls\n```\nthen\n"),
        (f"{' ' * 60}~~~\nx\n{' ' * 60}~~~\n", "```\nx\n```\n"),
        (f"- a\n{' ' * 60}~~~\n  x\n  ~~~\n", f"- a\n{' ' * 40}```\n{' ' * 40}x\n{' ' * 40}```\n"),
    ],
)
def test_every_fence_becomes_one_of_three_backticks(text: str, expected: str) -> None:
    """A fence of tildes or of a longer row becomes one that Discord knows, and what it holds closes nothing."""
    sieve = MarkdownFilter()

    assert passed(text) == expected
    assert "".join(map(sieve.feed, text)) + sieve.close() == expected
    assert passed(expected) == expected


A, B = "https://a.example/x", "https://b.example/y_(z)"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("#### Oil", "### Oil"),
        ("###### Oil ####", "### Oil ####"),
        ("- #### Oil", "- ### Oil"),
        ("> ##### Oil", "> ### Oil"),
        ("####Oil", "####Oil"),
        (f"#### {'long ' * 50}", f"### {'long ' * 50}"),
        (f"See [{A}]({A}).", f"See {A}."),
        (f"[{B}]({B})", B),
        (f"[**{A}**]({A}/)", f"{A}/"),
        (f"[`{A}`](<{A}>)", A),
        (f'[{A}]({A} "Lamps")', A),
        (f"[{A}]({B})", f"{A} ({B})"),
        (f"[see {A} now]({A})", f"see {A} now"),
        (f"参见[{A}]({A})。", f"参见{A} 。"),
        (f"[{A}]({A})and", f"{A} and"),
        (f"[lamps]({A})and", f"[lamps]({A})and"),
        (f"{'long ' * 50}[{A}]({A}) and on", f"{'long ' * 50}{A} and on"),
        (f"`[{A}]({A})`", f"`[{A}]({A})`"),
        ("a ```x``` b", "a `x` b"),
        ("a ```x`y``` b", "a ``x`y`` b"),
        ("a ```` `x```y` ```` b", f"a `` `x{APART}y` `` b"),
        ("a ````x```` b", "a `x` b"),
        ("``x ```y``` z``", f"``x {APART}y{APART} z``"),
        ("a `` ` `` b", "a `` ` `` b"),
        ("a ` b", "a \\` b"),
        ("a \\` b", "a \\` b"),
        (f"{'long ' * 50}` b", f"{'long ' * 50}\\` b"),
        ("> a\n>\n> b", "> a\n> \n> b"),
    ],
)
def test_a_line_becomes_what_discord_can_show(text: str, expected: str) -> None:
    """Deep headings, links to their own text and rows of backticks become what Discord can show."""
    sieve = MarkdownFilter()

    assert passed(text) == f"{expected}\n"
    assert "".join(map(sieve.feed, text)) + sieve.close() == f"{expected}\n"


def test_what_will_change_is_not_shown_before() -> None:
    """Text that will be rewritten is shown when it is complete; other links and inline code are shown while they grow."""
    assert looks("See [https", f"://a.example]({A}", ")", " now") == [
        "See",
        "See",
        "See",
        f"See https://a.example ({A}) now",
    ]
    assert looks("See [lamps", f"]({A}", ")") == ["See [lamps", f"See [lamps]({A}", f"See [lamps]({A})"]
    assert looks("Type `a", " b", "`") == ["Type `a", "Type `a b", "Type `a b`"]
    assert looks("Do ", "```", "py\n", "x") == ["Do", "Do", "Do", "Do\n```py\nx\n```"]
    assert looks("Do\n", "~~~", "py\n", "x\n", "~~", "~\n") == ["Do", "Do", "Do", *["Do\n```py\nx\n```"] * 3]
    assert looks("- ``", "`sh\n", "  x") == ["-", "-", "- ```sh\n  x\n  ```"]
    assert looks("#", "###", " Oil") == ["#", "####", "### Oil"]


def test_a_heading_stands_at_the_beginning_of_a_line() -> None:
    """Rows of `#` in inline code, in the middle of a line and of more than six are no headings."""
    for text in ("use `#### Title`\n", "grep '#### x' file\n", "####### seven\n"):
        assert passed(text) == text


@pytest.mark.parametrize("text", ["~" * 141 + "x ` `", "a\r\n" * 3 + "b\r", "`" * 70 + "x" * 300 + "~~~~\n"])
def test_long_rows_and_line_breaks_are_alike_in_all_pieces(text: str) -> None:
    """A row of marks and a line break of two characters pass alike, whole and character by character."""
    assert passed(*text) == passed(text)


@pytest.mark.parametrize(
    "text", ["The ||-operator is an or.\n\nMore", "Write if (x||!y) and stop.", "norm ||x\n\nrest", "x ||\ny"]
)
def test_two_pipes_alone_hide_nothing(text: str) -> None:
    """Two pipes that open no spoiler, or one that its paragraph does not close, are shown as they are."""
    assert split(text) == [text]


def test_marks_are_closed_while_an_answer_grows() -> None:
    """Bold text and spoilers are shown as such while they grow."""
    assert looks("Very **im", "portant*", "*") == ["Very **im**", "Very **important**", "Very **important**"]
    assert looks("It was ||the", " butler", "||") == [
        "It was ||the||",
        "It was ||the butler||",
        "It was ||the butler||",
    ]
    assert looks("It was ||a\n```py\nx", "\n```") == ["It was ||a\n```py\nx\n```||"] * 2
    assert split("It was ||the butler") == ["It was ||the butler||"]
    assert split("Two **stars") == ["Two **stars"]
    assert split("Do ```py") == ["Do\n```py\n\u200b\n```"]
