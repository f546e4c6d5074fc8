"""The port `Choices`."""

from bot.chat.choices import Choice, ChoiceKey, ChoiceName, Scope
from bot.chat.ports.store import Store

CHANNEL = ChoiceKey(Scope.PLACE, 2**63 - 1, ChoiceName.MODEL)
PERSONA = ChoiceKey(Scope.PLACE, 2**63 - 1, ChoiceName.PERSONA)
TEXT = ChoiceKey(Scope.PLACE, 2**63 - 1, ChoiceName.SYSTEM_PROMPT)
SERVER = ChoiceKey(Scope.GUILD, 9, ChoiceName.MODEL)


async def test_the_newest_choice_of_a_scope_is_kept(stores: tuple[Store, Store]) -> None:
    """A choice takes the place of the one before it, with its person and time; every connection sees all of them in order."""
    first, second = stores
    assert await first.choices.all() == []
    await first.choices.change(put=[Choice(CHANNEL, "one", 1, 10)])
    await first.choices.change(put=[Choice(CHANNEL, "two", 2, 20), Choice(SERVER, "three\n'\"", 3, 30)])
    assert await second.choices.all() == [Choice(SERVER, "three\n'\"", 3, 30), Choice(CHANNEL, "two", 2, 20)]


async def test_a_choice_takes_the_place_of_one_with_another_name(store: Store) -> None:
    """Choices are removed and put in one step; one that is not there can be removed as well."""
    await store.choices.change(put=[Choice(PERSONA, "pirate", 1, 10), Choice(SERVER, "one", 1, 10)])
    await store.choices.change(put=[Choice(TEXT, "Be brief.", 2, 20)], remove=[PERSONA, CHANNEL])
    assert await store.choices.all() == [Choice(SERVER, "one", 1, 10), Choice(TEXT, "Be brief.", 2, 20)]
    await store.choices.change(remove=[SERVER, TEXT, TEXT])
    assert await store.choices.all() == []
    await store.choices.change()
    assert await store.choices.all() == []
