"""The cost of a message that is not for the bot: CPU of the process, beside that of a client which only receives it."""

import json
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Final

from bot.sandbox import Message, Person
from tests.benchmarks.subjects import Kind, Subject, together
from tests.benchmarks.verdicts import Scale, Verdict

_ROUNDS: Final = 5
_ELSEWHERE: Final = json.dumps([str(2**53)])
"""A channel that is none of those in which is talked."""
_BOT: Final = ("-m", "bot", "run")
_FLOOR: Final = Kind("floor", ("-m", "tests.benchmarks.floors", "whole"))
_BOTS: Final = (
    Kind("bot, plain", _BOT),
    Kind("bot, always_channels elsewhere", _BOT, settings={"PARLEY_DISCORD__ALWAYS_CHANNELS": _ELSEWHERE}),
    Kind("bot, ambient", _BOT, settings={"PARLEY_HISTORY__AMBIENT": "10"}),
)


async def overheard(scale: Scale, folder: Path) -> Sequence[Verdict]:
    """Return the CPU time of a message that is not for the bot, by settings, as a ratio to the floor's of the same rounds."""
    rounds = 1 if scale.forked else _ROUNDS
    async with together((_FLOOR, *_BOTS), folder, {"fresh": 1}, forked=scale.forked) as (floor, *bots):
        for subject in (floor, *bots):  # the first messages fill caches
            await _cpu_of(subject, scale.overheard)
        found = [[await _cpu_of(subject, scale.overheard) for subject in (floor, *bots)] for _ in range(rounds)]
    least = median(one[0] for one in found)
    return [
        Verdict(
            f"CPU a message that is not for the bot, {subject.kind.name}",
            f"{median(one[number] for one in found) * 1e6:.0f} µs = floor ({least * 1e6:.0f} µs) x "
            f"{median(one[number] / one[0] for one in found):.2f}",
            "a figure",
            holds=True,
        )
        for number, subject in enumerate(bots, start=1)
    ]


async def _cpu_of(subject: Subject, number: int) -> float:
    """Return the CPU seconds of the process for one message, of so many that people say to each other."""
    (channel,), others = subject.channels["fresh"], subject.box.discord.user("Bob")
    await _settled(subject)
    before = subject.cpu_seconds()
    said: Message | None = None
    for count in range(number):
        person: Person = others if count % 2 else subject.asker
        said = await person.says(channel, f"chatter {count} for somebody else", reply_to=said if count % 3 else None)
        if count % 50 == 49:
            await subject.box.discord.asks_for_heartbeat()
    await _settled(subject)
    return (subject.cpu_seconds() - before) / number


async def _settled(subject: Subject) -> None:
    """Wait until the process has read what was said; it answers the second request behind what the first one found waiting."""
    for _ in range(2):
        await subject.box.discord.asks_for_heartbeat()
