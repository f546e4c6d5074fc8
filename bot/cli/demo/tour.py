"""The tour: a conversation in the terminal that shows in a few seconds what the bot does.

It uses the default settings and the demo model, so that it is the same everywhere and costs nothing.
"""

import asyncio
import sys
import tempfile
from collections.abc import AsyncGenerator, Coroutine
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, Final, TypeVar

from bot import app
from bot.cli.demo.demo_server import DemoServer
from bot.cli.demo.folder import usable
from bot.cli.demo.settings import in_sandbox
from bot.cli.demo.terminal import Terminal
from bot.cli.signals import stopped_by_signals
from bot.config import Draft, Settings
from bot.sandbox import Channel, Message, Person, Sandbox
from bot.sandbox.model.demo import plays_demo

_T = TypeVar("_T")
_HURRY: Final = 8.0
_START_SECONDS: Final = 30.0
_FORMATS: Final = ("markdown", "json")


class _Over(Exception):
    """A signal ended the tour."""


async def play_tour(data: Path | None) -> None:
    """Play the tour until its end or a signal. Its files go to `data`, or to a new folder that is kept. Raises StoreError."""
    over = asyncio.Event()
    with stopped_by_signals(over), suppress(_Over):
        database = usable(data or Path(tempfile.mkdtemp(prefix="parley-tour-")))
        async with Sandbox() as box:
            plays_demo(box.model, hurry=_HURRY)
            settings = in_sandbox(Draft({}, []), box, database)
            await Tour(box, await DemoServer.built(box), settings, over).play()


class Tour:
    """Plays the conversation, scene by scene."""

    def __init__(self, box: Sandbox, server: DemoServer, settings: Settings, over: asyncio.Event) -> None:
        self._box = box
        self._server = server
        self._settings = settings
        self._over = over
        self._terminal = Terminal(sys.stdout)

    async def play(self) -> None:
        """Play all scenes. Raises what `app.run` raises."""
        self._terminal.title("Parley's tour")
        self._terminal.note(
            "The real bot on a Discord that lives on this machine for some seconds. Its answers come from the demo model, "
            "which is no language model and only knows what the bot sends it."
        )
        async with self._bot():
            first_answer = await self._until_over(self._memory())
        async with self._bot():
            self._list_files(await self._until_over(self._after_restart(first_answer)))

    async def _memory(self) -> Message:
        self._terminal.title("#general: somebody mentions the bot")
        first_answer = await self._asks(self._server.alice, "@Parley hello! My cat is called Ada.")
        await self._asks(self._server.bob, "@Parley what is her cat called?")
        return first_answer

    async def _after_restart(self, first_answer: Message) -> list[Path]:
        self._terminal.title("#general: the bot was stopped and started again")
        await self._asks(self._server.bob, "@Parley what was said first, and by whom?")
        await self._thread(first_answer)
        await self._reset()
        return await self._export()

    async def _thread(self, first_answer: Message) -> None:
        self._terminal.title("A thread on the bot's first answer: it goes on from there, beside the channel")
        thread = await self._server.alice.opens_thread(first_answer, "About Ada")
        await self._asks(self._server.alice, "@Parley how many messages do you see here?", thread)

    async def _reset(self) -> None:
        server, terminal, general = self._server, self._terminal, self._server.general
        terminal.title("#general: reset, and undo")
        terminal.says(server.alice.name, "/reset")
        response = await server.alice.runs("reset", general)
        terminal.says(self._box.bot.user.name, f"{response.content}  [Undo]")
        await self._asks(server.bob, "@Parley what is her cat called?")
        terminal.note(f"{server.alice.name} presses Undo")
        await server.alice.presses(response.message, "Undo")
        await self._asks(server.bob, "@Parley what is her cat called now?")

    async def _export(self) -> list[Path]:
        alice, terminal, folder = self._server.alice, self._terminal, self._settings.history.path.parent
        terminal.title("#general: the conversations as files, for whoever may read the channel")
        written: list[Path] = []
        for name in _FORMATS:
            terminal.says(alice.name, f"/export format:{name} scope:place")
            response = await alice.runs("export", self._server.general, format=name, scope="place")
            for file, content in response.files.items():
                terminal.says(self._box.bot.user.name, f"(only {alice.name} sees this)  {file}")
                (folder / file).write_bytes(content)
                written.append(folder / file)
        return written

    def _list_files(self, files: list[Path]) -> None:
        terminal = self._terminal
        terminal.title("What is left of it")
        terminal.fact(f"  database  {self._settings.history.path}")
        for file in files:
            terminal.fact(f"  export    {file}")
        terminal.note("Now see it in the browser, where /model and /persona choose who answers: parley demo")

    async def _asks(self, person: Person, text: str, channel: Channel | None = None) -> Message:
        """Ask, wait for the whole answer, and print both. Return the first message that shows the answer."""
        self._terminal.says(person.name, text)
        question = await person.says(channel or self._server.general, text)
        answer = await self._box.bot.answers(question)
        self._terminal.says(self._box.bot.user.name, answer.text)
        return answer.messages[0]

    @asynccontextmanager
    async def _bot(self) -> AsyncGenerator[None, None]:
        """Run the bot of `parley run` during the context, once it is connected. Raises what `app.run` raises."""
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
        """Play a scene and return its result. If the tour is ended meanwhile, cancel only the scene and raise _Over.

        The bot's own task is not cancelled, so that it always shuts down in order.
        """
        playing, ending = asyncio.create_task(scene), asyncio.create_task(self._over.wait())
        await asyncio.wait({playing, ending}, return_when=asyncio.FIRST_COMPLETED)
        ending.cancel()
        if playing.done():
            return playing.result()
        playing.cancel()
        await asyncio.wait({playing})
        raise _Over
