"""Jobs of lanes that a test can watch and hold."""

import asyncio

from bot.chat.lanes import Job, Lanes, Work
from bot.config import Current, LimitSettings


class Answers:
    """Jobs that write down when they begin and end, and that wait where the test wants to see something."""

    def __init__(self) -> None:
        self.log: list[str] = []
        self.begun = asyncio.Event()
        self.go_on = asyncio.Event()
        self._written = asyncio.Event()

    def write(self, entry: str) -> None:
        """Note what happened."""
        self.log.append(entry)
        self._written.set()

    async def reach(self, entries: int) -> None:
        """Wait until that much has happened; the time-out of every test bounds it."""
        while len(self.log) < entries:
            self._written.clear()
            await self._written.wait()

    def quick(self, name: str) -> Work:
        """A job that ends at once."""

        async def work(job: Job) -> None:
            self.write(name + (f", stopped: {job.stopped}" if job.stopped else ""))

        return work

    def long(self, name: str, *, stoppable: bool = True) -> Work:
        """A job that begins, waits to be told to go on, and notes how it ended."""

        async def work(job: Job) -> None:
            self.write(f"{name} begins")
            self.begun.set()
            try:
                if stoppable:
                    with job.stoppable():
                        await self.go_on.wait()
                else:
                    await self.go_on.wait()
            except asyncio.CancelledError:
                self.write(f"{name} stopped: {job.stopped}")
                raise
            self.write(f"{name} ends" + (f", stopped: {job.stopped}" if job.stopped else ""))

        return work


def limit(per_minute: int) -> Current[LimitSettings]:
    """A limit of the jobs that a place begins in a minute; 0 is none."""
    return Current(LimitSettings(place_per_minute=per_minute))


async def idle(lanes: Lanes) -> None:
    """Wait until no place has anything to do."""
    while lanes.busy:  # noqa: ASYNC110 -- nothing tells of it
        await asyncio.sleep(0)
