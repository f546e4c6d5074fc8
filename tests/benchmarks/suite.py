"""The suite: which subjects meet in which benchmark, and the limits that the bot is held to.

Every limit is a difference or a ratio between subjects that were asked in alternating rounds of the same run, because the
machines on which this runs are shared and noisy.
"""

import tempfile
from collections.abc import AsyncGenerator, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tests.benchmarks import answers
from tests.benchmarks.asking import INSTANT, PACED, SLOW, Crowd, Pace, Series, Timing, crowds, in_rounds
from tests.benchmarks.cutting import cut_at_once
from tests.benchmarks.history import WINDOW, Past
from tests.benchmarks.lag import smooth
from tests.benchmarks.overheard import overheard
from tests.benchmarks.photos import photographed
from tests.benchmarks.starting import Start, first_replies, starts
from tests.benchmarks.subjects import Kind, Subject, together
from tests.benchmarks.verdicts import Scale, Verdict

LATER_MS: Final = 3.0
LARGER_RATIO: Final = 1.2
HEAVIER_MB: Final = 65.0
"""Of these, the tokenizer's vocabulary takes 31, our own modules 14, and what 640 mentions leave behind 7."""
SANDBOX_SHARE: Final = 0.5
CPU_SHARES: Final = {PACED: 0.36, SLOW: 0.42}
CREATE_MS: Final = 5.0
TEXT_MS: Final = 25.0
FASTER_RATIO: Final = 1.5
_CROWD_ROUNDS: Final = 4
STARTS_MS: Final = 300.0
REPLIES_RATIO: Final = 1.67
BENCHMARKS: Final = (
    "latency",
    "paced",
    "slow",
    "database",
    "memory",
    "limits",
    "flat",
    "long",
    "lag",
    "photos",
    "cutting",
    "start",
    "reply",
    "overheard",
)

_WITH_A_PAST: Final[tuple[str, ...]] = ("latency", "paced", "slow", "database")
"""A set of channels for each benchmark, because windows grow with every mention and must not reach a trim."""

_BOT: Final = ("-m", "bot", "run")
_FLOORS: Final = tuple(Kind(f"floor, {how}", ("-m", "tests.benchmarks.floors", how)) for how in ("whole", "streamed"))


@dataclass(slots=True)
class Results:
    """The measurements: timings by benchmark, crowds, and how they stand to the limits."""

    timings: dict[str, list[Timing]] = field(default_factory=dict[str, list[Timing]])
    crowds: list[Crowd] = field(default_factory=list[Crowd])
    verdicts: list[Verdict] = field(default_factory=list[Verdict])


@dataclass(frozen=True, slots=True)
class Cast:
    """The subjects that stay for several benchmarks; `large` is there only where it is asked for."""

    floors: Sequence[Subject]
    small: Subject
    full: Subject
    large: Subject | None


async def measured(scale: Scale, names: Collection[str] = BENCHMARKS) -> Results:
    """Run the benchmarks of these names."""
    results = Results()
    with tempfile.TemporaryDirectory(prefix="parley-bench-") as folder:
        if "memory" in names:
            await _memory(results, scale, _made(folder, "memory"))
        if "start" in names:
            results.verdicts.append(_start_verdict(await starts(scale.starts, scale.paced_warm_up)))
        if "reply" in names:
            results.verdicts.append(
                _reply_verdict(await first_replies(scale.starts, scale.paced_warm_up, forked=scale.forked))
            )
        await _answers(results, scale, folder, names)
        if set(names) & set(_WITH_A_PAST):
            async with _cast(scale, _made(folder, "speed"), large="database" in names) as cast:
                await _speed(results, scale, cast, names)
    return results


async def _answers(results: Results, scale: Scale, folder: str, names: Collection[str]) -> None:
    """Run those benchmarks that need subjects of their own."""
    for name, timed in (("long", answers.long), ("limits", answers.limited)):
        if name in names:
            timings, verdicts = await timed(scale, _made(folder, name))
            results.timings |= timings
            results.verdicts += verdicts
    if "overheard" in names:
        results.verdicts += await overheard(scale, _made(folder, "overheard"))
    if "cutting" in names:
        results.verdicts += cut_at_once()
    if "photos" in names:
        results.verdicts += await photographed(scale, _made(folder, "photos"))
    for name, story in (("flat", answers.flat), ("lag", smooth)):
        if name in names:
            results.verdicts.append(await story(scale, _made(folder, name)))


