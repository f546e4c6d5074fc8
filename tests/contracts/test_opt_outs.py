"""The port `OptOuts`, and the words of a person that other people's questions hold."""

from bot.chat.content import Media, MediaKind, Text
from bot.chat.ports.attempts import NewAttempt
from bot.chat.ports.intake import Sourced
from bot.chat.ports.store import Store
from tests.contracts.stories import ALICE, GENERAL, asked, position_of

BOB = 12
NOTES = Media(MediaKind.FILE, "notes.txt", 6, "\n\nIt rains.")


async def test_people_opt_out_and_in_again(stores: tuple[Store, Store]) -> None:
    """People who opted out are known to every connection, once each; who did not can be taken back as well."""
    first, second = stores
    assert await first.opt_outs.all() == []
    for person_id in (2**63 - 1, BOB, BOB):
        await first.opt_outs.put(person_id, at=5)
    assert await second.opt_outs.all() == [BOB, 2**63 - 1]
    await second.opt_outs.remove(BOB)
    await second.opt_outs.remove(BOB)
    assert await first.opt_outs.all() == [2**63 - 1]
    assert await first.choices.all() == []


async def test_words_of_a_person_are_found_until_they_are_forgotten(store: Store) -> None:
    """Words and files in other people's questions are found, so many at once; one's own, and nobody's, are not."""
    position = await position_of(store, asked(1))
    contents = (
        Text("Q"),
        Sourced(Text("\n> his"), BOB, 900),
        Sourced(NOTES, BOB, 900),
        Sourced(Text("\n> hers"), ALICE.id, 901),
        Sourced(Text("\n> a post"), BOB),
        Sourced(Text("\n> somebody's"), None, 902),
    )
    assert await store.attempts.begin(NewAttempt(position, 1, "default", 9000, contents, 200))
    changes = store.changes
    assert await changes.quoted_of([], most=9) == await changes.quoted_of([ALICE.id, 99], most=9) == []
    assert len(await changes.quoted_of([BOB], most=1)) == 1
    his, notes = sorted(await changes.quoted_of([99, BOB], most=9), key=lambda words: words.number)
    assert (his.message_id, his.position, his.text, his.media) == (900, position, "\n> his", False)
    assert (his.place_id, his.guild_id, his.asker_id) == (GENERAL.id, GENERAL.guild_id, ALICE.id)
    assert (notes.media, notes.name) == (True, "notes.txt")
    await changes.forget(his, "gone", tokens=1, at=20)
    await changes.forget(notes, "gone", tokens=0, at=20)
    assert await changes.quoted_of([BOB], most=9) == []
    (found,) = (await changes.find((900,))).words
    assert found.text == "gone"
