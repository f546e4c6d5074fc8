"""The log of a running bot, line by line, and waiting for a line of it."""

import asyncio

import pytest

_LOG_SECONDS = 60
UNFORESEEN = "for an unforeseen reason"
ANOTHER = "another Parley with another database answers with this token"


class Log:
    """The lines that a bot has logged so far."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._changed = asyncio.Event()

    @property
    def log(self) -> str:
        """Everything that was logged."""
        return "\n".join(self.lines)

    async def logs(self, text: str) -> None:
        """Wait until `text` was logged."""
        async with asyncio.timeout(_LOG_SECONDS):
            while text not in self.log:
                self._changed.clear()
                await self._changed.wait()

    def add(self, line: str) -> None:
        """Take a line, in the thread of the loop."""
        self.lines.append(line)
        self._changed.set()

    def tells_no_fault(self, expected: str = "") -> None:
        """Fail the test if a line holds `UNFORESEEN` or `ANOTHER`, which tell of a fault of the bot, and is not `expected`."""
        unexpected = [text for text in (UNFORESEEN, ANOTHER) if text != expected]
        if faults := [line for line in self.lines if any(text in line for text in unexpected)]:
            pytest.fail("the bot logged a fault of its own:\n" + "\n".join(faults), pytrace=False)