def _start_verdict(found: Sequence[Start]) -> Verdict:
    bare, sandbox = found
    return Verdict(
        "the sandbox's process begins -> it listens",
        f"{sandbox.p50:.0f} ms = a bare aiohttp server + {sandbox.p50 - bare.p50:.0f} ms",
        f"< {STARTS_MS:g} ms",
        sandbox.p50 < STARTS_MS,
    )


def _reply_verdict(found: Sequence[Start]) -> Verdict:
    floor, bot = found
    return Verdict(
        "the process begins -> the first reply",
        f"{bot.p50:.0f} ms = {floor.label} ({floor.p50:.0f} ms) x {bot.p50 / floor.p50:.2f}",
        f"<= x {REPLIES_RATIO:g}",
        bot.p50 <= REPLIES_RATIO * floor.p50,
    )


def _made(folder: str, name: str) -> Path:
    path = Path(folder, name)
    path.mkdir()
    return path


@asynccontextmanager
async def _cast(scale: Scale, folder: Path, *, large: bool) -> AsyncGenerator[Cast, None]:
    asked = scale.channels * len(_WITH_A_PAST)
    kinds = [
        *_FLOORS,
        Kind("bot, 10 turns", _BOT, Past(10)),
        Kind("bot, full windows", _BOT, Past(2 * WINDOW * asked, in_asked=True, elsewhere=False)),
        *([Kind(f"bot, {scale.turns:,} turns", _BOT, Past(scale.turns, in_asked=True))] if large else []),
    ]
    uses: dict[str, int] = dict.fromkeys(("fresh", *_WITH_A_PAST), scale.channels)
    async with together(kinds, folder, uses, forked=scale.forked) as subjects:
        one, two, small, full, *rest = subjects
        yield Cast([one, two], small, full, rest[0] if rest else None)


