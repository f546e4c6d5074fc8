"""Work on Discord ends with errors of ours, whatever discord.py raises."""

import pytest

from bot.errors import DisplayError, DisplayRefused, ParleyError
from bot.reply.bounded import within_bounds


@pytest.mark.parametrize(
    ("raised", "kind", "words"),
    [(KeyError("id"), DisplayError, "KeyError"), (DisplayRefused("no"), DisplayRefused, "no")],
    ids=["unforeseen", "ours"],
)
async def test_an_error_of_discord_py_becomes_one_of_the_display(
    raised: Exception, kind: type[ParleyError], words: str
) -> None:
    """An answer of Discord's that discord.py cannot read fails like a Discord that is down; an error of ours stays as it is."""

    async def work() -> None:
        raise raised

    with pytest.raises(kind, match=words) as caught:
        await within_bounds(work())
    assert type(caught.value) is kind
