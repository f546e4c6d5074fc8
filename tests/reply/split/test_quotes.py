"""Quotes whose marks have no space behind them, which Discord shows as they are written."""

import pytest

from bot.reply.split import split
from bot.reply.split.markdown_filter import MarkdownFilter
from tests.truth.markdown import blocks, rendered


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (">x", "> x"),
        (">x\n>y\n\nz", "> x\n> y\n\nz"),
        ("  >x", "> x"),
        (">>x", "> > x"),
        (">> x", "> > x"),
        ("> >x", "> > x"),
        (">>", "> > "),
        (">>>x", "> > > x"),
        (">>>> x", "> > > > x"),
        (">**x**", "> **x**"),
        ('>"x"', '> "x"'),
        (">`x`", "> `x`"),
        (">- x", "> - x"),
        (">#### x", "> ### x"),
        (">1. x", "> 1. x"),
        (">日本", "> 日本"),
        (">x " + "long " * 60, "> x " + "long " * 60),
        (">```py\n>x\n>```\ny", "> ```py\n> x\n> ```\ny"),
        (">>```py\n>>x\n>>```\ny", "> ```py\n> x\n> ```\ny"),
        ("> ```\n> > x\n> ```", "> ```\n> > x\n> ```"),  # the second mark is code
        (">|a|\n>|-|\n>|b|", "> ```\n> a\n> -\n> b\n> ```"),
    ],
)
def test_a_quote_without_a_space_gets_one(text: str, expected: str) -> None:
    """A quote whose mark has no space behind it gets one, in text, lists, tables and code."""
    sieve = MarkdownFilter()
    once = sieve.feed(text) + sieve.close()
    grown = MarkdownFilter()

    assert once == f"{expected}\n"
    assert "".join(map(grown.feed, text)) + grown.close() == once


@pytest.mark.parametrize(
    "text", [">_<", ">o< hi", ">:(", ">= 3", ">90 % of it", ">", ">>> x\ny", ">>>", "- >x", "a >x", "```\n>x\n```"]
)
def test_what_is_no_quote_stays_as_it_is(text: str) -> None:
    """Faces, comparisons, `>>> `, code and marks in mid-line stay as they are."""
    assert split(text) == [text]


def test_discord_shows_such_quotes() -> None:
    """Discord shows each line of such a quote as quoted, also while it grows."""
    (message,) = split(">one\n>two\n>```py\n>three\n>```\nfour")

    assert [run.text.strip() for run in rendered(message) if "quote" not in run.styles and run.text.strip()] == ["four"]
    assert blocks(message) == [("py", "three")]
