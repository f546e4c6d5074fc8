"""Stories of questions and answers, and the stage on which they are played: a process of the bot that may die at each step."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass, field

from bot.chat.appearance import Verb
from bot.chat.content import Blob, Media, MediaKind
from bot.chat.lanes import StopReason
from bot.chat.ports.intake import Rendered
from bot.chat.ports.model import Finish, ModelEvent, ModelRequest
from bot.chat.ports.store import Store
from bot.chat.turns import Record
from bot.errors import ModelContextExceeded, ModelCutOff, ModelError, ModelRejected, ModelUnreachable
from tests.chat.house import NOW, House, asked
from tests.fakes.model import Piece, ScriptedModel
from tests.fakes.world import Fate, World, WorldDisplay, mortal


class SlowModel(ScriptedModel):
    """A model that leaves the display time to show each piece. After a restart it answers shortly."""

    async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        """See the port."""
        async with aclosing(super().stream(request)) as events:
            async for event in events:
                yield event
                for _ in range(40):
                    await asyncio.sleep(0)


class Aging(House):
    """A house whose clock goes on at each look, over restarts too."""

    world: World

    def clock(self) -> int:
        """Each look at the clock is a moment later."""
        self.world.now += 1
        return NOW + self.world.now


@dataclass
class Stage:
    """A process of the bot on a world and a store, which dies at the step that its fate names."""

    world: World
    store: Store
    fate: Fate
    house: Aging = field(init=False)
    model: SlowModel = field(default_factory=SlowModel)

    def __post_init__(self) -> None:
        self.house = Aging(
            store=mortal(self.store, self.fate),
            display=WorldDisplay(self.world, self.fate),  # pyright: ignore[reportArgumentType] -- another display
            model=self.model,
            line_seconds=0,
        )
        self.house.world = self.world

    def script(self, *answers: list[Piece]) -> None:
        """The words of the model."""
        self.model.script = list(answers)

    async def record(self, key: int) -> Record:
        """The record of a question."""
        record = await self.store.questions.record(key)
        assert record is not None
        return record

    async def rest(self) -> None:
        """Wait until every job has come to its end."""
        async with asyncio.timeout(60):
            while self.house.lanes.busy or self.house.showing.late.waiting:  # noqa: ASYNC110 -- nothing tells of it
                await asyncio.sleep(0.001)
        self.fate.alive()

    async def says(self, key: int, text: str = "hello", at: int = NOW) -> None:
        """Ask and wait for the answer."""
        await self.house.hear(key, text, at=at)
        await self.rest()

    async def presses(self, key: int, verb: Verb, sibling: int) -> None:
        """Press a button and wait for what comes of it."""
        self.house.chat.follow(await self.record(key), verb, sibling)
        await self.rest()

    async def picks(self, key: int, *siblings: int) -> None:
        """Choose attempts one after another, without waiting in between."""
        for sibling in siblings:
            await self.house.chat.pick(await self.record(key), sibling)
        await self.rest()


async def plain(stage: Stage) -> None:
    """A question and its answer, over three messages."""
    stage.script(["x" * 15, "y" * 12])
    await stage.says(100)


async def two_quick(stage: Stage) -> None:
    """Two questions before the first is answered."""
    await stage.house.hear(100)
    await stage.says(200)


async def too_old(stage: Stage) -> None:
    """A question that is closed without a call."""
    await stage.says(100, at=NOW - 901_000)


async def retry_fails(stage: Stage) -> None:
    """Half an answer, and a Retry that comes to nothing."""
    stage.script(["x" * 25, ModelCutOff("…")], [ModelError("…")])
    await stage.says(100)
    await stage.presses(100, Verb.RETRY, 1)


async def retry_is_shorter_then_longer(stage: Stage) -> None:
    """Half an answer in three messages, then a failure in one, then a whole answer in four."""
    stage.script([ModelError("…")], ["y" * 15, ModelCutOff("…")], ["short"], ["z" * 35])
    await stage.says(100)
    await stage.presses(100, Verb.RETRY, 1)
    await stage.presses(100, Verb.RETRY, 2)


async def picked_to_and_fro(stage: Stage) -> None:
    """An older attempt is chosen, the newer one again, and the older one once more."""
    stage.script(["x" * 25, ModelCutOff("…")], ["y" * 45])
    await stage.says(100)
    await stage.presses(100, Verb.RETRY, 1)
    for sibling in (1, 2, 1):
        await stage.picks(100, sibling)
    await stage.picks(100, 2, 1)


async def continued(stage: Stage) -> None:
    """An answer that its length ended goes on."""
    stage.script(["one ", Finish("length", None)], ["two three four"])
    await stage.says(100)
    await stage.presses(100, Verb.CONTINUE, 1)


async def regenerated(stage: Stage) -> None:
    """A whole answer is made again, shorter, stopped at once, then longer, with a later turn behind it; one is picked."""
    stage.script(["x" * 25], ["later"], ["short"], ["z" * 35])
    await stage.says(100)
    await stage.says(200)
    await stage.presses(100, Verb.REGENERATE, 1)
    await stage.presses(100, Verb.REGENERATE, 2)
    await stage.picks(100, 1, 2)


async def waited(stage: Stage) -> None:
    """A question that waits long enough for its line."""
    stage.script(["x" * 15], ["y" * 15])
    await stage.house.hear(100)
    await stage.house.hear(200)
    await stage.rest()


async def many_calls(stage: Stage) -> None:
    """A window that is too long, then a server that fails once."""
    stage.script([ModelContextExceeded("…")], [ModelUnreachable("…")], ["at last"])
    await stage.says(100)


async def stopped(stage: Stage) -> None:
    """An answer that a person stops while it is written, with another question behind it."""
    stage.script(["x" * 15, "y" * 15, "z" * 15])
    await stage.house.hear(100)
    await stage.house.hear(200)
    for _ in range(60):
        await asyncio.sleep(0)
    stage.house.lanes.stop(100, StopReason.PERSON)
    await stage.rest()


async def grows(stage: Stage, key: int = 100) -> None:
    """Ask, and let the answer grow a little."""
    await stage.house.hear(key)
    for _ in range(60):
        await asyncio.sleep(0)


async def edits(stage: Stage, key: int, text: str) -> None:
    """Edit a question, as the events of Discord do."""
    asked = await stage.house.changing.asked(key)
    if asked is not None:
        await stage.house.changing.edited(asked, text, stage.house.clock())


async def edited_while_it_grows(stage: Stage) -> None:
    """A question is edited while its answer grows, and once more after that."""
    stage.script(["x" * 15, "y" * 15, "z" * 15], ["new answer"])
    await grows(stage)
    await edits(stage, 100, "new words")
    await stage.rest()
    await edits(stage, 100, "newer words")
    await stage.rest()


async def edited_while_it_waits(stage: Stage) -> None:
    """A question that waits behind another is edited."""
    stage.script(["x" * 15], ["y" * 15])
    await stage.house.hear(100)
    await stage.house.hear(200)
    await edits(stage, 200, "new words")
    await stage.rest()


async def deleted_while_it_grows(stage: Stage) -> None:
    """A question is deleted while its answer grows over two messages, with another one behind it."""
    stage.script(["x" * 15, "y" * 15, "z" * 15], ["next"])
    await grows(stage)
    await stage.house.hear(200)
    await stage.house.changing.deleted([100])
    await stage.rest()


async def deleted_at_the_end(stage: Stage) -> None:
    """An answered question is deleted, and one while a second attempt at it grows."""
    stage.script(["x" * 15], ["y" * 15], ["z" * 25])
    await stage.says(100)
    await stage.says(200)
    await stage.house.changing.deleted([100])
    stage.house.chat.follow(await stage.record(200), Verb.REGENERATE, 1)
    for _ in range(60):
        await asyncio.sleep(0)
    await stage.house.changing.deleted([200])
    await stage.rest()


async def answer_deleted_while_it_grows(stage: Stage) -> None:
    """The first message of a growing answer is deleted, and later the message of a finished one."""
    stage.script(["x" * 15, "y" * 15, "z" * 15], ["next"])
    await grows(stage)
    for key in (100, 200):
        if (record := await stage.store.questions.record(key)) is not None and record.display.messages.live:
            first = record.display.messages.live[0]
            stage.world.messages.pop(first, None)
            await stage.house.changing.deleted([first])
        await stage.rest()
        if key == 100:
            await stage.says(200)


async def joined_while_it_waits(stage: Stage) -> None:
    """Two messages become one question, and the second is deleted after the answer."""
    stage.script(["x" * 15])
    await stage.house.hear(100)
    position = (await stage.record(100)).question.position
    if await stage.house.store.questions.join(asked(101, "more"), position):
        await stage.house.changing.begin_again(1, 100, StopReason.JOINED)
    await stage.rest()
    await stage.house.changing.deleted([101])
    await stage.rest()


PICTURE = Media(MediaKind.IMAGE, "cat.png", 0, hash=b"1" * 32, media_type="image/png", size=5, width=99, height=99)


async def pictured(stage: Stage) -> None:
    """A question with a picture that the server does not take, and one about it."""
    stage.script([ModelRejected("a bad image")], ["x" * 15], ["y" * 15])
    stage.house.intake.files[100] = Rendered((PICTURE,), (Blob(PICTURE.hash, "image/png", b"bytes", 99, 99),))
    await stage.says(100)
    await stage.says(200)


STORIES = [
    plain,
    pictured,
    two_quick,
    too_old,
    retry_fails,
    retry_is_shorter_then_longer,
    picked_to_and_fro,
    continued,
    regenerated,
    waited,
    many_calls,
    stopped,
    edited_while_it_grows,
    edited_while_it_waits,
    deleted_while_it_grows,
    deleted_at_the_end,
    answer_deleted_while_it_grows,
    joined_while_it_waits,
]
Story = Callable[[Stage], Awaitable[None]]