async def _speed(results: Results, scale: Scale, cast: Cast, names: Collection[str]) -> None:
    if cast.large is not None:  # first, while the small database is still small
        series = [
            Series("bot, no history, 10 turns", cast.small, "fresh", empty=True),
            Series(f"bot, no history, {scale.turns:,} turns", cast.large, "fresh", empty=True),
            Series("bot, full window, nothing else", cast.full, "database"),
            Series(f"bot, full window, {scale.turns:,} turns", cast.large, "database"),
        ]
        timings = await in_rounds(series, INSTANT, scale.rounds, scale.warm_up)
        results.timings[f"database: {INSTANT.name}"] = timings
        results.verdicts += [*_size_verdicts(timings), _rest_verdict(timings)]
    if "latency" in names:
        timings = await in_rounds(_against_floors(cast, "latency"), INSTANT, scale.rounds, scale.warm_up)
        results.timings[f"latency: {INSTANT.name}"] = timings
        results.verdicts += _speed_verdicts(timings, INSTANT)
    if "paced" in names:
        timings = await in_rounds(_against_floors(cast, "paced"), PACED, scale.paced_rounds, scale.paced_warm_up)
        results.timings[f"paced: {PACED.name}"] = timings
        results.verdicts += [*_speed_verdicts(timings, PACED), *_answer_verdicts(timings[1], timings[-1], PACED)]
    if "slow" in names:
        series = _against_floors(cast, "slow")
        timings = await in_rounds([series[1], series[-1]], SLOW, -(-scale.paced_rounds // 2), 0)
        results.timings[f"slow: {SLOW.name}"] = timings
        results.verdicts += _answer_verdicts(timings[0], timings[-1], SLOW)


def _against_floors(cast: Cast, use: str) -> list[Series]:
    return [
        *(Series(floor.kind.name, floor, use) for floor in cast.floors),
        Series("bot, no history", cast.small, "fresh", empty=True),
        Series("bot, full window", cast.full, use),
    ]


def _speed_verdicts(timings: Sequence[Timing], pace: Pace) -> list[Verdict]:
    floors, bots = timings[:2], timings[2:]
    later = [
        Verdict(
            f"mention -> request, {bot.label}, {pace.name}",
            f"{bot.p50:.2f} ms = {floor.label} + {bot.p50 - floor.p50:.2f} ms (x {bot.p50 / floor.p50:.2f})",
            f"<= floor + {LATER_MS:g} ms",
            bot.p50 - floor.p50 <= LATER_MS,
        )
        for bot in bots
        for floor in floors
    ]
    return [*later, _rest_verdict(bots)]


def _answer_verdicts(floor: Timing, bot: Timing, pace: Pace) -> list[Verdict]:
    """How the answers of a full window stand to those of the floor that streams."""
    share = CPU_SHARES[pace]
    return [
        Verdict(
            f"CPU a mention, {bot.label}, {pace.name}",
            f"{bot.cpu_ms:.1f} ms = {floor.label} x {bot.cpu_ms / floor.cpu_ms:.2f}",
            f"<= x {share:g}",
            bot.cpu_ms <= share * floor.cpu_ms,
        ),
        Verdict(
            f"first token -> create request, {bot.label}, {pace.name}",
            f"{bot.create_p50:.2f} ms",
            f"<= {CREATE_MS:g} ms",
            bot.create_p50 <= CREATE_MS,
        ),
        Verdict(
            f"last token -> whole text, {bot.label}, {pace.name}",
            f"{bot.text_p50:.2f} ms = {floor.label} + {bot.text_p50 - floor.text_p50:.2f} ms",
            f"<= floor + {TEXT_MS:g} ms",
            bot.text_p50 - floor.text_p50 <= TEXT_MS,
        ),
    ]


def _rest_verdict(bots: Sequence[Timing]) -> Verdict:
    calls, mentions = sum(bot.rest_before for bot in bots), sum(len(bot.samples) for bot in bots)
    return Verdict("REST calls before the model request", f"{calls} in {mentions} mentions", "0", calls == 0)


def _size_verdicts(timings: Sequence[Timing]) -> list[Verdict]:
    """Pairs of a small and a large database, asked with the same windows."""
    return [
        Verdict(
            f"mention -> request, {large.label} : {small.label}",
            f"{large.p50:.2f} : {small.p50:.2f} ms = {large.p50 / small.p50:.2f}",
            f"< {LARGER_RATIO:g}",
            large.p50 / small.p50 < LARGER_RATIO,
        )
        for small, large in zip(timings[::2], timings[1::2], strict=True)
    ]


async def _memory(results: Results, scale: Scale, folder: Path) -> None:
    """Fresh processes; megabytes are those after the first round."""
    kinds = [*_FLOORS, Kind("bot", _BOT)]
    uses = [f"fresh, round {number}" for number in range(_CROWD_ROUNDS)]
    async with together(kinds, folder, dict.fromkeys(uses, scale.crowd), forked=scale.forked) as subjects:
        results.crowds += await crowds(subjects, uses, scale.waves)
    *floors, bot = results.crowds
    results.verdicts += [
        Verdict(
            f"RSS after {scale.crowd * scale.waves} mentions in {scale.crowd} channels",
            f"{bot.megabytes:.1f} MB = {floor.label} + {bot.megabytes - floor.megabytes:.1f} MB",
            f"<= floor + {HEAVIER_MB:g} MB",
            bot.megabytes - floor.megabytes <= HEAVIER_MB,
        )
        for floor in floors
    ]
    ratio = bot.per_second / floors[1].per_second
    results.verdicts.append(
        Verdict(
            f"mentions a second, {scale.crowd} channels, {INSTANT.name}",
            f"{bot.per_second:.0f}/s = {floors[1].label} x {ratio:.2f}",
            f">= x {FASTER_RATIO:g}",
            ratio >= FASTER_RATIO,
        )
    )
    share = bot.sandbox_cpu_ms / floors[1].cpu_ms
    results.verdicts.append(
        Verdict(
            f"CPU of the sandbox with the bot : of the {floors[1].label}, {scale.crowd} channels at once",
            f"{bot.sandbox_cpu_ms:.2f} : {floors[1].cpu_ms:.2f} ms = {share:.2f}",
            f"<= {SANDBOX_SHARE:g}",
            share <= SANDBOX_SHARE,
        )
    )
