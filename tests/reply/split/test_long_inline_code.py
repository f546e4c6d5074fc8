"""Inline code that is longer than people read in a line: it stays code, in its line or in a block."""

import pytest

from bot.reply.split import LIMIT, split
from bot.reply.split.markdown_filter import MarkdownFilter
from tests.truth.markdown import blocks, outside, rendered


def code_shown(messages: list[str]) -> str:
    """Return the text that Discord shows as code of any kind, without white space."""
    runs = [run for message in messages for run in rendered(message)]
    code = [run.text for run in runs if "code" in run.styles or any(style.startswith("block:") for style in run.styles)]
    return "".join("".join(code).split())


@pytest.mark.parametrize("ticks", ["`", "``", "```", "````"])
@pytest.mark.parametrize("length", [290, 310, 690, 710, 1990, 7900])
def test_inline_code_of_any_length_stays_code(ticks: str, length: int) -> None:
    """Inline code is shown as code and nothing else is, however long it is, in any pieces, and each message fits."""
    code = ("x=1; " * (length // 5)).strip()
    text = f"Type {ticks}{code}{ticks} now, please."
    messages = split(text)
    sieve = MarkdownFilter()

    assert code_shown(messages) == "".join(code.split())
    assert "".join("".join(map(outside, messages)).split()) == "Typenow,please."
    assert all(len(message) <= LIMIT for message in messages)
    pieces = [text[at : at + 70] for at in range(0, len(text), 70)]
    assert split("".join(map(sieve.feed, pieces)) + sieve.close()) == messages


LONG = "y" * 800


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"`{LONG}`", f"```\n{LONG}\n```\n"),
        (f"Use `{LONG}`.", f"Use \n```\n{LONG}\n```\n.\n"),
        (f"Use `{LONG}` or `{LONG}`", f"Use \n```\n{LONG}\n```\nor \n```\n{LONG}\n```\n"),
        (f"`{LONG}` - that", f"```\n{LONG}\n```\n- that\n"),
        (f"> Use `{LONG}` now", f"> Use \n> ```\n> {LONG}\n> ```\n> now\n"),
        (f"> `{LONG}` now", f"> ```\n> {LONG}\n> ```\n> now\n"),
        (f"- Use `{LONG}` now\n- b", f"- Use \n  ```\n  {LONG}\n  ```\n  now\n- b\n"),
        (f"1. `{LONG}`\n2. b", f"1. ```\n   {LONG}\n   ```\n2. b\n"),
        (f"Use ``{LONG} ``` {LONG}``", f"Use \n```\n{LONG} `\u200b`\u200b`\u200b {LONG}\n```\n"),
        (f"~~~x `{LONG}`", f"\\~\\~\\~x \n```\n{LONG}\n```\n"),
        (f"Use ` and {'z ' * 5000}", f"Use \\` and {'z ' * 5000}\n"),
    ],
)
def test_long_inline_code_becomes_a_block(text: str, expected: str) -> None:
    """Inline code of more than 700 characters becomes a block in the same quote and list; a backtick without partner is text."""
    whole, grown = MarkdownFilter(), MarkdownFilter()

    assert whole.feed(text) + whole.close() == expected
    pieces = [text[at : at + 3] for at in range(0, len(text), 3)]
    assert "".join(map(grown.feed, pieces)) + grown.close() == expected


def test_long_inline_code_is_shown_while_it_grows() -> None:
    """Inline code is on display before its end has come."""
    sieve = MarkdownFilter()
    sieve.feed(f"Use `{'x ' * 400}")

    assert sieve.held == f"`{'x ' * 400}"
    assert blocks(sieve.feed("` and") + sieve.close()) == [("", ("x " * 400).strip())]
