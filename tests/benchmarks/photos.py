"""The cost of photos of 12 megapixels: how long they hold its loop, how many are decoded at a time, and memory."""

import asyncio
import io
from pathlib import Path
from typing import Final

from PIL import Image

from tests.benchmarks.lag import told
from tests.benchmarks.subjects import Kind, Subject, started
from tests.benchmarks.verdicts import Scale, Verdict

HELD_MS: Final = 20.0
DECODERS: Final = 2
MORE_MB: Final = 60.0
_ANSWERED_SECONDS: Final = 120.0
_LOOK_SECONDS: Final = 0.01
_SIZE: Final = (4_000, 3_000)
_PLACES: Final = 4


async def photographed(scale: Scale, folder: Path) -> list[Verdict]:
    """Have photos looked at, four at a time, each sent by another person in another channel."""
    kind = Kind("bot, watched", ("-m", "tests.benchmarks.lag"))
    async with started(kind, folder / "bot", {"fresh": _PLACES}, forked=scale.forked) as subject:
        subject.box.model.answers(lambda _: "A photo.")
        await _asked(subject, b"", _PLACES)
        await told(subject, folder / "bot" / "lag")
        before = subject.resident_mb()
        decoders = _Decoders(subject.pid)
        watching = asyncio.create_task(decoders.watch())
        try:
            await _asked(subject, await asyncio.to_thread(_photo), scale.photos)
        finally:
            watching.cancel()
        busy, late = await told(subject, folder / "bot" / "lag")
        more = subject.resident_mb() - before
    what = f"{scale.photos} photos of 12 megapixels"
    return [
        Verdict(f"longest time without the loop, {what}, CPU", f"{busy:.1f} ms", f"<= {HELD_MS:g} ms", busy <= HELD_MS),
        Verdict(
            f"the same by the clock, less waits for a core, {what}",
            f"{late:.1f} ms",
            f"<= {HELD_MS:g} ms",
            late <= HELD_MS,
        ),
        Verdict(f"decoders at a time, {what}", str(decoders.most), f"<= {DECODERS}", decoders.most <= DECODERS),
        Verdict(f"RSS after {what}", f"before + {more:.1f} MB", f"<= before + {MORE_MB:g} MB", more <= MORE_MB),
    ]


class _Decoders:
    """Counts the processes that a bot has started and that run at the same time."""

    def __init__(self, pid: int) -> None:
        self._threads = Path(f"/proc/{pid}/task")
        self.most = 0

    async def watch(self) -> None:
        """Look until cancelled."""
        while True:
            self.most = max(self.most, sum(map(_children_of, self._threads.iterdir())))
            await asyncio.sleep(_LOOK_SECONDS)


def _children_of(thread: Path) -> int:
    try:
        return len((thread / "children").read_text(encoding="ascii").split())
    except OSError:  # the thread has ended
        return 0


async def _asked(subject: Subject, photo: bytes, times: int) -> None:
    """Ask so many times, of each place's next question when its last one is answered."""
    people = [subject.box.discord.user(f"Person {number}") for number in range(_PLACES)]

    async def ask(number: int) -> None:
        person, channel = people[number], subject.channels["fresh"][number]
        for _ in range(number, times, _PLACES):
            question = await person.says(channel, "@Parley look", attachments={"photo.jpg": photo} if photo else None)
            await subject.box.bot.answers(question, timeout=_ANSWERED_SECONDS)

    await asyncio.gather(*map(ask, range(_PLACES)))


def _photo() -> bytes:
    """A JPEG of about 5 MB."""
    noise = [Image.effect_noise(_SIZE, 40) for _ in range(3)]
    file = io.BytesIO()
    Image.merge("RGB", noise).save(file, "JPEG", quality=75)
    return file.getvalue()
