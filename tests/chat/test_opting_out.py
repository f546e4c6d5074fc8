"""People opt out of being quoted: what is held of them is erased, and what is rendered meanwhile is not stored."""

import pytest

from bot.chat.content import Media, MediaKind, StoredContent, Text
from bot.chat.ports.changes import HeldWords
from bot.chat.ports.intake import Rendered, Sourced
from bot.chat.texts import WITHHELD
from bot.chat.turns import Change
from bot.errors import StoreError
from tests.chat.house import House
from tests.contracts.stories import ALICE
from tests.fakes.changes import MemoryChanges

BOB = 12
PLAN = Media(MediaKind.FILE, "plan.txt", 9, "\n\na plan")


def quote(text: str, author_id: int | None = BOB, message_id: int = 900) -> StoredContent:
    """A content of a question that is not its own text."""
    return StoredContent(0, 0, 1, Text(text), author_id, message_id)


async def test_an_opt_out_erases_what_is_held() -> None:
    """Every passage of the person is replaced, files go, and the turn says that its prompt changed; others' words stay."""
    house = House()
    for number in range(130):
        await house.answered(100 + number)
    for position in house.state.questions:
        house.state.contents[position] = (quote("x" * 90),)
    first = house.record(100).question.position
    file = StoredContent(0, 0, 2, PLAN, BOB, 900)
    house.state.contents[first] = (quote("x" * 90), file, StoredContent(0, 0, 3, Text("hers"), 13, 901))
    tokens = house.record(100).question.tokens
    assert BOB not in house.opting_out
    assert await house.opting_out.opt_out(BOB) == 131
    assert BOB in house.opting_out
    assert [one.content for one in house.state.contents[first]] == [Text(WITHHELD), Text("hers")]
    assert all(house.state.contents[one][0].content == Text(WITHHELD) for one in house.state.questions)
    question = house.record(100).question
    assert (question.tokens, question.change) == (max(0, tokens - 90 + len(WITHHELD) - 9), Change.DELETE)
    assert await house.opting_out.opt_out(BOB) == 0


@pytest.mark.parametrize("deleted", [False, True])
async def test_words_of_who_opts_out_meanwhile_are_not_stored(deleted: bool) -> None:
    """A question that is rendered meanwhile is asked without the person's words and files; what was deleted is told as such."""
    house = House()
    words = (Sourced(Text("\n> his"), BOB, 900), Sourced(PLAN, BOB, 900), Sourced(Text("\n> hers"), 13, 901))
    house.intake.files[100] = Rendered((*words, Sourced(Text("\n> own"), ALICE.id, 902)))
    house.intake.gate.clear()
    await house.hear(100)
    await house.intake.rendering.wait()
    for person_id in (BOB, ALICE.id):
        await house.opting_out.opt_out(person_id)
    if deleted:
        house.intake.deleted.add(900)
    house.intake.gate.set()
    await house.settle()
    instead = "\n[This message was deleted.]" if deleted else WITHHELD
    assert house.sent()[-1] == ("user", f"Alice: hello{instead}\n> hers\n> own")
    contents = house.state.contents[house.record(100).question.position]
    assert [one.author_id for one in contents] == [None, 13, ALICE.id]


async def test_an_opt_out_outlives_a_restart() -> None:
    """People who opted out stay out until they opt in; what a crash left of their words is erased at the next start."""
    house = House()
    await house.answered(100)
    position = house.record(100).question.position
    await house.store.opt_outs.put(BOB, at=1)
    house.state.contents[position] = (quote("tea"),)
    after = House(state=house.state)
    await after.opting_out.finish()
    assert after.state.contents[position] == (quote("tea"),)
    await after.opting_out.load()
    for _ in range(2):
        await after.opting_out.finish()
        assert after.state.contents[position] == (quote(WITHHELD, None),)
    await after.opting_out.opt_in(BOB)
    assert BOB not in after.opting_out
    await house.opting_out.load()
    assert BOB not in house.opting_out


class Full(MemoryChanges):
    """Changes of a store that takes no deletions while it is `full`."""

    full = True

    async def forget(self, words: HeldWords, placeholder: str, *, tokens: int, at: int) -> None:
        """See the port."""
        if self.full:
            raise StoreError("disk full")
        await super().forget(words, placeholder, tokens=tokens, at=at)


async def test_a_store_that_fails_keeps_the_opt_out() -> None:
    """Whose words cannot be erased now is out all the same, and is told so; they are erased before the next answer."""
    house = House()
    await house.answered(100)
    position = house.record(100).question.position
    house.state.contents[position] = (quote("tea"),)
    changes = Full(house.state)
    house.opting_out._changes = changes  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] -- a broken store
    with pytest.raises(StoreError):
        await house.opting_out.opt_out(BOB)
    assert BOB in house.opting_out
    assert await house.store.opt_outs.all() == [BOB]
    assert house.state.contents[position] == (quote("tea"),)
    changes.full = False
    await house.answered(101)
    assert house.state.contents[position] == (quote(WITHHELD, None),)
    assert "tea" not in str(house.sent())
    await house.late_writes.close()


async def test_no_tokens_are_counted_of_a_file() -> None:
    """A long file is deleted without counting it, which would block every other answer: its tokens are stored."""
    counted: list[str] = []

    def count(text: str) -> int:
        counted.append(text)
        return len(text)

    house = House(count=count)
    await house.answered(100)
    house.state.contents[house.record(100).question.position] = (StoredContent(0, 0, 1, PLAN, BOB, 900),)
    counted.clear()
    assert await house.opting_out.opt_out(BOB) == 1
    assert counted == []
