"""Access lists: who may use the bot, and where."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.chat.access import Origin, allows, may_be_allowed, open_to_strangers
from bot.config import AccessSettings

SERVER = Origin(user_id=1, guild_id=2, channel_ids=frozenset({3, 4}), role_ids=frozenset({5, 6}))
DM = Origin(user_id=1, channel_ids=frozenset({3}))

IDS = st.frozensets(st.integers(1, 4), max_size=3)
ORIGINS = st.builds(Origin, st.integers(1, 4), st.none() | st.integers(1, 4), IDS, IDS)
LISTS = st.fixed_dictionaries(
    {f"{verb}_{what}": IDS for verb in ("allow", "deny") for what in ("guilds", "channels", "roles", "users")}
    | {"dms": st.booleans()}
)


def access(**lists: object) -> AccessSettings:
    """Access settings, checked as a configuration's are."""
    return AccessSettings.model_validate(lists)


@pytest.mark.parametrize("origin", [SERVER, DM])
def test_without_lists_everyone_is_served(origin: Origin) -> None:
    """Everyone is served where all lists are empty, on a server and in a DM."""
    assert allows(access(), origin)


@pytest.mark.parametrize(
    ("lists", "allowed"),
    [
        ({"allow_guilds": {2}}, True),
        ({"allow_guilds": {9}}, False),
        ({"allow_channels": {4}}, True),
        ({"allow_channels": {9}}, False),
        ({"allow_guilds": {2}, "allow_channels": {9}}, False),
        ({"allow_guilds": {9}, "allow_channels": {3}}, False),
        ({"allow_roles": {6}}, True),
        ({"allow_roles": {9}}, False),
        ({"allow_users": {1}}, True),
        ({"allow_users": {9}}, False),
        ({"allow_users": {9}, "allow_roles": {5}}, True),
        ({"allow_users": {1}, "allow_roles": {9}}, True),
        ({"allow_users": {1}, "allow_channels": {9}}, False),
    ],
)
def test_an_allow_list_admits_those_on_it_only(lists: dict[str, set[int]], *, allowed: bool) -> None:
    """An allow list admits those on it and nobody else; a role or a user is enough where both are listed."""
    assert allows(access(**lists), SERVER) is allowed


@pytest.mark.parametrize(
    "lists", [{"deny_users": {1}}, {"deny_roles": {6}}, {"deny_guilds": {2}}, {"deny_channels": {4}}]
)
def test_a_deny_list_wins_over_every_allow_list(lists: dict[str, set[int]]) -> None:
    """A deny list wins over every allow list."""
    everything = {"allow_users": {1}, "allow_roles": {5}, "allow_guilds": {2}, "allow_channels": {3}}
    assert not allows(access(**everything, **lists), SERVER)


@pytest.mark.parametrize(
    ("lists", "allowed"),
    [
        ({"dms": False}, False),
        ({"dms": False, "allow_users": {1}}, False),
        ({"allow_users": {9}}, False),
        ({"allow_users": {1}}, True),
        ({"allow_roles": {5}}, False),
        ({"deny_users": {1}}, False),
        ({"allow_guilds": {2}, "allow_channels": {4}}, True),
        ({"deny_guilds": {2}, "deny_channels": {3}}, True),
    ],
)
def test_in_a_dm_only_the_lists_of_people_count(lists: dict[str, set[int]], *, allowed: bool) -> None:
    """A DM goes by the setting for DMs and the lists of people, where nobody has a role; lists of places do not count."""
    assert allows(access(**lists), DM) is allowed


@given(LISTS, ORIGINS)
@settings(max_examples=200)
def test_one_more_denial_never_admits_anybody(lists: dict[str, object], origin: Origin) -> None:
    """A further denial never admits anybody, and shuts out whom it names."""
    denied = {**lists, "deny_users": {origin.user_id}}
    assert not allows(access(**denied), origin)
    if not allows(access(**lists), origin):
        for name in ("deny_users", "deny_roles", "deny_guilds", "deny_channels"):
            assert not allows(access(**{**lists, name: {1, 2, 3, 4}}), origin)


def test_a_place_whose_parent_is_unknown_is_denied_where_channels_are_denied() -> None:
    """A thread whose parent channel is unknown is denied as soon as any channel is denied."""
    unknown = Origin(1, 2, frozenset({7}), known=False)
    assert allows(access(), unknown)
    assert not allows(access(deny_channels={3}), unknown)


@pytest.mark.parametrize(
    ("lists", "is_open"),
    [
        ({}, True),
        ({"allow_guilds": {2}}, True),
        ({"dms": False}, True),
        ({"allow_guilds": {2}, "dms": False}, False),
        ({"allow_channels": {3}, "dms": False}, False),
        ({"allow_users": {1}}, False),
        ({"allow_roles": {5}}, False),
    ],
)
def test_a_bot_is_open_to_strangers_unless_people_or_all_places_are_listed(
    lists: dict[str, object], *, is_open: bool
) -> None:
    """A bot counts as open to strangers unless users or roles are listed, or servers or channels with DMs off."""
    assert open_to_strangers(access(**lists)) is is_open


def test_with_the_right_roles_a_person_may_be_allowed() -> None:
    """Whoever a list of roles could admit may be allowed before their roles are known; whom another list denies may not."""
    assert not allows(access(allow_roles={5}), DM)
    assert may_be_allowed(access(allow_roles={5}), DM)
    assert not may_be_allowed(access(allow_roles={5}, deny_users={1}), DM)
    assert not may_be_allowed(access(allow_roles={5}, deny_roles={5}), DM)
