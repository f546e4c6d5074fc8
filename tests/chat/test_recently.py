"""A set of ids that forgets the oldest."""

from bot.chat.recently import Recently


def test_what_was_used_the_longest_time_ago_is_forgotten() -> None:
    """Of three ids two are kept: the newest, and the one that was looked for."""
    ids = Recently((1, 2), most=2)
    assert 1 in ids
    ids.add(3)
    assert [one in ids for one in (1, 2, 3)] == [True, False, True]
