"""The tour: a conversation that shows in some seconds what the bot is for, in the terminal.

It is played with the default settings and the demo model, so that it is the same everywhere and costs nobody anything.
"""

import asyncio
import sys
import tempfile
from collections.abc import AsyncGenerator, Coroutine
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, Final, TypeVar

from bot import app
from bot.cli.demo.folder import usable
from bot.cli.demo.settings import in_sandbox
from bot.cli.demo.stage import Stage
from bot.cli.demo.town import Town
from bot.cli.signals import stopped_by_signals
from bot.config import Draft, Settings
from bot.sandbox import Channel, Message, Person, Sandbox
from bot.sandbox.model.demo import plays_demo

_T = TypeVar("_T")
_HURRY: Final = 8.0
_START_SECONDS: Final = 30.0
_FORMATS: Final = ("markdown", "json")


class _Over(Exception):
    """Somebody ended the tour."""


async def guide(data: Path | None) -> None:
    """Play the tour with its files in a folder that stays; a signal ends it. Raises StoreError."""
    over = asyncio.Event()
    with stopped_by_signals(over), suppress(_Over):
        database = usable(data or Path(tempfile.mkdtemp(prefix="parley-tour-")))
        async with Sandbox() as box:
            plays_demo(box.model, hurry=_HURRY)
            settings = in_sandbox(Draft({}, []), box, database)
            await Tour(box, await Town.built(box), settings, over).play()


class Tour:
    """The conversation, scene by scene."""

    def __init__(self, box: Sandbox, town: Town, settings: Settings, over: asyncio.Event) -> None:
        self._box = box
        self._town = town
        self._settings = settings
        self._over = over
        self._stage = Stage(sys.stdout)

    async def play(self) -> None:
        """Play all of it. Raises what `app.run` raises."""
        self._stage.title("Parley's tour")
        self._stage.note(
            "The real bot on a Discord that lives on this machine for some seconds. Its answers come from the demo model, "
            "which is no language model and only knows what the bot sends it."
        )
        async with self._bot():
            told = await self._until_over(self._memory())
        async with self._bot():
            self._tell(await self._until_over(self._after_restart(told)))

    async def _memory(self) -> Message:
        self._stage.title("#general: somebody mentions the bot")
        told = await self._asks(self._town.alice, "@Parley hello! My cat is called Ada.")
        await self._asks(self._town.bob, "@Parley what is her cat called?")
        return told

    async def _after_restart(self, told: Message) -> list[Path]:
        self._stage.title("#general: the bot was stopped and started again")
        await self._asks(self._town.bob, "@Parley what was said first, and by whom?")
        await self._thread(told)
        await self._reset()
        return await self._export()

    async def _thread(self, told: Message) -> None:
        self._stage.title("A thread on the bot's first answer: it goes on from there, beside the channel")
        thread = await self._town.alice.opens_thread(told, "About Ada")
        await self._asks(self._town.alice, "@Parley how many messages do you see here?", thread)

    async def _reset(self) -> None:
        town, stage, general = self._town, self._stage, self._town.general
        stage.title("#general: reset, and undo")
        stage.says(town.alice.name, "/reset")
        response = await town.alice.runs("reset", general)
        stage.says(self._box.bot.user.name, f"{response.content}  [Undo]")
        await self._asks(town.bob, "@Parley what is her cat called?")
        stage.note(f"{town.alice.name} presses Undo")
        await town.alice.presses(response.message, "Undo")
        await self._asks(town.bob, "@Parley what is her cat called now?")

    async def _export(self) -> list[Path]:
        alice, stage, folder = self._town.alice, self._stage, self._settings.history.path.parent
        stage.title("#general: the conversations as files, for whoever may read the channel")
        written: list[Path] = []
        for name in _FORMATS:
            stage.says(alice.name, f"/export format:{name} scope:place")
            response = await alice.runs("export", self._town.general, format=name, scope="place")
            for file, content in response.files.items():
                stage.says(self._box.bot.user.name, f"(only {alice.name} sees this)  {file}")
                (folder / file).write_bytes(content)
                written.append(folder / file)
        return written

    def _tell(self, files: list[Path]) -> None:
        stage = self._stage
        stage.title("What is left of it")
        stage.fact(f"  database  {self._settings.history.path}")
        for file in files:
            stage.fact(f"  export    {file}")
        stage.note("Now see it in the browser: parley demo")

    async def _asks(self, person: Person, text: str, channel: Channel | None = None) -> Message:
        """Ask, wait for the whole answer, write both down; returns the message that shows the answer."""
        self._stage.says(person.name, text)
        question = await person.says(channel or self._town.general, text)
        answer = await self._box.bot.answers(question)
        self._stage.says(self._box.bot.user.name, answer.text)
        return answer.messages[0]

    @asynccontextmanager
    async def _bot(self) -> AsyncGenerator[None, None]:
        """The very bot of `parley run`, connected. Raises what `app.run` raises."""
        stop = asyncio.Event()
        bot = asyncio.create_task(app.run(self._settings, stop), name="tour's bot")
        try:
            await self._until_over(self._connected(bot))
            yield
        finally:
            stop.set()
            await bot
            await self._box.bot.disconnected()

    async def _connected(self, bot: asyncio.Task[None]) -> None:
        connecting = asyncio.create_task(self._box.bot.connected(_START_SECONDS))
        await asyncio.wait({bot, connecting}, return_when=asyncio.FIRST_COMPLETED)
        if bot.done():
            connecting.cancel()
            bot.result()
        await connecting

    async def _until_over(self, scene: Coroutine[Any, Any, _T]) -> _T:
        """Play a scene, or leave it where it is when the tour is over: the bot itself is always taken down in order."""
        playing, ending = asyncio.create_task(scene), asyncio.create_task(self._over.wait())
        await asyncio.wait({playing, ending}, return_when=asyncio.FIRST_COMPLETED)
        ending.cancel()
        if playing.done():
            return playing.result()
        playing.cancel()
        await asyncio.wait({playing})
        raise _Over
