"""`Workers` starts a process for each picture and each document, and ends it when its time is over.

The process gets no variable of the environment but the ones that Python needs, so that it knows no secret.
"""

import asyncio
import json
import logging
import os
import signal
import sys
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
_CHUNK: Final = 65_536
_ENDS: Final = {-signal.SIGXCPU: Reason.TOO_SLOW, -signal.SIGKILL: Reason.TOO_LARGE} if sys.platform != "win32" else {}
"""Why a process wrote nothing, by its exit code. One that we do not kill is killed by a system that is short of memory."""
_NEEDED: Final = ("SYSTEMROOT", "LD_LIBRARY_PATH")
"""Variables without which Python may not start: on Windows, and where its libraries lie in a folder of their own."""


class Workers:
    """Reads pictures and documents, two at a time, and of one person one at a time: a hostile file may take all its time."""

    def __init__(self, at_a_time: int = _AT_A_TIME) -> None:
        self._slots = SharedSlots(at_a_time, _OF_ONE_PERSON)

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
                    output, code = await _output_of(arguments, data)
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


async def _output_of(arguments: tuple[str, ...], data: bytes) -> tuple[bytes, int]:
    """Return what a process writes that gets `data`, and its exit code. The process does not outlive this call."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot.files.worker",
        *arguments,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env=_environment(),
        start_new_session=True,
    )
    try:
        writing = asyncio.create_task(_write(process, data))
        try:
            output = await _read(process)
            await writing
        finally:
            writing.cancel()
        return output, await process.wait()
    finally:
        if process.returncode is None:
            _kill(process)
            await asyncio.shield(process.wait())


def _environment() -> dict[str, str]:
    needed = {name: os.environ[name] for name in _NEEDED if name in os.environ}
    return needed | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "PYTHONSAFEPATH": "1"}


async def _write(process: asyncio.subprocess.Process, data: bytes) -> None:
    if process.stdin is None:  # pragma: no cover -- it was asked for
        return
    with suppress(ConnectionError):  # the process ended before it had read all
        for begin in range(0, len(data), _CHUNK):
            process.stdin.write(data[begin : begin + _CHUNK])
            await process.stdin.drain()
        process.stdin.close()
        await process.stdin.wait_closed()


async def _read(process: asyncio.subprocess.Process) -> bytes:
    """Return what the process writes. Raises Unreadable when it is more than any reader has to say."""
    output = bytearray()
    while process.stdout is not None and (piece := await process.stdout.read(_CHUNK)):
        output += piece
        if len(output) > _MOST_OUTPUT:
            raise Unreadable(Reason.TOO_LARGE)
    return bytes(output)


def _kill(process: asyncio.subprocess.Process) -> None:
    """End a process and all that it started."""
    with suppress(ProcessLookupError):
        if sys.platform == "win32":
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGKILL)
