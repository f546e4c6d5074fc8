"""`Workers` starts a process for each picture and each document, and ends it when its time is over.

The process gets no variable of the environment but the ones that Python needs, so that it knows no secret.
"""

import asyncio
import json
import logging
import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, Final, cast

from bot.files.kinds import Kind
from bot.files.results import Document, Part, Picture, Reason, Unit, Unreadable
from bot.files.shared_slots import SharedSlots

log = logging.getLogger(__name__)

_AT_A_TIME: Final = 2
_OF_ONE_PERSON: Final = 1
_MOST_OUTPUT: Final = 16 * 1024 * 1024
"""The most bytes that are taken from a process. A picture of 2,048 x 768 pixels has under 5 MB in any format."""
_ENDS: Final = {-signal.SIGXCPU: Reason.TOO_SLOW, -signal.SIGKILL: Reason.TOO_LARGE} if sys.platform != "win32" else {}
"""Why a process wrote nothing, by its exit code. One that we do not kill is killed by a system that is short of memory."""
_NEEDED: Final = ("SYSTEMROOT", "LD_LIBRARY_PATH")
"""Variables without which Python may not start: on Windows, and where its libraries lie in a folder of their own."""


class Workers:
    """Reads pictures and documents, two at a time, and of one person one at a time: a hostile file may take all its time."""

    def __init__(self, at_a_time: int = _AT_A_TIME) -> None:
        self._slots = SharedSlots(at_a_time, _OF_ONE_PERSON)
        self._threads = ThreadPoolExecutor(at_a_time, "reader")

    async def picture(self, data: bytes, kind: Kind, seconds: float, *, person: int) -> Picture:
        """Return a picture as it is sent to a model, in `seconds` at most after it is its turn. Raises Unreadable."""
        header, rest = await self._run((kind.value, "0", "0", str(seconds)), data, seconds, person)
        return Picture(str(header["media_type"]), rest, int(header["width"]), int(header["height"]))

    async def document(
        self, data: bytes, kind: Kind, *, pages: int, characters: int, seconds: float, person: int
    ) -> Document:
        """Return the text of a document, in `seconds` at most after it is its turn: `pages` and `characters` at most.

        Pages that are not read in about half the time are left out. Raises Unreadable.
        """
        header, _ = await self._run((kind.value, str(pages), str(characters), str(seconds)), data, seconds, person)
        parts = tuple(Part(str(text), str(name), bool(whole)) for text, name, whole in header["parts"])
        return Document(Unit(header["unit"]), parts, int(header["total"]))

    async def _run(
        self, arguments: tuple[str, ...], data: bytes, seconds: float, person: int
    ) -> tuple[dict[str, Any], bytes]:
        """Return the line of JSON that the process writes, and what follows it."""
        async with self._slots.taken(person):
            try:
                async with asyncio.timeout(seconds):
                    output, code = await self._output_of(arguments, data)
            except TimeoutError as error:
                raise Unreadable(Reason.TOO_SLOW) from error
        line, _, rest = output.partition(b"\n")
        try:
            header = cast("dict[str, Any]", json.loads(line))
        except ValueError as error:
            log.info("the reader of a file (%s) ended with code %s", arguments[0], code)
            raise Unreadable(_ENDS.get(code, Reason.BROKEN)) from error
        if "reason" in header:
            raise Unreadable(Reason(header["reason"]))
        return header, rest

    async def _output_of(self, arguments: tuple[str, ...], data: bytes) -> tuple[bytes, int]:
        """Return what a process writes that gets `data`, and its exit code. The process does not outlive this call."""
        run = _Run(arguments, data)
        running = asyncio.get_running_loop().run_in_executor(self._threads, run.output)
        try:
            return await asyncio.shield(running)
        finally:
            if not running.done():
                run.end()
                await asyncio.wait({running})


class _Run:
    """A process that gets `data`. It runs beside a thread, because starting it takes 5 ms and more on a busy system."""

    def __init__(self, arguments: tuple[str, ...], data: bytes) -> None:
        self._arguments = arguments
        self._data = data
        self._process: subprocess.Popen[bytes] | None = None
        self._is_over = False

    def output(self) -> tuple[bytes, int]:
        """Return what the process writes, and its exit code. Blocking. Raises Unreadable where it writes too much."""
        self._process = process = subprocess.Popen(  # noqa: S603 -- our own module
            [sys.executable, "-m", "bot.files.worker", *self._arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_environment(),
            start_new_session=True,
        )
        with process:
            try:
                if self._is_over:
                    return b"", 0
                return _heard(process, self._data), process.wait()
            finally:
                _kill(process)

    def end(self) -> None:
        """End the process, so that `output` returns. It may not have started yet."""
        self._is_over = True
        if self._process is not None:
            _kill(self._process)


def _heard(process: subprocess.Popen[bytes], data: bytes) -> bytes:
    """Hand `data` to a process, which reads all of it first, and return what it writes. Raises Unreadable."""
    if process.stdin is None or process.stdout is None:  # pragma: no cover -- they were asked for
        return b""
    with suppress(OSError):  # the process ended before it had read all
        process.stdin.write(data)
        process.stdin.close()
    output = process.stdout.read(_MOST_OUTPUT + 1)
    if len(output) > _MOST_OUTPUT:
        raise Unreadable(Reason.TOO_LARGE)
    return output


def _environment() -> dict[str, str]:
    needed = {name: os.environ[name] for name in _NEEDED if name in os.environ}
    return needed | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "PYTHONSAFEPATH": "1"}


def _kill(process: subprocess.Popen[bytes]) -> None:
    """End a process, unless it has ended, and all that it started."""
    if process.poll() is not None:
        return
    with suppress(ProcessLookupError):
        if sys.platform == "win32":
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGKILL)
