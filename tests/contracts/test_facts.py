"""The port `Facts`."""

from bot.chat.ports.store import Store


async def test_facts_are_remembered(stores: tuple[Store, Store]) -> None:
    """The newest value of a fact is recalled, by every connection."""
    first, second = stores
    assert await first.facts.recall("hash") is None
    await first.facts.remember("hash", "a")
    await first.facts.remember("hash", "b")
    assert await second.facts.recall("hash") == "b"
