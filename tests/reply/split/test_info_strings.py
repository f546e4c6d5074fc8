"""The words behind the backticks that open a block: a language, a title, code, or text that speaks of backticks."""

import pytest

from bot.reply.split import Splitter, split
from bot.reply.split.info_strings import Info, info_of, opens_behind
from bot.reply.split.markdown_filter import MarkdownFilter
from tests.truth.markdown import blocks, outside


def passed(*pieces: str) -> str:
    """The output of the filter for a whole answer, which comes in these pieces."""
    sieve = MarkdownFilter()
    return "".join(sieve.feed(piece) for piece in pieces) + sieve.close()


@pytest.mark.parametrize(
    ("text", "info"),
    [
        ("", Info()),
        ("py", Info(language="py")),
        ("print", Info(language="print")),  # so it is for Discord
        ("i" * 60, Info(title="i" * 60)),
        ('js title="a b.js" {1,3}', Info(language="js", title='title="a b.js" {1,3}')),
        ("py src/lamps.py:12", Info(language="py", title="src/lamps.py:12")),
        ("go:main.go", Info(language="go", title=":main.go")),
        ("js{1,3}", Info(language="js", title="{1,3}")),
        ("{r, echo=FALSE}", Info(title="{r, echo=FALSE}")),
        ("print(1)", Info(code="print(1)")),
        ("c(1, 2)", Info(code="c(1, 2)")),
        ("SELECT * FROM lamps", Info(code="SELECT * FROM lamps")),
        ("Hello world", Info(code="Hello world")),
        ("python print(1)", Info(language="python", code="print(1)")),
        ("bash npm install lamp", Info(language="bash", code="npm install lamp")),
        ('<p class="x">', Info(code='<p class="x">')),
    ],
)
def test_the_text_behind_the_backticks_is_a_language_a_title_or_code(text: str, info: Info) -> None:
    """A word is a language, attributes and names of files behind one are a title, and the rest is code."""
    assert info_of(text) == info


@pytest.mark.parametrize(
    ("text", "info", "opens"),
    [
        ("Do", "", True),
        ("Do", "py", True),
        ("Do", "py title=x", True),
        ("Do", "print(1)", True),
        ("Do", "ls -la --all", True),
        ("Run", "bash npm ci", True),
        ("Run", "sql SELECT name FROM lamps", True),
        ("Do:", " print(1)", True),
        ("Do：", "two words", True),
        ("Use", " to open a block", False),
        ("Use", "python, then your code", False),
        ("Use", "js to open a block", False),
        ("Use", "bash to open a block", False),
        ("Use", "sh and your code", False),
    ],
)
def test_backticks_in_mid_line_open_a_block_unless_the_text_speaks_of_them(
    text: str, info: str, *, opens: bool
) -> None:
    """Backticks in mid-line open a block where code, a language or nothing follows, and are text where prose follows."""
    assert opens_behind(text, info) is opens


LONG = "long " * 60


@pytest.mark.parametrize(
    ("text", "before", "block"),
    [
        ("Here: ```print(1)\nprint(2)\n```\nDone", "Here:\n", ("", "print(1)\nprint(2)")),
        ("Here: ```print(1)\nprint(2)```\nDone", "Here:\n", ("", "print(1)\nprint(2)")),
        ("Run ```bash npm ci\nnpm -v\n```\nDone", "Run\n", ("bash", "npm ci\nnpm -v")),
        ("Run: ```bash npm ci\nnpm -v\n```\nDone", "Run:\n", ("bash", "npm ci\nnpm -v")),
        ("Do ```py title=x\ny\n```\nDone", "Do\ntitle=x\n", ("py", "y")),
        (f"{LONG}do ```py title=x\ny\n```\nDone", f"{LONG}do \ntitle=x\n", ("py", "y")),
        (f"{LONG}do: ```two words\ny\n```\nDone", f"{LONG}do: \n", ("", "two words\ny")),
        (f"{LONG}do ```print(1)\ny\n```\nDone", f"{LONG}do \n", ("", "print(1)\ny")),
        ("```print(1)\nprint(2)\n```\nDone", "", ("", "print(1)\nprint(2)")),
        ("```SELECT * FROM lamps\nWHERE lit```\nDone", "", ("", "SELECT * FROM lamps\nWHERE lit")),
        ("~~~~python print(1)\nx\n~~~~\nDone", "", ("python", "print(1)\nx")),
        ("- ```print(1)\n  print(2)\n  ```\n\nDone", "", ("", "print(1)\nprint(2)")),
        ("> ```print(1)\n> print(2)\n> ```\nDone", "", ("", "print(1)\nprint(2)")),
    ],
)
def test_code_on_the_line_that_opens_a_block_stays_in_it(text: str, before: str, block: tuple[str, str]) -> None:
    """All code behind the backticks that open a block is shown in the block, wherever in a line and however long it is."""
    once = passed(text)

    assert passed(*text) == once
    assert blocks(once) == [block]
    assert outside(once).startswith(before)
    assert outside(once).split() == [*before.split(), "Done"]


