"""Texts as they are typed and compared."""

import pytest

from bot.sandbox import Channel, Person, Sandbox, Server
from bot.sandbox.driver.texts import asks, bare, typed, without_small_print


def test_names_become_mentions(box: Sandbox, home: Server, general: Channel, alice: Person) -> None:
    """Typed names of people, roles and the bot become mentions, as Discord's client sends them."""
    bob = box.discord.user("Bob the Builder")
    mods = home.role("mods")
    text = typed(box.discord.world, general, "@Parley @Alice, @Bob the Builder @mods @everyone @Nobody a@b.c @Aliceia")
    expected = f"{box.bot.mention} {alice.mention}, {bob.mention} {mods.mention} @everyone @Nobody a@b.c @Aliceia"
    assert text == expected


async def test_direct_messages_know_their_two_names(box: Sandbox, alice: Person) -> None:
    """The two names of a direct message become mentions, and roles do not."""
    assert typed(box.discord.world, await alice.dm(), "@Parley @mods") == f"{box.bot.mention} @mods"


@pytest.mark.parametrize(
    ("text", "question", "found"),
    [
        ("Alice: @Parley  Hello\nthere", "<@1> hello there", True),
        ("ask @Bob about it", "ask <@2> about it", True),
        ("about it, ask @Bob", "ask <@2> about it", False),
        ("something else", "<@1> hello", False),
        ("anything", "<@1>", True),
    ],
)
def test_a_question_is_recognised_in_what_the_model_got(text: str, question: str, *, found: bool) -> None:
    """A question is recognised in a prompt with names added, mentions replaced and white space changed."""
    assert asks(text, question) is found


def test_fences_and_white_space_do_not_count() -> None:
    """Texts are compared without fences and white space."""
    whole = "Look:\n```python\na = 1\nb = 2\n```\nDone."
    parts = "Look:\n```python\na = 1\n```\n```python\nb = 2\n```\nDone."
    assert bare(whole) == bare(parts)
    assert bare(whole) != bare(whole + "!")


def test_small_print_at_the_end_is_no_part_of_what_was_said() -> None:
    """Lines of small print are left out at the end of a text, and nowhere else."""
    assert without_small_print("-# one\ntwo\n-# three\n-# four") == "-# one\ntwo"
    assert without_small_print("-# one") == ""
