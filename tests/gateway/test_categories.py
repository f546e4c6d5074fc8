"""Categories of channels, which discord.py remembers or Discord is asked for."""

import pytest

from bot.chat.places import Place, PlaceKind
from bot.gateway.categories import KnownCategories
from tests.gateway.conftest import Town

CHANNEL = "/channels/{channel_id}"


def asked(town: Town) -> int:
    """How often Discord was asked for a channel."""
    return sum((call.method, call.template) == ("GET", CHANNEL) for call in town.box.discord.calls)


async def test_before_the_first_connect_discord_is_asked_once(town: Town) -> None:
    """A channel that discord.py does not know yet is looked up once; without a category that is kept too."""
    category = town.home.category("rooms")
    room, bare = town.home.channel("room", category=category), town.home.channel("bare")
    categories = KnownCategories(town.client)
    for channel, expected in ((room, category.id), (bare, None)):
        place = Place(channel.id, PlaceKind.CHANNEL, channel.name, guild_id=town.home.id)
        thread = Place(1, PlaceKind.THREAD, "thread", guild_id=town.home.id, parent_id=channel.id)
        assert categories.of(place) is None
        for one in (place, thread, place):
            await categories.look_up(one)
        assert (categories.of(place), categories.of(thread)) == (expected, expected)
    assert asked(town) == 2


@pytest.mark.parametrize("status", [403, 404])
async def test_what_discord_does_not_tell_is_asked_again(
    town: Town, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    """A look-up that fails leaves the category unknown and is one line in the log; the next one asks again."""
    category = town.home.category("rooms")
    room = town.home.channel("room", category=category)
    place = Place(room.id, PlaceKind.CHANNEL, "room", guild_id=town.home.id)
    categories = KnownCategories(town.client)
    town.box.discord.fails("GET", CHANNEL, status, times=1)
    await categories.look_up(place)
    assert categories.of(place) is None
    warnings = [one.getMessage().partition(" (")[0] for one in caplog.records if one.levelname == "WARNING"]
    assert warnings == [f"the category of channel {room.id} cannot be looked up"]
    await categories.look_up(place)
    assert categories.of(place) == category.id


async def test_direct_messages_have_no_category(town: Town) -> None:
    """Nothing is looked up for a direct message."""
    categories = KnownCategories(town.client)
    place = Place(5, PlaceKind.DM, "Alice")
    await categories.look_up(place)
    assert (categories.of(place), asked(town)) == (None, 0)