@pytest.mark.parametrize(
    ("before", "line", "text"),
    [
        ("```", "``` done", "done"),
        ("```", "``` Done", "Done"),
        ("```py", "```done", "done"),
        ("```py", "```Done.", "Done."),
        ("```", "```Use it", "Use it"),
        ("```", "```# Oil", "# Oil"),
        ("```", "```See `x` too", "See `x` too"),
        ("```", f"```{LONG}", LONG),
        ("```", "    ```python is slow", "python is slow"),
        ("```sh", "``` now", "now"),
        ("```sh", "ls``` now", "now"),
        ("```sh", "ls```, then", ", then"),
        ("```sh", "``` or ```npm ci``` alone", "or alone"),
        ("```sh", f"ls``` {LONG}", LONG),
        ("```", "``` python", None),
        ("```", "```python", None),
        ("```", "```js title=x", None),
        ("```", "```{.python}", None),
        ("```", "``` c++", None),
        ("```md", "```brainfuck", None),
        ("```py", '```"""', None),
        ("```py", "print('```')", None),
        ("```py", "# Use ``` here", None),
        ("```js", "```x`;", None),
        ("````", "```done", None),
        ("````", "````done", None),
        ("```", f"```python{' ' * 200}", None),
        ("```", f"x = {LONG}", None),
    ],
)
def test_text_behind_the_backticks_ends_the_block_unless_a_block_within_begins(
    before: str, line: str, text: str | None
) -> None:
    """Text behind closing backticks is shown behind the block, unless it is the language of a block within, or code."""
    whole = f"{before}\nx\n{line}\nmore"
    once = passed(whole)

    assert passed(*whole) == once
    if text is None:
        assert "more" not in outside(f"{once}```")
    else:
        assert blocks(once)[0][1].split() == ["x", *line.partition("```")[0].split()]
        assert outside(once).split() == [*text.replace("`x`", "").removeprefix("# ").split(), "more"]


@pytest.mark.parametrize(
    ("opening", "line", "end"),
    [("> ```", "> ```done", "> done"), ("- a\n  ```", "  ```done", "  done"), (">>> ```", "```done", "done")],
)
def test_text_behind_the_backticks_stays_in_its_quote_or_its_list(opening: str, line: str, end: str) -> None:
    """Text behind the end of a block in a quote or in a list stays there."""
    assert end in passed(f"{opening}\n{line[: line.index('`')]}x\n{line}\n").split("\n")


@pytest.mark.parametrize("indent", ["   ", "    ", "        ", "\t", "\n \n     "])
def test_a_block_at_the_beginning_of_an_answer_ends_where_it_was_indented(indent: str) -> None:
    """A block that begins an answer is closed by a line as far to the right, and its code has the indent that is its own."""
    margin = indent.rpartition("\n")[2]
    text = f"{indent}```py\n{margin}def f():\n{margin}    pass\n{margin}```\nDone"

    assert split(text) == ["```py\ndef f():\n    pass\n```\nDone"]
    assert split(f"{indent}- a\n\n    ```\n    x\n    ```") == split("- a\n\n    ```\n    x\n    ```")
    splitter = Splitter()
    for letter in text:
        splitter.feed(letter)
        assert "`" not in "".join(map(outside, splitter.messages))
    assert splitter.close() == split(text)
