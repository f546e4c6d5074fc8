"""Texts that are cut: what was hidden stays hidden, and a code block ends."""

import pytest

from bot.intake.shortening import shortened


@pytest.mark.parametrize(
    ("text", "most", "expected"),
    [
        ("short", 5, "short"),
        ("longer", 4, "long…"),
        ("a ||hidden|| word", 12, "a ||hidden||…"),
        ("a ||hidden|| word", 6, "a ||hi…||"),
        ("a ||hidden|| word", 3, "a …"),
        ("a ||hidden|| word", 11, "a ||hidden…||"),
        ("```py\nx = 1\n``` done", 9, "```py\nx =…\n```"),
        ("```py\nx = 1\n``` done", 13, "```py\nx = 1\n…\n```"),
        ("```py\nx || y\n``` done", 16, "```py\nx || y\n```…"),
        ("```py\nx || y\n``` done", 12, "```py\nx || y…\n```"),
        ("||```py\nx = 1``` done||", 11, "||```py\nx =…\n```||"),
        ("||```py||\nseen by all", 14, "||```py||\nseen…"),
    ],
)
def test_a_cut_text_closes_what_it_opens(text: str, most: int, expected: str) -> None:
    """The sign comes behind the last character; spoilers and code blocks are closed behind it."""
    assert shortened(text, most) == expected
