"""Names of threads: the first words of a question as plain text."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.chat.thread_names import MOST_CHARACTERS, thread_name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("<@123456789012345678> how do magnets work?", "how do magnets work?"),
        ("<@!123456789012345678>, how?", "how?"),
        ("@everyone <@&123456789012345678> <#123456789012345678> look", "look"),
        ("# A **bold** `title` with ~~marks~~ and __more__", "A bold title with marks and more"),
        ("```py\nprint(1)\n``` what does it do?", "print(1) what does it do?"),
        ("> a quote\n- an item\n1. another", "a quote an item another"),
        ("[a link](https://example.org/a) <:wave:123456789012345678>", "a link :wave:"),
        ("who is ||the murderer||?", "who is …?"),
        ("||the murderer||", ""),
        ("2 * 3 * 4 = snake_case", "2 3 4 = snake_case"),
        ("at <t:1700000000:R> with </export:123456789012345678>", "at with"),
        ("\\*no stars\\*", "no stars"),
        ("a\u202ebcd\u200b e\tf", "abcd e f"),
        ("z" + "\u0301" * 40 + "algo", "z\u0301\u0301algo"),
        ("<@123456789012345678>", ""),
        ("\u2800\u3164", ""),
        ("", ""),
    ],
)
def test_a_name_is_plain_text(text: str, name: str) -> None:
    """Mentions, Markdown, spoilers and unseen characters do not stand in a name; nothing at all makes no name."""
    assert thread_name(text) == name


def test_a_long_question_is_cut_at_a_word() -> None:
    """A name ends at a word where it can, and with an ellipsis where it was cut."""
    assert thread_name("word " * 60) == "word " * 11 + "word word…"
    assert thread_name("w" * 300) == "w" * 99 + "…"
    assert thread_name("w" * 100) == "w" * 100


@given(st.text(max_size=400) | st.text("<@&!#>|*_`[]()\\ \n:tab1234567890\u0301\u202e", max_size=400))
def test_any_text_makes_a_name_that_discord_takes(text: str) -> None:
    """Whatever is asked, a name has at most 100 characters, all of which can be seen, in one line."""
    name = thread_name(text)
    assert len(name) <= MOST_CHARACTERS
    assert name == name.strip()
    assert not any(unicodedata.category(one) in {"Cc", "Cf", "Cs"} for one in name)
