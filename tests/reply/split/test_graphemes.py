"""Graphemes, each of which people take for one character, and their width in columns."""

from itertools import pairwise

import pytest

from bot.reply.split.graphemes import joined, width


def graphemes(text: str) -> list[str]:
    """The graphemes of `text`, in order."""
    ends = [at for at in range(1, len(text)) if not joined(text, at)]
    return [text[start:end] for start, end in pairwise([0, *ends, len(text)])]


@pytest.mark.parametrize(
    "cluster",
    [
        "\r\n",
        "e\u0301\u0323",  # marks
        "\U0001f468\u200d\U0001f469\u200d\U0001f467",  # joined emoji
        "👍🏽",  # a tone of skin
        "❤\ufe0f",
        "1\ufe0f\u20e3",
        "🇩🇪",
        "\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",  # a flag made of tags
        "각",
        "\u1100\u1161\u11a8",  # the same of single letters
        "\u1100\u1100\uac00\u11a8",
        "\uac01\u11a8",
        "क्षि",
        "क्\u200dष",
        "ก็ำ",
        "\u0600a",
        "ｶﾞ",
        "a\u200c",
        "🫨",  # of 2022: Python 3.11 does not know it
    ],
)
def test_it_holds_together(cluster: str) -> None:
    """One grapheme of several characters is never parted, between letters of any script."""
    assert graphemes(f"x{cluster}x") == ["x", cluster, "x"]
    assert graphemes("日" * 50 + f"{cluster}日") == [*"日" * 50, cluster, "日"]


@pytest.mark.parametrize(
    "text", ["ab", "日本", "👋👋", "각각", "سل", "क ष", "\n\u0301", "a\n", "\u2028\u0301", "अक", "a\u2028", "각가"]
)
def test_characters_of_their_own_are_parted(text: str) -> None:
    """Characters of their own are separate graphemes."""
    assert not joined(text, 1)


def test_flags_are_parted_in_pairs() -> None:
    """A row of flags is parted between flags only."""
    assert graphemes("🇩🇪🇫🇷🇮🇹") == ["🇩🇪", "🇫🇷", "🇮🇹"]
    assert graphemes("a" + "🇩🇪" * 50) == ["a", *["🇩🇪"] * 50]


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("", 0),
        ("abc", 3),
        ("é", 1),
        ("e\u0301", 1),
        ("日本", 4),
        ("ｶﾞ", 2),
        ("👋", 2),
        ("👍🏽", 2),
        ("\U0001f468\u200d\U0001f469\u200d\U0001f467", 2),
        ("❤\ufe0f", 2),
        ("🇩🇪🇫🇷", 4),
        ("한", 2),
        ("\u200b", 0),
        ("سلام", 4),
        ("a🫨b", 4),  # of 2022: Python 3.11 does not know it
        ("भारत", 4),
        ("é\x1b\t", 1),
    ],
)
def test_width_is_what_people_see(text: str, columns: int) -> None:
    """Width counts columns: two for a wide character or an emoji, none for marks and invisible characters."""
    assert width(text) == columns
